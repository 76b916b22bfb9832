"""Every request that the product sends is as Stripe describes it, over all its own ways."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from billing.emails.outbox import send_notices
from billing.models import Invoice, Subscription
from tests.factories import UserFactory, team_member
from tests.outside import description
from tests.outside.sdk_calls import operations_of_the_product
from tests.outside.stage import give_card

PORTAL = "/account/billing/portal/"


@pytest.fixture
def asked_by_the_product(shop, sandbox):
    """Return a function that gives what was asked since the tenant was arranged."""
    before = len(sandbox.requests())
    return lambda: sandbox.requests()[before:]


@pytest.fixture
def panel(client_at, site):
    client = client_at(site)
    client.force_login(team_member(site))
    return client


@pytest.mark.timeout(300)
def test_every_call_of_the_product_is_made_and_is_as_stripe_describes_it(
    asked_by_the_product, shop, sandbox, panel, make_reader, buy, relay, capsys
):
    user = UserFactory(verified=True)
    subscriber = make_reader(user)
    meet_a_bad_answer(subscriber, sandbox)
    buy(subscriber, shop, "monthly")
    relay(shop)
    look_after_it(subscriber, shop, sandbox, relay)
    dispute_it(shop, sandbox, relay)
    change_ones_mind(make_reader(UserFactory(verified=True)))
    leave(subscriber, user)
    settle_the_tenant(panel, shop)
    call_command("reconcile_billing", "--fix")

    asked = asked_by_the_product()
    assert description.faults_of_requests(asked) == set()
    made = {
        (sent["method"], description.path_template(sent["method"], sent["path"])) for sent in asked
    }
    assert operations_of_the_product() - made == set()


def meet_a_bad_answer(reader, sandbox):
    """Rule B7: what Stripe may have made, saying that it hadn't, is looked for before the next try."""
    for path in ("/v1/customers$", "/v1/checkout/sessions$"):
        sandbox.mischief(answer=500, path=path, times=1)
        reader.post("/account/billing/checkout/", {"plan": "monthly"})


def settle_the_tenant(panel, shop):
    """Rows R17 to R21: the settings are saved and checked, the endpoint made twice, the portal."""
    entries = {
        "publishable_key": shop.publishable_key,
        "secret_key": "",
        "webhook_secret": "",
        "monthly_price_id": shop.monthly.id,
        "annual_price_id": shop.annual.id,
        "trial_days": "0",
        "past_due_grace_days": "14",
        "renewal_allowance_days": "3",
        "allow_promotion_codes": "on",
    }
    panel.post("/admin/settings/billing/", entries)
    panel.post(reverse("billing_create_endpoint"))
    panel.post(reverse("billing_create_endpoint"))
    panel.post(reverse("billing_test_portal"))


def look_after_it(reader, shop, sandbox, relay):
    """Rows R3, R19, R23, R24, R25: the account's buttons, in each state that they are for."""
    for flow in ("", "card", "cancel", "switch"):
        reader.post(PORTAL, {"flow": flow})
    subscription = Subscription.objects.get()
    reader.get(reverse("billing_invoice", args=[Invoice.objects.first().pk]))
    give_card(shop.stripe, subscription.customer.stripe_id)
    items = shop.account.test.table("subscription")[subscription.stripe_id]["items"]
    items["has_more"] = True  # as of a subscription with more of them than Stripe sends along
    reader.post(reverse("billing_ask"))
    items["has_more"] = False
    at_stripe = shop.stripe.v1.subscriptions
    at_stripe.update(subscription.stripe_id, {"cancel_at_period_end": True})
    relay(shop)
    reader.post(reverse("billing_resume"))
    at_stripe.pause(subscription.stripe_id)
    relay(shop)
    reader.post(reverse("billing_resume"))
    reader.post(reverse("billing_pay"))


def dispute_it(shop, sandbox, relay):
    """Rule B10: the tenant is mailed whose payment is disputed."""
    paid, *_later = sandbox.events(shop.account, "invoice.paid")
    sandbox.press("dispute", id=paid["data"]["object"]["id"])
    relay(shop)
    send_notices()


def change_ones_mind(reader):
    """Rule B7: an open session for another plan is expired first."""
    for plan in ("monthly", "annual"):
        reader.post("/account/billing/checkout/", {"plan": plan})


def leave(reader, user):
    """Rule B11: deleting the account cancels at Stripe first."""
    reader.post("/account/delete/", {"email": user.email})
