"""A member's new address also goes to Stripe, which mails their invoices there (R5)."""

from typing import Any

from allauth.account.signals import email_changed
from django.dispatch import receiver
from django_tasks import task

from billing.models import Customer
from billing.stripe_api.client import stripe_client
from billing.stripe_api.errors import stripe_problems
from billing.tenant_billing import load_tenant
from krate_site.tasks.queues import enqueue_with_commit
from membership.models import User


@receiver(email_changed)
def address_changed(user: User, **_kwargs: Any) -> None:
    """Tell Stripe once the new address is committed; that it can't be told keeps nobody."""
    for pk in Customer.objects.current(user).values_list("pk", flat=True):
        enqueue_with_commit(tell_stripe, pk)


@task(queue_name="background")
def tell_stripe(customer_pk: int) -> None:
    """Give a customer at Stripe the address that its member has now; raises StripeProblem."""
    customer = Customer.objects.select_related("site", "user").get(pk=customer_pk)
    tenant = load_tenant(customer.site)
    if customer.user is None or not tenant.counts(customer.livemode):
        return
    with stripe_problems():
        client = stripe_client(tenant.settings)
        client.v1.customers.update(customer.stripe_id, {"email": customer.user.email})
