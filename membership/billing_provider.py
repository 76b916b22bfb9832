"""What membership asks about money: whoever sells Pro registers here (billing does)."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from wagtail.models import Site

from membership.models import Membership, MembershipQuerySet, User

Words = str | Promise


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number of the panel on the admin's home, and the list that it leads to."""

    label: Words
    value: str
    url: str = ""
    note: str = ""
    needs_attention: bool = False


class CannotDeleteError(Exception):
    """An account must stay for now; the message says why, to the person who asked."""


class BillingProvider:
    """The answers where nothing is on sale: no page speaks of money (rule T3)."""

    def sells_pro(self, site: Site) -> bool:
        """Return whether Pro can be bought at this tenant now."""
        return False

    def account_section(self, request: HttpRequest) -> str:
        """Return the billing section of the account page as safe HTML, or "" for none."""
        return ""

    def before_account_deletion(self, user: User) -> None:
        """Cancel whatever is still running; raise `CannotDeleteError` where that fails."""

    def personal_data(self, user: User) -> dict[str, Any]:
        """Return what is kept about this person's payments, at all tenants, ready for JSON."""
        return {}

    def plans(self, site: Site) -> list[tuple[str, str]]:
        """Return by which plans members can be told apart: code and words."""
        return []

    def with_plan(self, members: MembershipQuerySet, site: Site, plan: str) -> MembershipQuerySet:
        """Return those of a tenant's members who hold this plan."""
        return members.none()

    def name_plans(self, members: MembershipQuerySet, site: Site) -> MembershipQuerySet:
        """Add each member's `plan`: one of the codes, or None."""
        return members

    def member_section(self, request: HttpRequest, membership: Membership) -> str:
        """Return what the admin sees of a member's payments as safe HTML, "" for nothing."""
        return ""

    def numbers(self, request: HttpRequest) -> list[Number]:
        """Return what the home panel says of money, to those who may see payments."""
        return []


_provider = BillingProvider()


def register_billing_provider(provider: BillingProvider) -> None:
    """Make this the provider that membership asks; called once, when the apps are ready."""
    global _provider  # noqa: PLW0603 - one provider a process, by design
    _provider = provider


def billing_provider() -> BillingProvider:
    """Return the registered provider."""
    return _provider
