"""Why somebody may or may not read, in words (rule G5).

Whoever writes a reason writes a code and its params; times travel as ISO 8601 texts. A sentence is
used only where all that it names is known, so each code lists its sentences from rich to plain.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from krate_site.formats import write_time

Text = str | Promise


class Reason:
    """A reason's sentences; `when_over` is the reason that it turns into once its time is over.

    `headline` is said in place of the state's, where Pro has another cause than what was paid.
    """

    def __init__(self, *sentences: Text, when_over: str = "", headline: Text = "") -> None:
        self.sentences = sentences
        self.when_over = when_over
        self.headline = headline


REASONS: dict[str, Reason] = {
    # Pages
    "public": Reason(_("Everyone may read this page.")),
    "public_for_now": Reason(_("Everyone may read this page at the moment.")),
    "member": Reason(_("Open to members.")),
    "team": Reason(_("Open to the team, who read every page of their own site.")),
    "not_signed_in": Reason(_("Nobody is signed in.")),
    "unknown_access": Reason(_("The page's access setting is unknown, so it stays closed.")),
    # Without money
    "never_subscribed": Reason(_("No Pro subscription.")),
    "complimentary": Reason(
        _("Complimentary Pro until %(until)s: %(note)s"),
        _("Complimentary Pro until %(until)s."),
        _("Complimentary Pro."),
        when_over="complimentary_ended",
        headline=_("You are a Pro member, as our guest"),
    ),
    "complimentary_ended": Reason(
        _("Complimentary Pro ended on %(until)s."),
        _("Complimentary Pro has ended."),
    ),
    # Subscriptions that grant
    "subscription_active": Reason(
        _(
            "Pro until %(until)s through subscription %(subscription)s, which renews by itself "
            "until it ends on %(ends)s."
        ),
        _("Pro until %(until)s; it renews by itself until the subscription ends on %(ends)s."),
        _("Pro until %(until)s through subscription %(subscription)s, which renews by itself."),
        _("Pro until %(until)s; it renews by itself."),
        _("Pro through a subscription."),
        when_over="billing_clock_ended",
    ),
    "subscription_trialing": Reason(
        _(
            "Trial until %(until)s through subscription %(subscription)s, which then renews by "
            "itself until it ends on %(ends)s."
        ),
        _("Trial until %(until)s; the subscription then renews by itself until %(ends)s."),
        _("Trial until %(until)s through subscription %(subscription)s."),
        _("Trial until %(until)s."),
        _("Trial."),
        when_over="billing_clock_ended",
    ),
    "subscription_ending": Reason(
        _("Pro until %(until)s; subscription %(subscription)s ends then and doesn't renew."),
        _("Pro until %(until)s; the subscription ends then and doesn't renew."),
        _("The subscription doesn't renew; Pro ends with the paid period."),
        when_over="subscription_canceled",
    ),
    "subscription_past_due_in_grace": Reason(
        _("A payment failed on %(since)s; access ends on %(until)s unless it is paid."),
        _("A payment failed; access ends on %(until)s unless it is paid."),
        _("A payment failed; access ends soon unless it is paid."),
        when_over="subscription_past_due_grace_over",
    ),
    # Subscriptions that don't
    "subscription_past_due_grace_over": Reason(
        _("A payment failed on %(since)s, and the invoice wasn't paid by %(until)s."),
        _("A payment failed on %(since)s, and the invoice wasn't paid in time."),
        _("A payment failed, and the invoice wasn't paid by %(until)s."),
        _("A payment failed, and the invoice wasn't paid in time."),
    ),
    "subscription_never_paid": Reason(
        _("The first charge of subscription %(subscription)s failed; Pro is open once it is paid."),
        _("The first charge failed; Pro is open once it is paid."),
    ),
    "action_required": Reason(
        _("A payment has been waiting for confirmation with the bank since %(since)s."),
        _("A payment waits for confirmation with the bank."),
    ),
    "subscription_incomplete": Reason(
        _(
            "The first payment of subscription %(subscription)s isn't completed, so nothing was "
            "charged yet."
        ),
        _("The first payment isn't completed, so nothing was charged yet."),
    ),
    "subscription_incomplete_expired": Reason(
        _("The first payment was never completed, so the subscription didn't start."),
    ),
    "payment_pending": Reason(
        _("Pro starts when the payment arrives; with some banks that takes a few days."),
    ),
    "subscription_paused": Reason(
        _(
            "Subscription %(subscription)s is paused: it doesn't renew meanwhile, and Pro is closed."
        ),
        _("The subscription is paused: it doesn't renew meanwhile, and Pro is closed."),
    ),
    "subscription_unpaid": Reason(
        _("Subscription %(subscription)s is unpaid: all attempts to charge it failed."),
        _("The subscription is unpaid: all attempts to charge it failed."),
    ),
    "subscription_canceled": Reason(
        _("Subscription %(subscription)s ended on %(since)s."),
        _("The subscription ended on %(since)s."),
        _("Subscription %(subscription)s has ended."),
        _("The subscription has ended."),
    ),
    "subscription_canceled_unpaid": Reason(
        _("Subscription %(subscription)s ended on %(since)s, because its payment failed for good."),
        _("The subscription ended on %(since)s, because its payment failed for good."),
        _("The subscription has ended, because its payment failed for good."),
    ),
    "subscription_canceled_disputed": Reason(
        _(
            "Subscription %(subscription)s ended on %(since)s, because a payment for it was "
            "disputed at the bank."
        ),
        _(
            "The subscription ended on %(since)s, because a payment for it was disputed at the bank."
        ),
        _("The subscription has ended, because a payment for it was disputed at the bank."),
    ),
    "billing_clock_ended": Reason(
        _(
            "The paid period of subscription %(subscription)s ended on %(until)s, and no renewal "
            "has been reported since."
        ),
        _("The paid period ended on %(until)s, and no renewal has been reported since."),
        _("The paid period is over, and no renewal has been reported since."),
    ),
    "not_a_pro_price": Reason(
        _("Subscription %(subscription)s is for something other than Pro."),
        _("The subscription is for something other than Pro."),
    ),
    "customer_deleted": Reason(
        _("The customer was deleted at Stripe on %(since)s, and the subscription with it."),
        _("The customer was deleted at Stripe, and the subscription with it."),
    ),
    "unknown_status": Reason(
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
    reason = REASONS.get(code)
    for sentence in reason.sentences if reason else ():
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
