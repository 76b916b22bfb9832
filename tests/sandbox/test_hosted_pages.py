"""The portal and the invoice's page, as a person without JavaScript uses them."""

import re

import pytest

from tests.sandbox.browsing import CARD, CONFIRM, look, press
from tests.sandbox.conftest import DAY


@pytest.fixture
def portal(api, subscribe):
    """Return a function that opens the portal for the subscriber; the first value is the URL."""
    subscription = subscribe()

    def portal(**params):
        wanted = {"customer": subscription.customer, "return_url": "http://localhost:8000/account/"}
        return api.billing_portal.sessions.create(wanted | params).url, subscription

    return portal


def test_portal_cancels_at_the_end_and_takes_it_back(sandbox, api, portal):
    url, subscription = portal()
    assert "Renews on" in look(url).text
    press(f"{url}/cancel/{subscription.id}")
    changed = api.subscriptions.retrieve(subscription.id)
    assert changed.cancel_at == changed["items"].data[0].current_period_end
    assert changed.cancel_at_period_end is False
    assert changed.cancellation_details.reason == "cancellation_requested"
    assert "will be canceled on" in look(url).text
    assert "Cancels on" in look(url).text
    press(f"{url}/resume/{subscription.id}")
    resumed = api.subscriptions.retrieve(subscription.id)
    assert resumed.cancel_at is resumed.canceled_at is None
    event = sandbox.events("gazette", "customer.subscription.updated")[-1]
    assert event["data"]["previous_attributes"]["cancel_at"] == changed.cancel_at


def test_portal_flow_leads_straight_to_canceling_and_back(portal):
    _, subscription = portal()
    url, _ = portal(
        flow_data={
            "type": "subscription_cancel",
            "subscription_cancel": {"subscription": subscription.id},
            "after_completion": {
                "type": "redirect",
                "redirect": {"return_url": "http://localhost:8000/account/?canceled"},
            },
        }
    )
    assert look(url).url == f"{url}/cancel/{subscription.id}"
    answer = press(f"{url}/cancel/{subscription.id}")
    assert answer.headers["Location"] == "http://localhost:8000/account/?canceled"


def test_portal_changes_the_card(sandbox, api, portal):
    url, subscription = portal(flow_data={"type": "payment_method_update"})
    page = look(url).url
    assert page.endswith("/payment-method")
    assert "declined" in press(page, CARD | {"card_number": "4000000000000002"}).text
    assert press(page, CARD | {"card_number": "5555555555554444"}).status_code == 303
    customer = api.customers.retrieve(subscription.customer)
    card = api.payment_methods.retrieve(customer.invoice_settings.default_payment_method)
    assert (card.card.brand, card.card.last4) == ("mastercard", "4444")
    assert api.subscriptions.retrieve(subscription.id).default_payment_method == card.id
    assert "Mastercard ending in 4444" in look(url).text


def test_portal_asks_to_confirm_a_card(portal):
    url, _ = portal()
    asked = press(f"{url}/payment-method", CONFIRM).headers["Location"]
    assert url.endswith(asked.removesuffix("/confirm"))
    assert "3-D Secure" in look(f"{url}/confirm").text
    assert press(f"{url}/confirm", {"result": "complete"}).status_code == 303
    assert "ending in 3155" in look(url).text


def test_portal_switches_plans_where_it_is_configured(api, portal, product, monthly, annual):
    url, subscription = portal()
    assert "Update plan" not in look(url).text
    default = api.billing_portal.configurations.list({"is_default": True}).data[0]
    plans = [{"product": product.id, "prices": [monthly.id, annual.id]}]
    update = {"enabled": True, "default_allowed_updates": ["price"], "products": plans}
    api.billing_portal.configurations.update(
        default.id, {"features": {"subscription_update": update}}
    )
    assert "$50.00 / year" in look(f"{url}/update/{subscription.id}").text
    press(f"{url}/update/{subscription.id}", {"price": annual.id})
    changed = api.subscriptions.retrieve(subscription.id)
    assert changed["items"].data[0].price.id == annual.id


def test_portal_needs_a_configuration(sandbox):
    from tests.sandbox.conftest import client_for

    api = client_for(sandbox, sandbox.create_account("bare", portal=False).secret_key)
    customer = api.customers.create({})
    with pytest.raises(Exception, match="No configuration provided and your test mode default"):
        api.billing_portal.sessions.create({"customer": customer.id, "return_url": "http://x/"})


def test_invoice_page_and_pdf(api, portal):
    _, subscription = portal()
    invoice = api.invoices.retrieve(subscription.latest_invoice)
    assert "Paid on" in look(invoice.hosted_invoice_url).text
    file = look(invoice.invoice_pdf)
    assert file.headers["Content-Type"] == "application/pdf"
    assert file.content.startswith(b"%PDF-1.4")
    assert file.content.rstrip().endswith(b"%%EOF")


def test_open_invoice_is_paid_on_its_page(sandbox, api, subscribe):
    subscription = subscribe("4000000000000341", subscription_data={"trial_period_days": 7})
    sandbox.advance(7 * DAY + 3600)
    invoice = api.invoices.retrieve(api.subscriptions.retrieve(subscription.id).latest_invoice)
    page = invoice.hosted_invoice_url
    assert "Pay $5.00" in look(page).text
    assert press(page, CARD | {"card_number": "4000000000000002"}).status_code == 402
    assert press(page, CARD).status_code == 303
    assert api.subscriptions.retrieve(subscription.id).status == "active"


def test_failed_renewal_is_rehearsed_as_the_docs_say(sandbox, api, portal):
    """The steps of docs/sandbox.md, by its buttons."""
    url, subscription = portal()
    press(f"{url}/payment-method", CARD | {"card_number": "4000 0000 0000 0341"})
    board = f"{sandbox.url}/accounts/gazette/test"
    press(f"{sandbox.url}/do/clock", {"by": "31"})
    while "past_due" not in look(board).text:
        press(f"{sandbox.url}/do/clock", {"by": "next"})
    invoice = api.invoices.retrieve(api.subscriptions.retrieve(subscription.id).latest_invoice)
    assert invoice.next_payment_attempt
    press(invoice.hosted_invoice_url, CARD)
    assert "past_due" not in look(board).text
    assert api.subscriptions.retrieve(subscription.id).status == "active"
    assert "Paid on" in look(invoice.hosted_invoice_url).text


def test_renewal_is_confirmed_on_the_invoice_page(sandbox, api, subscribe):
    subscription = subscribe("4000002760003184")
    sandbox.advance(32 * DAY)
    invoice = api.invoices.retrieve(api.subscriptions.retrieve(subscription.id).latest_invoice)
    assert "Confirm payment" in look(invoice.hosted_invoice_url).text
    press(invoice.hosted_invoice_url + "/confirm", {"result": "complete"})
    assert api.subscriptions.retrieve(subscription.id).status == "active"


def test_every_page_says_that_it_is_a_sandbox_and_labels_its_fields(sandbox, portal, open_checkout):
    url, subscription = portal()
    event = sandbox.events("gazette")[-1]["id"]
    pages = [
        sandbox.url + "/", sandbox.url + "/mail", sandbox.url + "/accounts/gazette/test",
        f"{sandbox.url}/events/{event}", url, f"{url}/cancel/{subscription.id}",
        f"{url}/payment-method", open_checkout().url, sandbox.url + "/nothing/here",
    ]  # fmt: skip
    for page in pages:
        shown = look(page).text
        assert "This is not Stripe" in shown
        assert "Set-Cookie" not in look(page).headers
        named = set(re.findall(r'<(?:input|select|textarea) id="([^"]+)"', shown))
        assert named == set(re.findall(r'<label for="([^"]+)"', shown)), page
