"""Who rehearses can use the sandbox's own pages and the hosted ones, at a desk and on a phone."""

import pytest
import stripe

from tests.browser.looking import DESK, Looker
from tests.outside.stage import set_stage


@pytest.fixture
def stage(sandbox):
    """An account where much has happened, and whose webhooks nobody takes."""
    account = sandbox.create_account("courier")
    client = stripe.StripeClient(account.secret_key, base_addresses={"api": sandbox.url})
    stage = set_stage(sandbox, client, account.secret_key)
    url = "http://courier.localhost:9/api/stripe/webhook"
    stage.v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"]})
    stage.subscribe(stage.customer())
    stage.subscribe(stage.customer("pm_card_chargeCustomerFail"))
    debit = stage.checkout(stage.customer(card=None))
    sandbox.pay_checkout(debit.id, bank="000123456789")
    return stage


def pages_of(stage):
    """The address of every kind of page."""
    shop, url = stage.v1, stage.sandbox.url
    yield from (f"{url}/", f"{url}/mail", f"{url}/accounts/courier/test", f"{url}/nowhere")
    yield f"{url}/events/{shop.events.list().data[0].id}"
    yield stage.checkout(allow_promotion_codes=True).url
    for status in ("paid", "open"):
        yield shop.invoices.list({"status": status}).data[0].hosted_invoice_url
    subscription = shop.subscriptions.list({"status": "active"}).data[0]
    wanted = {"customer": subscription.customer, "return_url": "http://localhost/account/"}
    portal = shop.billing_portal.sessions.create(wanted).url
    yield from (portal, f"{portal}/payment-method", f"{portal}/cancel/{subscription.id}")


@pytest.mark.axe
@pytest.mark.django_db
def test_everybody_can_use_the_sandboxs_pages(chromium, stage):
    looker = Looker(chromium.new_context(viewport=DESK), site=None)
    faults = []
    for page in pages_of(stage):
        looker.page.goto(page)
        faults += looker.judge()
    looker.context.close()
    assert faults == []
