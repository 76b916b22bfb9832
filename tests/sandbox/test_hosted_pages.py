"""The hosted pages, as a person without JavaScript uses them."""

import re

import pytest
import requests

from tests.sandbox.conftest import DAY

CARD = {"card_number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123", "name": "Ada"}
CONFIRM = {**CARD, "card_number": "4000 0025 0000 3155"}


def press(url, form=None, **kwargs):
    return requests.post(url, data=form or {}, allow_redirects=False, timeout=5, **kwargs)


def look(url):
    return requests.get(url, timeout=5)


def test_paying_leads_to_the_success_url(api, open_checkout):
    session = open_checkout()
    shown = look(session.url).text
    assert "SANDBOX" in shown
    assert "$5.00 per month" in shown
    assert "ada@example.com" in shown
    answer = press(session.url, CARD)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://localhost:8000/done?session_id={session.id}"
    paid = api.checkout.sessions.retrieve(session.id, {"expand": ["subscription"]})
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.subscription.status == "active"
    assert "all done here" in look(session.url).text


def test_declined_card_stays_on_the_page_and_leaves_nothing(sandbox, api, open_checkout):
    session = open_checkout()
    answer = press(session.url, {**CARD, "card_number": "4000000000000002"})
    assert answer.status_code == 402
    assert "Your card was declined." in answer.text
    assert api.subscriptions.list({"status": "all"}).data == []
    assert sandbox.events("gazette", "payment_intent.payment_failed")
    assert press(session.url, CARD).status_code == 303


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"card_number": "4242 4242 4242 4241"}, "card number is invalid"),
        ({"expiry": "01/20"}, "in the past"),
        ({"expiry": "soon"}, "expiration date is invalid"),
        ({"cvc": "12"}, "security code is incomplete"),
        ({"card_number": "4111 1111 1111 1111"}, "non test card"),
    ],
)
def test_mistyped_field_is_said_beside_it(open_checkout, wrong, words):
    answer = press(open_checkout().url, CARD | wrong)
    assert answer.status_code in (402, 422)
    assert words in answer.text.replace("&#x27;", "'")


def test_confirmation_on_a_second_page(api, open_checkout):
    session = open_checkout()
    answer = press(session.url, CONFIRM)
    assert answer.headers["Location"] == f"/c/pay/{session.id}/confirm"
    page = session.url + "/confirm"
    assert "3-D Secure" in look(page).text
    assert press(page, {"result": "fail"}).status_code == 402
    press(session.url, CONFIRM)
    assert press(page, {"result": "complete"}).status_code == 303
    assert api.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_card_confirmed_once_renews_without_asking(sandbox, api, open_checkout):
    session = open_checkout()
    press(session.url, CONFIRM)
    press(session.url + "/confirm", {"result": "complete"})
    sandbox.advance(32 * DAY)
    subscription = api.checkout.sessions.retrieve(session.id).subscription
    assert api.subscriptions.retrieve(subscription).status == "active"


def test_trial_costs_nothing_today_and_says_what_comes(api, open_checkout):
    session = open_checkout(subscription_data={"trial_period_days": 14})
    shown = look(session.url).text
    assert "14 days free, then $5.00 per month from" in shown
    press(session.url, CARD)
    done = api.checkout.sessions.retrieve(session.id, {"expand": ["subscription"]})
    assert (done.subscription.status, done.amount_total) == ("trialing", 0)


def test_trial_without_a_card_when_that_is_allowed(api, open_checkout):
    session = open_checkout(
        subscription_data={"trial_period_days": 14}, payment_method_collection="if_required"
    )
    assert "Card number" not in look(session.url).text
    assert press(session.url).status_code == 303
    done = api.checkout.sessions.retrieve(session.id)
    assert done.payment_status == "no_payment_required"


def test_promotion_code(api, open_checkout):
    coupon = api.coupons.create({"percent_off": 20, "duration": "once"})
    promotion = {"type": "coupon", "coupon": coupon.id}
    api.promotion_codes.create({"promotion": promotion, "code": "WELCOME"})
    session = open_checkout(allow_promotion_codes=True)
    wrong = press(session.url, {"action": "apply", "code": "NOPE"})
    assert "This code is invalid." in wrong.text
    applied = press(session.url, {"action": "apply", "code": "welcome"})
    assert "$4.00" in applied.text
    press(session.url, CARD)
    invoice = api.checkout.sessions.retrieve(session.id, {"expand": ["invoice"]}).invoice
    assert (invoice.subtotal, invoice.amount_paid) == (500, 400)
    assert invoice.total_discount_amounts[0].amount == 100


def test_promotion_code_works_as_often_as_it_may(api, open_checkout):
    coupon = api.coupons.create({"percent_off": 20, "duration": "once"})
    promotion = {"type": "coupon", "coupon": coupon.id}
    api.promotion_codes.create({"promotion": promotion, "code": "ONCE", "max_redemptions": 1})
    for status, words in ((200, "$4.00"), (422, "as often as it may be")):
        session = open_checkout(allow_promotion_codes=True)
        applied = press(session.url, {"action": "apply", "code": "once"})
        assert (applied.status_code, words in applied.text) == (status, True)
        press(session.url, CARD)


def test_session_expires_after_a_day(sandbox, api, open_checkout):
    session = open_checkout()
    sandbox.advance(DAY)
    assert api.checkout.sessions.retrieve(session.id).status == "expired"
    assert "expired" in look(session.url).text
    assert press(session.url, CARD).status_code == 404
    assert sandbox.events("gazette", "checkout.session.expired")


def test_new_customer_is_made_from_the_form(api, monthly):
    session = api.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": monthly.id, "quantity": 1}],
            "success_url": "http://localhost/",
        }
    )
    assert press(session.url, CARD).status_code == 422
    press(session.url, CARD | {"email": "bob@example.com"})
    done = api.checkout.sessions.retrieve(session.id, {"expand": ["customer"]})
    assert done.customer.email == "bob@example.com" == done.customer_details.email


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
