"""What membership is told of money: whoever sells Pro registers here (billing does).

`Seller` answers for members, `BackOffice` for the tenant admin's pages. Where a tenant has no
billing both answer with nothing, so that no page speaks of money (rule T3).
"""

from dataclasses import dataclass
from typing import Any, Protocol

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


class BackOffice(Protocol):
    """What the tenant admin's pages ask of the one provider that billing registers."""

    def plans(self, site: Site) -> list[tuple[str, str]]:
        """Return by which plans members can be told apart: code and words; none without billing."""

    def with_plan(self, members: MembershipQuerySet, site: Site, plan: str) -> MembershipQuerySet:
        """Return those of a tenant's members who hold this plan."""

    def name_plans(self, members: MembershipQuerySet, site: Site) -> MembershipQuerySet:
        """Add each member's `plan`: one of the codes, or None."""

    def member_section(self, request: HttpRequest, membership: Membership) -> str:
        """Return what is known of a member's payments as safe HTML, "" for nothing."""

    def numbers(self, request: HttpRequest) -> list[Number]:
        """Return what the home panel says of money; nothing to whom it is none of his business."""


class NoBackOffice:
    """Nothing is on sale: members are members."""

    def plans(self, site: Site) -> list[tuple[str, str]]:
        return []

    def with_plan(self, members: MembershipQuerySet, site: Site, plan: str) -> MembershipQuerySet:
        return members.none()

    def name_plans(self, members: MembershipQuerySet, site: Site) -> MembershipQuerySet:
        return members

    def member_section(self, request: HttpRequest, membership: Membership) -> str:
        return ""

    def numbers(self, request: HttpRequest) -> list[Number]:
        return []


_back_office: BackOffice = NoBackOffice()


def register_back_office(provider: BackOffice) -> None:
    """Make this the provider that the admin's pages ask; called once, when the apps are ready."""
    global _back_office  # noqa: PLW0603 - one provider a process, by design
    _back_office = provider


def back_office() -> BackOffice:
    """Return the registered provider."""
    return _back_office


class Seller(Protocol):
    """What members' pages ask of the one provider that billing registers."""

    def sells_pro(self, site: Site) -> bool:
        """Return whether Pro can be bought at this tenant now."""

    def account_section(self, request: HttpRequest) -> str:
        """Return the billing section of the account page as safe HTML, or "" for none."""

    def before_account_deletion(self, user: User) -> None:
        """Cancel whatever is still running; raise `CannotDeleteError` where that fails."""

    def personal_data(self, user: User) -> dict[str, Any]:
        """Return what is kept about this person's payments, at all tenants, ready for JSON."""


class CannotDeleteError(Exception):
    """An account must stay for now; the message says why, to the person who asked."""


class NoSeller:
    """Nothing is on sale: membership works without billing."""

    def sells_pro(self, site: Site) -> bool:
        return False

    def account_section(self, request: HttpRequest) -> str:
        return ""

    def before_account_deletion(self, user: User) -> None:
        return None

    def personal_data(self, user: User) -> dict[str, Any]:
        return {}


_seller: Seller = NoSeller()


def register_seller(seller: Seller) -> None:
    """Make this the seller that membership asks; called once, when the apps are ready."""
    global _seller  # noqa: PLW0603 - one provider a process, by design
    _seller = seller


def seller() -> Seller:
    """Return the registered seller."""
    return _seller
