"""What membership is told of money: whoever sells Pro registers itself here (billing does)."""

from typing import Any, Protocol

from django.http import HttpRequest
from wagtail.models import Site

from membership.models import User


class Seller(Protocol):
    """The one provider that billing registers."""

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
