"""What the tenant admin's pages about members are told of money: whoever sells Pro registers here.

The counterpart of `membership.seller` for the admin; billing registers one provider. Where a
tenant has no billing it answers with nothing, so that no page speaks of money (rule T3).
"""

from dataclasses import dataclass
from typing import Protocol

from django.http import HttpRequest
from django.utils.functional import Promise
from wagtail.models import Site

from membership.models import Membership, MembershipQuerySet

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
    """The one provider that billing registers."""

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
