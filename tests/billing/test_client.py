"""How Stripe is asked: by each tenant's own key, never inside a transaction, never for long (rule B4)."""

import pytest
import stripe
from django.db import connection
from django.urls import reverse

from billing.models import CheckoutSession, Subscription
from billing.reconcile.run import reconcile
from billing.stripe_api.client import PATIENCE, STRIPE_API_VERSION, stripe_client
from billing.stripe_api.errors import StripeUnreachable, stripe_problems
from billing.subscriptions.duplicates import cancel_newer
from billing.tenant_billing import load_tenant
from membership.models import User
from tests.billing.at_checkout import choose
from tests.billing.at_stripe import GOOD_CARD, AtStripe


def test_B4_each_tenant_asks_by_its_own_key(shop, other_shop):
    for tenant, other in ((shop, other_shop), (other_shop, shop), (shop, other_shop)):
        client = stripe_client(tenant.settings)
        assert client.v1.products.retrieve(tenant.product.id).id == tenant.product.id
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.products.retrieve(other.product.id)
    assert stripe.api_key is None


def test_B4_one_version_for_what_is_asked_and_what_is_told(at_panel, shop, sandbox):
    at_panel.post(reverse("billing_create_endpoint"))
    (endpoint,) = shop.stripe.v1.webhook_endpoints.list().data
    asked = {entry["headers"]["Stripe-Version"] for entry in sandbox.requests()}
    assert asked == {endpoint.api_version} == {STRIPE_API_VERSION} == {stripe.api_version}


@pytest.mark.parametrize(("wait", "seconds", "tries"), [("person", 5, 2), ("command", 15, 3)])
def test_B4_a_person_waits_for_less_than_a_command(shop, sandbox, wait, seconds, tries):
    before = len(sandbox.requests())
    sandbox.mischief(answer=500)
    with pytest.raises(StripeUnreachable), stripe_problems():
        stripe_client(shop.settings, wait=wait).v1.products.list()
    assert len(sandbox.requests()) - before == tries
    assert PATIENCE[wait][0] == seconds


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_B4_nothing_is_asked_inside_a_transaction(
    reader, person, shop, sandbox, buy, relay, monkeypatch
):
    """A whole life: bought, told in one second, asked about, cancelled, resumed, compared, left."""
    asked = []
    request = stripe.RequestsClient.request

    def noted(client, method, url, *rest, **more):
        asked.append((connection.in_atomic_block, method, url))
        return request(client, method, url, *rest, **more)

    choose(reader, "monthly")
    monkeypatch.setattr(stripe.RequestsClient, "request", noted)
    buy(reader, shop)
    relay(shop)
    Subscription.objects.update(needs_sync=True)
    for name in ("portal", "pay", "resume", "ask"):
        reader.post(f"/account/billing/{name}/")
    reader.get("/account/billing/return/")
    subscription = Subscription.objects.get()
    shop.stripe.v1.subscriptions.update(subscription.stripe_id, {"cancel_at_period_end": True})
    reconcile(shop.site, fix=True)
    reader.post("/account/billing/resume/")
    customer = subscription.customer.stripe_id
    AtStripe(shop, sandbox).use_card(customer, GOOD_CARD)
    shop.stripe.v1.subscriptions.create(
        {"customer": customer, "items": [{"price": shop.monthly.id}]}
    )
    relay(shop)
    cancel_newer(load_tenant(shop.site), person.pk)
    person.set_password("leaving-now-42")
    person.save()
    reader.force_login(person)
    leaving = {"password": "leaving-now-42", "confirm": "on", "email": person.email}
    reader.post("/account/delete/", leaving)
    assert not User.objects.filter(pk=person.pk).exists()
    assert not CheckoutSession.objects.exists()
    assert len(asked) > 20
    assert [call for call in asked if call[0]] == []
