"""Pro for nothing, until a day: given by a tenant's admin, with why, and revocable."""

from datetime import date, datetime, time

from django.utils import timezone
from wagtail.log_actions import log

from membership.models import Membership, User


def end_of_day(day: date) -> datetime:
    """Return the last second of a day, so that access "until 3 May" has 3 May in it."""
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


def give(membership: Membership, *, until: date, note: str, by: User) -> None:
    """Make a member Pro through this day; what was given before is replaced."""
    membership.complimentary_until = end_of_day(until)
    membership.complimentary_note = note
    membership.save(update_fields=["complimentary_until", "complimentary_note"])
    log(
        membership,
        "membership.give_complimentary",
        user=by,
        data={"until": until.isoformat(), "note": note},
    )


def revoke(membership: Membership, *, by: User) -> bool:
    """Take back what was given; return whether there was anything."""
    if membership.complimentary_until is None:
        return False
    ended = timezone.localtime(membership.complimentary_until).date()
    membership.complimentary_until = None
    membership.complimentary_note = ""
    membership.save(update_fields=["complimentary_until", "complimentary_note"])
    log(
        membership,
        "membership.revoke_complimentary",
        user=by,
        data={"until": ended.isoformat()},
    )
    return True
