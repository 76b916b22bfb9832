"""Nothing that somebody is still charged for is deleted, whichever way it is tried (rule B11)."""

from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.db.models.deletion import ProtectedError
from django.db.models.query import QuerySet
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from wagtail.models import Site

from billing.models import CheckoutSession, Customer
from billing.subscriptions.account_deletion import charged_at, charged_to
from billing.tenant_billing import load_tenant
from krate_site.middleware import Middleware
from membership.models import User

STILL_RUNNING = gettext_lazy(
    "Subscriptions are still running at Stripe. Cancel them first: a member by deleting "
    "the account on the account page, a tenant by `manage.py close_tenant`."
)
STILL_OPEN = gettext_lazy(
    "A checkout is still open at Stripe, and could be paid. A member closes it by "
    "deleting the account on the account page, a tenant by `manage.py close_tenant`; "
    "by itself it closes within a day."
)


@receiver(pre_delete, sender=User)
def protect_paying_user(instance: User, **kwargs: Any) -> None:
    """Raise ProtectedError for whoever is charged or could still pay: it would go on for ever.

    Their customers' locks come first, as for an event: or the event of their own cancellation and
    the deletion would wait for each other.
    """
    list(Customer.objects.select_for_update().filter(user=instance).order_by("pk"))
    refuse_while_there_are(charged_to(instance), STILL_RUNNING)
    refuse_while_there_are(CheckoutSession.objects.payable().filter(user=instance), STILL_OPEN)


@receiver(pre_delete, sender=Site)
def protect_selling_site(instance: Site, **kwargs: Any) -> None:
    """Raise ProtectedError for a tenant whose members are charged or could still pay."""
    refuse_while_there_are(charged_at(load_tenant(instance)), STILL_RUNNING)
    refuse_while_there_are(CheckoutSession.objects.payable().filter(site=instance), STILL_OPEN)


def refuse_while_there_are(rows: QuerySet[Any] | list[Any], words: Promise) -> None:
    found: set[Model] = set(rows[:10])
    if found:
        raise ProtectedError(str(words), found)


class ProtectedDeletionMiddleware(Middleware):
    """Says in the admin why something can't be deleted; Wagtail's own views would end in an error."""

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        if not isinstance(exception, ProtectedError) or not request.path.startswith("/admin/"):
            return None
        messages.error(request, str(exception.args[0]))
        return HttpResponseRedirect(request.get_full_path())
