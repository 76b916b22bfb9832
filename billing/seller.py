"""What membership asks of whoever sells Pro: this is billing's answer to its `Seller`."""

from typing import Any, cast

from django.http import HttpRequest
from wagtail.models import Site

from billing.account import account_section
from billing.leaving import cancel_before_deletion
from billing.offer import offer_of
from billing.personal_data import payments_of
from membership.models import User


class StripeSeller:
    """Registered when the apps are ready."""

    def sells_pro(self, site: Site) -> bool:
        return offer_of(site) is not None

    def account_section(self, request: HttpRequest) -> str:
        return account_section(request, cast(User, request.user))

    def before_account_deletion(self, user: User) -> None:
        cancel_before_deletion(user)

    def personal_data(self, user: User) -> dict[str, Any]:
        return payments_of(user)
