"""Nothing that somebody is still charged for is deleted, whichever way it is tried (rule B11)."""

from typing import Any

from django.db.models import Model
from django.db.models.deletion import ProtectedError
from django.db.models.query import QuerySet
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils.translation import gettext as _
from wagtail.models import Site

from billing.models import Customer, Subscription
from membership.models import User


@receiver(pre_delete, sender=User)
def protect_paying_user(instance: User, **kwargs: Any) -> None:
    """Raise ProtectedError for a person whose subscription runs: he would be charged for ever.

    His customers' locks come first, as for an event: or the event of his own cancellation and the
    deletion would wait for each other.
    """
    list(Customer.objects.select_for_update().filter(user=instance).order_by("pk"))
    refuse_while_running(Subscription.objects.charged().filter(customer__user=instance))


@receiver(pre_delete, sender=Site)
def protect_selling_site(instance: Site, **kwargs: Any) -> None:
    """Raise ProtectedError for a tenant whose members' subscriptions run."""
    refuse_while_running(Subscription.objects.charged().filter(site=instance))


def refuse_while_running(running: QuerySet[Subscription]) -> None:
    found: set[Model] = set(running[:10])
    if found:
        raise ProtectedError(
            _(
                "Subscriptions are still running at Stripe. Cancel them first: a member by deleting "
                "the account on the account page, a tenant by `manage.py close_tenant`."
            ),
            found,
        )
