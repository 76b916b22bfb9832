"""The wall: one clear action for each state of a reader, with the way back to the page.

The masthead's offer is beside it, since both lead the same way.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from membership.access import Audience, Offer
from membership.accounts.next_url import with_next

Text = str | Promise


@dataclass(frozen=True, kw_only=True)
class Link:
    """Where to, in which words."""

    label: Text
    url: str


@dataclass(frozen=True, kw_only=True)
class Wall:
    """What a reader is told in place of the hidden part, and the one thing to do next."""

    audience: Audience
    title: Text
    text: Text
    action: Link | None
    others: tuple[Link, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Wording:
    """A wall's words, and which way its button leads; `""` for no button."""

    title: Text
    text: Text
    action: Text = ""
    way: str = ""


FOR_PRO = _("This page is for Pro members")

WORDINGS: Mapping[Audience, Wording] = {
    Audience.SIGN_UP: Wording(
        title=_("This page is for members"),
        text=_("Membership is free: an e-mail address is all it takes to read on."),
        action=_("Create a free account"),
        way="sign_up",
    ),
    Audience.SIGN_UP_FOR_PRO: Wording(
        title=FOR_PRO,
        text=_("Create an account, choose monthly or annual, and read on right here."),
        action=_("Become a Pro member"),
        way="sign_up_for_pro",
    ),
    Audience.UPGRADE: Wording(
        title=FOR_PRO,
        text=_("Your account is ready: choose monthly or annual, and read on right here."),
        action=_("Upgrade to Pro"),
        way="pro",
    ),
    Audience.RENEW: Wording(
        title=FOR_PRO,
        text=_("Your Pro membership has ended. Renew it to read on right here."),
        action=_("Renew Pro"),
        way="pro",
    ),
    Audience.PAY: Wording(
        title=_("A payment for your Pro membership failed"),
        text=_("Pay the open invoice, with the same card or another one, and Pro is back at once."),
        action=_("Pay now"),
        way="account",
    ),
    Audience.COMPLETE: Wording(
        title=_("Your first payment isn't completed"),
        text=_("Nothing was charged yet. Complete the payment to read on right here."),
        action=_("Complete the payment"),
        way="pro",
    ),
    Audience.CONFIRM: Wording(
        title=_("Your bank asks you to confirm a payment"),
        text=_("Confirm it, and Pro is open at once."),
        action=_("Confirm the payment"),
        way="account",
    ),
    Audience.PENDING: Wording(
        title=_("Your payment is on its way"),
        text=_("Some banks take a few days. Pro starts when the payment arrives."),
        action=_("See your account"),
        way="account",
    ),
    Audience.PAUSED: Wording(
        title=_("Your Pro membership is paused"),
        text=_("Resume it to read on."),
        action=_("Resume Pro"),
        way="account",
    ),
    Audience.PRO_ONLY: Wording(title=FOR_PRO, text=""),
}


# Whoever meets one of these is signed in where Pro is sold, and may have paid for it just now.
MEMBERS_WALLS = frozenset(
    {
        Audience.UPGRADE,
        Audience.RENEW,
        Audience.PAY,
        Audience.COMPLETE,
        Audience.CONFIRM,
        Audience.PENDING,
        Audience.PAUSED,
    }
)


# Each way is the one that the wall of the same state leads.
MASTHEAD_LINKS: Mapping[Offer, tuple[Text, str]] = {
    Offer.SUBSCRIBE: (_("Subscribe"), "pro"),
    Offer.RENEW: (_("Renew"), "pro"),
    Offer.PAY: (_("Pay"), "account"),
    Offer.CONFIRM: (_("Confirm"), "account"),
}


def masthead_link(offer: Offer, page_path: str, *, on_sale: bool) -> Link | None:
    """Return the masthead's button for this offer, with the way back; None for no button.

    `on_sale` is whether the tenant sells Pro: where it doesn't, nothing is offered (rule T3).
    """
    if offer == Offer.NOTHING or not on_sale:
        return None
    label, way = MASTHEAD_LINKS[offer]
    return Link(label=label, url=way_to(way, page_path))


def wall_for(audience: Audience, page_path: str, *, on_sale: bool) -> Wall:
    """Return the wall for this audience, whose links lead back to `page_path`.

    `on_sale` is whether the tenant sells Pro: where it doesn't, no wall leads to it (rule T3).
    """
    if audience != Audience.SIGN_UP and not on_sale:
        audience = Audience.PRO_ONLY
    wording = WORDINGS.get(audience, WORDINGS[Audience.PRO_ONLY])
    action = None
    if wording.way:
        action = Link(label=wording.action, url=way_to(wording.way, page_path))
    return Wall(
        audience=audience,
        title=wording.title,
        text=wording.text,
        action=action,
        others=other_ways(audience, page_path),
    )


def other_ways(audience: Audience, page_path: str) -> tuple[Link, ...]:
    """Return the lesser links beside the one action."""
    sign_in = Link(label=_("Sign in"), url=way_to("sign_in", page_path))
    if audience == Audience.SIGN_UP:
        return (sign_in,)
    if audience == Audience.SIGN_UP_FOR_PRO:
        return (sign_in, Link(label=_("See plans and prices"), url=way_to("pro", page_path)))
    if audience in MEMBERS_WALLS:
        return (Link(label=_("You have paid and can't read?"), url=way_to("ask", page_path)),)
    return ()


def way_to(way: str, page_path: str) -> str:
    """Return where a link of the wall leads, carrying the way back as `next`."""
    if way == "sign_up_for_pro":
        return with_next(reverse("account_signup"), with_next(reverse("pro"), page_path))
    names = {"sign_up": "account_signup", "sign_in": "account_login", "ask": "billing_ask"}
    return with_next(reverse(names.get(way, way)), page_path)
