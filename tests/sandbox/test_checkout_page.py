"""The checkout page, as a person without JavaScript uses it."""

import pytest

from tests.sandbox.browsing import CARD, CONFIRM, look, press
from tests.sandbox.conftest import DAY


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
