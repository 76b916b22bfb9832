"""Everything that is kept about a person, for himself."""

from typing import Any

from membership.billing_provider import billing_provider
from membership.models import Membership, User


def personal_data(user: User) -> dict[str, Any]:
    """Return what is kept about this person, ready for JSON."""
    memberships = Membership.objects.filter(user=user).select_related("site").order_by("joined_at")
    return {
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "joined": user.date_joined,
        "last_signed_in": user.last_login,
        "memberships": [membership_data(membership) for membership in memberships],
        "billing": billing_provider().personal_data(user),
    }


def membership_data(membership: Membership) -> dict[str, Any]:
    """Return one membership as its owner sees it."""
    return {
        "publication": membership.site.site_name or membership.site.hostname,
        "host": membership.site.hostname,
        "joined": membership.joined_at,
        "standing": membership.standing,
        "pro_until": membership.pro_until,
        "complimentary_until": membership.complimentary_until,
        "complimentary_note": membership.complimentary_note,
    }
