"""How a member's subscription stands, in one line: what he wants to know first."""

from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.holding import Holding
from billing.status import Status
from membership.models import Standing
from membership.standing import CurrentStanding


def headline(holding: Holding | None, standing: CurrentStanding | None) -> str:
    """Return the line in the tenant's language."""
    if standing and standing.standing == Standing.PENDING:
        return _("Your payment is on its way. Pro starts when it arrives.")
    if holding is None:
        return _("You have no subscription.")
    if not holding.is_live:
        ended = day(holding.ends_at)
        return _("Your subscription ended on %(day)s.") % {"day": ended} if ended else _("Ended.")
    if holding.needs_payment:
        return unpaid(holding, standing)
    return running(holding)


def running(holding: Holding) -> str:
    """Return the line of a subscription with nothing to pay."""
    if holding.is_paused:
        return _("Your subscription is paused.")
    if holding.is_ending:
        return _("Pro, ends on %(day)s") % {"day": day(holding.ends_at)}
    if holding.is_trial:
        return _("Pro trial, first charge on %(day)s") % {"day": day(holding.period_end)}
    return _("Pro, renews on %(day)s") % {"day": day(holding.period_end)}


def unpaid(holding: Holding, standing: CurrentStanding | None) -> str:
    """Return the line of a member who has to pay or confirm something."""
    if standing and standing.standing == Standing.ACTION_REQUIRED:
        return _("Your bank asks you to confirm a payment.")
    if holding.subscription.status == Status.INCOMPLETE:
        return _("Your first payment isn't completed. Nothing was charged yet.")
    since = parsed(standing.reason_params.get("since", "")) if standing else None
    if since:
        return _("A payment failed on %(day)s.") % {"day": day(since)}
    return _("A payment failed.")


def day(moment: datetime | None) -> str:
    """Return a time as a date in the tenant's language, "" for none."""
    return date_format(timezone.localtime(moment), "DATE_FORMAT") if moment else ""


def parsed(text: str) -> datetime | None:
    return parse_datetime(text) if text else None
