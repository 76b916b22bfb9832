"""Where a member stands right now, in one line (`headline`), and why, in words (`describe`; rule G5).

Billing writes nothing when a paid period or a grace runs out, so `current_standing` reads its row by
the clock.

Whoever writes a reason writes a code and its params; times travel as ISO 8601 texts. A sentence is
used only where all that it names is known, so each code lists its sentences from rich to plain.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from krate_site.formats import write_time
from membership.models import Membership, MembershipQuerySet, Standing

# What each reason turns into once its time is over.
WHEN_TIME_IS_OVER: Mapping[str, str] = {
    "subscription_active": "billing_clock_ended",
    "subscription_trialing": "billing_clock_ended",
    "subscription_ending": "subscription_canceled",
    "subscription_past_due_in_grace": "subscription_past_due_grace_over",
    "complimentary": "complimentary_ended",
}
STANDINGS_OF_PRO = (Standing.TRIAL, Standing.PRO, Standing.ENDING)


@dataclass(frozen=True, kw_only=True)
class CurrentStanding:
    """Whether a member is Pro at a moment, how he stands, and why."""

    is_pro: bool
    standing: str
    reason_code: str
    reason_params: dict[str, Any]


def current_standing(membership: Membership, now: datetime) -> CurrentStanding:
    """Return where this member stands at this moment."""
    until = membership.complimentary_until
    paid = membership.pro_until is not None and membership.pro_until > now
    standing, code = membership.standing, membership.reason_code
    if not paid and standing in STANDINGS_OF_PRO:
        standing = Standing.ENDED
    if not paid and until is not None and membership.is_complimentary_at(now):
        return CurrentStanding(
            is_pro=True,
            standing=standing,
            reason_code="complimentary",
            reason_params={"until": until.isoformat(), "note": membership.complimentary_note},
        )
    if code == "never_subscribed" and until is not None:
        code = "complimentary"
    params = dict(membership.reason_params)
    if not paid and code in WHEN_TIME_IS_OVER:
        code = WHEN_TIME_IS_OVER[code]
        # The reason names the paid period's end; the row's own time has the allowance in it.
        ended = params.get("until") or ended_at(membership)
        params["since" if code == "subscription_canceled" else "until"] = ended
    return CurrentStanding(is_pro=paid, standing=standing, reason_code=code, reason_params=params)


def standing_so(members: MembershipQuerySet, standing: str, now: datetime) -> MembershipQuerySet:
    """Return those who stand so at this moment: `current_standing` as a query."""
    if standing in STANDINGS_OF_PRO:
        return members.filter(standing=standing, pro_until__gt=now)
    if standing == Standing.ENDED:
        not_paid = Q(pro_until__isnull=True) | Q(pro_until__lte=now)
        return members.filter(
            Q(standing=Standing.ENDED) | Q(not_paid, standing__in=STANDINGS_OF_PRO)
        )
    return members.filter(standing=standing)


def ended_at(membership: Membership) -> str:
    """Return when the last time given ended, as the reason's param."""
    ends = [end for end in (membership.pro_until, membership.complimentary_until) if end]
    return max(ends).isoformat() if ends else ""


HEADLINES: Mapping[str, Promise] = {
    Standing.FREE: _("You are a member"),
    Standing.TRIAL: _("Your free trial of Pro is running"),
    Standing.PRO: _("You are a Pro member"),
    Standing.ENDING: _("Your Pro membership is set to end"),
    Standing.PAST_DUE: _("Pro has stopped"),
    Standing.ACTION_REQUIRED: _("Your bank asks you to confirm a payment"),
    Standing.INCOMPLETE: _("Pro starts with your first payment"),
    Standing.PENDING: _("Your payment is on its way"),
    Standing.PAUSED: _("Your Pro membership is paused"),
    Standing.ENDED: _("Your Pro membership has ended"),
}


def headline(current: CurrentStanding) -> str:
    """Return the line for where a member stands at this moment."""
    if current.reason_code == "complimentary":
        return gettext("You are a Pro member, as our guest")
    if current.standing == Standing.PAST_DUE and current.is_pro:
        return gettext("Your Pro membership waits for a payment")
    return str(HEADLINES.get(current.standing, HEADLINES[Standing.FREE]))


Sentences = tuple[str | Promise, ...]

REASONS: dict[str, Sentences] = {
    # Pages
    "public": (_("Everyone may read this page."),),
    "public_for_now": (_("Everyone may read this page at the moment."),),
    "member": (_("Open to members."),),
    "team": (_("Open to the team, who read every page of their own site."),),
    "not_signed_in": (_("Nobody is signed in."),),
    "unknown_access": (_("The page's access setting is unknown, so it stays closed."),),
    # Without money
    "never_subscribed": (_("No Pro subscription."),),
    "complimentary": (
        _("Complimentary Pro until %(until)s: %(note)s"),
        _("Complimentary Pro until %(until)s."),
        _("Complimentary Pro."),
    ),
    "complimentary_ended": (
        _("Complimentary Pro ended on %(until)s."),
        _("Complimentary Pro has ended."),
    ),
    # Subscriptions that grant
    "subscription_active": (
        _(
            "Pro until %(until)s through subscription %(subscription)s, which renews by itself "
            "until it ends on %(ends)s."
        ),
        _("Pro until %(until)s; it renews by itself until the subscription ends on %(ends)s."),
        _("Pro until %(until)s through subscription %(subscription)s, which renews by itself."),
        _("Pro until %(until)s; it renews by itself."),
        _("Pro through a subscription."),
    ),
    "subscription_trialing": (
        _(
            "Trial until %(until)s through subscription %(subscription)s, which then renews by "
            "itself until it ends on %(ends)s."
        ),
        _("Trial until %(until)s; the subscription then renews by itself until %(ends)s."),
        _("Trial until %(until)s through subscription %(subscription)s."),
        _("Trial until %(until)s."),
        _("Trial."),
    ),
    "subscription_ending": (
        _("Pro until %(until)s; subscription %(subscription)s ends then and doesn't renew."),
        _("Pro until %(until)s; the subscription ends then and doesn't renew."),
        _("The subscription doesn't renew; Pro ends with the paid period."),
    ),
    "subscription_past_due_in_grace": (
        _("A payment failed on %(since)s; access ends on %(until)s unless it is paid."),
        _("A payment failed; access ends on %(until)s unless it is paid."),
        _("A payment failed; access ends soon unless it is paid."),
    ),
    # Subscriptions that don't
    "subscription_past_due_grace_over": (
        _("A payment failed on %(since)s, and the invoice wasn't paid by %(until)s."),
        _("A payment failed on %(since)s, and the invoice wasn't paid in time."),
        _("A payment failed, and the invoice wasn't paid by %(until)s."),
        _("A payment failed, and the invoice wasn't paid in time."),
    ),
    "subscription_never_paid": (
        _("The first charge of subscription %(subscription)s failed; Pro is open once it is paid."),
        _("The first charge failed; Pro is open once it is paid."),
    ),
    "action_required": (
        _("A payment has been waiting for confirmation with the bank since %(since)s."),
        _("A payment waits for confirmation with the bank."),
    ),
    "subscription_incomplete": (
        _(
            "The first payment of subscription %(subscription)s isn't completed, so nothing was "
            "charged yet."
        ),
        _("The first payment isn't completed, so nothing was charged yet."),
    ),
    "subscription_incomplete_expired": (
        _("The first payment was never completed, so the subscription didn't start."),
    ),
    "payment_pending": (
        _("Pro starts when the payment arrives; with some banks that takes a few days."),
    ),
    "subscription_paused": (
        _(
            "Subscription %(subscription)s is paused: it doesn't renew meanwhile, and Pro is closed."
        ),
        _("The subscription is paused: it doesn't renew meanwhile, and Pro is closed."),
    ),
    "subscription_unpaid": (
        _("Subscription %(subscription)s is unpaid: all attempts to charge it failed."),
        _("The subscription is unpaid: all attempts to charge it failed."),
    ),
    "subscription_canceled": (
        _("Subscription %(subscription)s ended on %(since)s."),
        _("The subscription ended on %(since)s."),
        _("Subscription %(subscription)s has ended."),
        _("The subscription has ended."),
    ),
    "subscription_canceled_unpaid": (
        _("Subscription %(subscription)s ended on %(since)s, because its payment failed for good."),
        _("The subscription ended on %(since)s, because its payment failed for good."),
        _("The subscription has ended, because its payment failed for good."),
    ),
    "subscription_canceled_disputed": (
        _(
            "Subscription %(subscription)s ended on %(since)s, because a payment for it was "
            "disputed at the bank."
        ),
        _(
            "The subscription ended on %(since)s, because a payment for it was disputed at the bank."
        ),
        _("The subscription has ended, because a payment for it was disputed at the bank."),
    ),
    "billing_clock_ended": (
        _(
            "The paid period of subscription %(subscription)s ended on %(until)s, and no renewal "
            "has been reported since."
        ),
        _("The paid period ended on %(until)s, and no renewal has been reported since."),
        _("The paid period is over, and no renewal has been reported since."),
    ),
    "not_a_pro_price": (
        _("Subscription %(subscription)s is for something other than Pro."),
        _("The subscription is for something other than Pro."),
    ),
    "customer_deleted": (
        _("The customer was deleted at Stripe on %(since)s, and the subscription with it."),
        _("The customer was deleted at Stripe, and the subscription with it."),
    ),
    "unknown_status": (
        _(
            "Subscription %(subscription)s has the unknown status “%(status)s”, which grants nothing."
        ),
        _("The subscription's status is unknown, which grants nothing."),
    ),
}

NAMED = re.compile(r"%\((\w+)\)s")


def describe(code: str, params: Mapping[str, Any] | None = None) -> str:
    """Return the reason as a sentence in the active language; an unknown code still yields one."""
    known = {
        name: in_words(value) for name, value in (params or {}).items() if value not in ("", None)
    }
    for sentence in REASONS.get(code, ()):
        text = str(sentence)
        if all(name in known for name in NAMED.findall(text)):
            return text % known
    return str(_("The reason is recorded as “%(code)s”.")) % {"code": code}


def in_words(value: Any) -> str:
    """Return a param as readers see it: times as dates of the tenant's language, the rest as it is."""
    if isinstance(value, str):
        value = parsed_time(value) or value
    if isinstance(value, datetime):
        return write_time(value)
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    return str(value)


def parsed_time(text: str) -> datetime | date | None:
    """Return the time that an ISO 8601 text names, or None for any other text."""
    try:
        moment = parse_datetime(text) if "T" in text else parse_date(text)
    except ValueError:
        return None
    if isinstance(moment, datetime) and timezone.is_naive(moment):
        return timezone.make_aware(moment)
    return moment
