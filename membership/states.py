"""The one table of states: where a member can stand with a tenant's Pro plan, and all that follows.

Wall, masthead, account, plans, admin, mails and commands ask it. A new state is a key and an entry
here, and a row in tests/states.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from membership.reasons import REASONS, Text, describe

Way = Literal["sign_up", "sign_up_for_pro", "sign_in", "pro", "account", "ask"]
Step = Literal["buy", "pay", "resume"]


@dataclass(frozen=True)
class Link:
    """Where to, in which words; the address is known once a page asks (`next_url.way_to`)."""

    label: Text
    way: Way
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Wall:
    """What a reader is told in place of the hidden part, and the one thing to do next.

    `label` is for whoever runs the site; finished pages are kept by `key` (rule S1).
    """

    key: str
    label: Text
    title: Text
    text: Text = ""
    action: Link | None = None
    # Whoever is signed in where Pro is sold may have paid for it just now.
    others: tuple[Link, ...] = (Link(_("You have paid and can't read?"), "ask"),)


FOR_PRO = _("This page is for Pro members")
SIGN_IN = Link(_("Sign in"), "sign_in")

# The walls that aren't of a member's state.
SIGN_UP = Wall(
    key="sign_up",
    label=_("Wall: sign up or sign in"),
    title=_("This page is for members"),
    text=_("Membership is free: an e-mail address is all it takes to read on."),
    action=Link(_("Create a free account"), "sign_up"),
    others=(SIGN_IN,),
)
SIGN_UP_FOR_PRO = Wall(
    key="sign_up_for_pro",
    label=_("Wall: sign up or sign in, then Pro"),
    title=FOR_PRO,
    text=_("Create an account, choose monthly or annual, and read on right here."),
    action=Link(_("Become a Pro member"), "sign_up_for_pro"),
    others=(SIGN_IN, Link(_("See plans and prices"), "pro")),
)
NOT_SOLD = Wall(
    key="pro_only",
    label=_("Wall: for Pro members, not on sale here"),
    title=FOR_PRO,
    others=(),
)
RENEW = Wall(
    key="renew",
    label=_("Wall: Pro has ended"),
    title=FOR_PRO,
    text=_("Your Pro membership has ended. Renew it to read on right here."),
    action=Link(_("Renew Pro"), "pro"),
)

SUBSCRIBE = Link(_("Subscribe"), "pro")
PAY_NOW = _("Pay now")


@dataclass(frozen=True, kw_only=True)
class State:
    """What follows from where a member stands.

    `label` is what whoever looks after members calls it, `headline` what the member reads;
    `headline_while_pro` tells those who read on while a payment is owed. Of several subscriptions
    that grant nothing, the one of the lowest `urgency` is told: what the member can do something
    about comes first. `is_paid_time` ends by the clock, with what was paid for.
    """

    label: Text
    headline: Text
    headline_while_pro: Text = ""
    urgency: int
    # Whatever ended, for whatever cause, leads to the plans again.
    wall: Wall = RENEW
    # What there is to do for whoever may not read, unless a payment of theirs is on its way, and what
    # the button says that pays.
    step: Step = "buy"
    pay_label: Text = PAY_NOW
    # What the masthead offers, which leads where the wall's action leads; where a payment is owed
    # also to those who read on.
    offer: Link | None = None
    offers_to_pro: bool = False
    is_paid_time: bool = False


class Standing(StrEnum):
    """Where a member stands with the tenant's Pro plan: a closed list, written by billing."""

    FREE = "free"
    TRIAL = "trial"
    PRO = "pro"
    ENDING = "ending"
    PAST_DUE = "past_due"
    ACTION_REQUIRED = "action_required"
    INCOMPLETE = "incomplete"
    PENDING = "pending"
    PAUSED = "paused"
    ENDED = "ended"


STATES: Mapping[str, State] = {
    Standing.FREE: State(
        label=_("Free"),
        headline=_("You are a member"),
        urgency=10,
        wall=Wall(
            key="upgrade",
            label=_("Wall: upgrade to Pro"),
            title=FOR_PRO,
            text=_("Your account is ready: choose monthly or annual, and read on right here."),
            action=Link(_("Upgrade to Pro"), "pro"),
        ),
        offer=SUBSCRIBE,
    ),
    Standing.TRIAL: State(
        label=_("Trial"),
        headline=_("Your free trial of Pro is running"),
        urgency=7,
        is_paid_time=True,
    ),
    Standing.PRO: State(
        label=_("Pro"),
        headline=_("You are a Pro member"),
        urgency=6,
        is_paid_time=True,
    ),
    Standing.ENDING: State(
        label=_("Pro, to be cancelled"),
        headline=_("Your Pro membership is set to end"),
        urgency=8,
        is_paid_time=True,
    ),
    Standing.PAST_DUE: State(
        label=_("Past due"),
        headline=_("Pro has stopped"),
        headline_while_pro=_("Your Pro membership waits for a payment"),
        urgency=2,
        step="pay",
        wall=Wall(
            key="pay",
            label=_("Wall: a payment failed"),
            title=_("A payment for your Pro membership failed"),
            text=_(
                "Pay the open invoice, with the same card or another one, and Pro is back at once."
            ),
            action=Link(PAY_NOW, "account"),
        ),
        offer=Link(_("Pay"), "account"),
        offers_to_pro=True,
    ),
    Standing.ACTION_REQUIRED: State(
        label=_("Confirmation needed"),
        headline=_("Your bank asks you to confirm a payment"),
        urgency=1,
        step="pay",
        wall=Wall(
            key="confirm",
            label=_("Wall: a payment needs confirmation"),
            title=_("Your bank asks you to confirm a payment"),
            text=_("Confirm it, and Pro is open at once."),
            action=Link(_("Confirm the payment"), "account"),
        ),
        pay_label=_("Confirm the payment"),
        offer=Link(_("Confirm"), "account"),
        offers_to_pro=True,
    ),
    Standing.INCOMPLETE: State(
        label=_("First payment not completed"),
        headline=_("Pro starts with your first payment"),
        urgency=4,
        step="pay",
        wall=Wall(
            key="complete",
            label=_("Wall: the first payment isn't completed"),
            title=_("Your first payment isn't completed"),
            text=_("Nothing was charged yet. Complete the payment to read on right here."),
            action=Link(_("Complete the payment"), "pro"),
        ),
    ),
    Standing.PENDING: State(
        label=_("Payment on its way"),
        headline=_("Your payment is on its way"),
        urgency=3,
        wall=Wall(
            key="pending",
            label=_("Wall: a payment is on its way"),
            title=_("Your payment is on its way"),
            text=_("Some banks take a few days. Pro starts when the payment arrives."),
            action=Link(_("See your account"), "account"),
        ),
    ),
    Standing.PAUSED: State(
        label=_("Paused"),
        headline=_("Your Pro membership is paused"),
        urgency=5,
        step="resume",
        wall=Wall(
            key="paused",
            label=_("Wall: Pro is paused"),
            title=_("Your Pro membership is paused"),
            text=_("Resume it to read on."),
            action=Link(_("Resume Pro"), "account"),
        ),
    ),
    Standing.ENDED: State(
        label=_("Ended"),
        headline=_("Your Pro membership has ended"),
        urgency=9,
        offer=Link(_("Renew"), "pro"),
    ),
}
# What a newer release may have written: the masthead offers nothing, and the wall is the one of
# whatever ended.
UNKNOWN_STATE = State(label="", headline=_("You are a member"), urgency=11)
PAID_TIMES = tuple(standing for standing, state in STATES.items() if state.is_paid_time)


def state_of(standing: str) -> State:
    """Return the entry of a standing; of one that isn't known here, what claims nothing."""
    return STATES.get(standing) or replace(UNKNOWN_STATE, label=standing)


@dataclass(frozen=True, kw_only=True)
class CurrentStanding:
    """Whether a member is Pro at a moment, how they stand, and why."""

    is_pro: bool = False
    standing: str = Standing.FREE
    reason_code: str = "never_subscribed"
    reason_params: dict[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> State:
        return state_of(self.standing)

    @property
    def headline(self) -> Text:
        """The line that says how they stand: the reason's own, where it has one."""
        reason = REASONS.get(self.reason_code)
        if reason and reason.headline:
            return reason.headline
        return (self.is_pro and self.state.headline_while_pro) or self.state.headline

    @property
    def reason(self) -> str:
        """Why, for whoever looks after members."""
        return describe(self.reason_code, self.reason_params)

    @property
    def reason_for_member(self) -> str:
        """Why, without the subscription's id, which stands with its other facts."""
        return describe(self.reason_code, {**self.reason_params, "subscription": ""})
