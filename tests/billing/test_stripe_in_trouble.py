"""Stripe answers with an error of its own, or not at all, as somebody buys or resumes (B7, B9).

It keeps such an error under the call's idempotency key for a day, and may have done what it was
asked to do. https://docs.stripe.com/error-low-level#idempotency
"""

from functools import partial

import pytest

from billing.models import CheckoutSession, Customer, Subscription
from membership.models import Membership
from tests.billing.at_checkout import choose, sessions_at_stripe
from tests.billing.at_once import at_once
from tests.billing.stripe_objects import DAY
from tests.billing.terms import page_of
from tests.billing.test_resume import GOES_ON, invoices, press, use_card

SESSIONS, CUSTOMERS = "/v1/checkout/sessions$", "/v1/customers$"


def buy_at(location, reader, shop, sandbox):
    """Pay at the page that a click led to, and come back."""
    (session,) = [one for one in sessions_at_stripe(shop, "open") if one.url == location]
    sandbox.pay_checkout(session.id)
    return reader.get("/account/billing/success/", {"session_id": session.id})


def assert_bought_once(shop):
    (subscription,) = shop.stripe.v1.subscriptions.list({"status": "all"}).data
    assert Subscription.objects.get().stripe_id == subscription.id
    (customer,) = shop.stripe.v1.customers.list().data
    assert Customer.objects.get().stripe_id == customer.id == subscription.customer
    assert not sessions_at_stripe(shop, "open")
    assert Membership.objects.get().is_pro


@pytest.mark.parametrize("path", [SESSIONS, CUSTOMERS])
@pytest.mark.parametrize("answer", [500, "500_after"])
def test_B7_after_one_bad_answer_the_next_click_sells(reader, shop, sandbox, path, answer):
    sandbox.mischief(answer=answer, path=path, times=1)
    refused = choose(reader)
    assert refused.status_code == 503
    assert "Nothing was charged" in refused.content.decode()
    led_on = choose(reader)
    assert led_on.status_code == 303
    assert len(sessions_at_stripe(shop)) == 1
    page = buy_at(led_on.headers["Location"], reader, shop, sandbox)
    assert "Welcome to Pro" in page.content.decode()
    assert_bought_once(shop)


@pytest.mark.parametrize("path", [SESSIONS, CUSTOMERS])
def test_B7_after_many_bad_answers_the_next_click_sells(reader, shop, sandbox, path):
    sandbox.mischief(answer=500, path=path)
    assert [choose(reader).status_code for _ in range(4)] == [503] * 4
    sandbox.mischief()
    led_on = choose(reader)
    assert led_on.status_code == 303
    buy_at(led_on.headers["Location"], reader, shop, sandbox)
    assert_bought_once(shop)


@pytest.mark.parametrize("path", [SESSIONS, CUSTOMERS])
def test_B7_bad_answers_are_not_asked_for_without_end(reader, shop, sandbox, path):
    """While Stripe can be read and not written to, a click makes one attempt."""
    sandbox.mischief(answer=500, path=path)
    for _ in range(3):
        before = len(sandbox.requests(method="POST", path=path.removesuffix("$")))
        choose(reader)
    # The third one finds two errors kept from before, and then its own.
    assert len(sandbox.requests(method="POST", path=path.removesuffix("$"))) - before <= 3


@pytest.mark.parametrize("answer", ["500_after", "hang_up_after"])
def test_B7_another_plan_leaves_nothing_to_pay_of_what_was_made_unheard(
    reader, shop, sandbox, answer
):
    sandbox.mischief(answer=answer, path=SESSIONS)
    assert choose(reader, "annual").status_code == 503
    sandbox.mischief()
    (unheard,) = sessions_at_stripe(shop, "open")
    led_on = choose(reader, "monthly")
    assert led_on.status_code == 303
    (to_pay,) = sessions_at_stripe(shop, "open")
    assert (to_pay.url, to_pay.amount_total) == (led_on.headers["Location"], 900)
    assert shop.stripe.v1.checkout.sessions.retrieve(unheard.id).status == "expired"
    buy_at(to_pay.url, reader, shop, sandbox)
    assert_bought_once(shop)


@pytest.mark.parametrize("answer", [500, "500_after", "hang_up", "hang_up_after"])
def test_B7_what_was_made_unheard_is_closed_before_another_plan_is_sold(
    reader, shop, sandbox, answer
):
    sandbox.mischief(answer="500_after", path=SESSIONS, times=1)
    choose(reader, "annual")
    (unheard,) = sessions_at_stripe(shop, "open")
    sandbox.mischief(answer=answer, path=f"{unheard.id}/expire")
    assert choose(reader, "monthly").status_code == 503
    sandbox.mischief()
    assert choose(reader, "monthly").status_code == 303
    assert [one.amount_total for one in sessions_at_stripe(shop, "open")] == [900]


@pytest.mark.parametrize("plan", ["annual", "monthly"])
def test_B7_what_was_made_unheard_and_paid_is_not_sold_again(reader, shop, sandbox, plan):
    """Its address was told to nobody, but who knows?"""
    sandbox.mischief(answer="500_after", path=SESSIONS, times=1)
    choose(reader, "annual")
    (unheard,) = sessions_at_stripe(shop, "open")
    sandbox.pay_checkout(unheard.id)
    paid = choose(reader, plan).headers["Location"]
    assert paid == f"/account/billing/success/?session_id={unheard.id}"
    assert "Welcome to Pro" in reader.get(paid).content.decode()
    assert_bought_once(shop)


@pytest.mark.parametrize("path", [SESSIONS, CUSTOMERS])
def test_B7_one_answer_that_gets_lost_is_not_even_noticed(reader, shop, sandbox, path):
    sandbox.mischief(answer="hang_up_after", path=path, times=1)
    led_on = choose(reader)
    assert led_on.status_code == 303
    assert len(sessions_at_stripe(shop)) == len(shop.stripe.v1.customers.list().data) == 1


def test_B7_a_timeout_while_the_customer_is_made_ends_in_one_customer(reader, shop, sandbox):
    sandbox.mischief(answer="hang_up_after", path=CUSTOMERS)
    assert choose(reader).status_code == 503
    sandbox.mischief()
    led_on = choose(reader)
    buy_at(led_on.headers["Location"], reader, shop, sandbox)
    assert_bought_once(shop)


def test_a_customer_of_somebody_elses_with_the_same_address_is_not_taken(
    reader, person, shop, sandbox
):
    shop.stripe.v1.customers.create({"email": person.email, "metadata": {"site": "0", "user": "0"}})
    sandbox.mischief(answer=500, path=CUSTOMERS, times=1)
    choose(reader)
    choose(reader)
    (session,) = sessions_at_stripe(shop)
    customer = shop.stripe.v1.customers.retrieve(session.customer)
    assert customer.metadata["user"] == str(person.pk)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", [SESSIONS, CUSTOMERS])
@pytest.mark.parametrize("answer", [500, "500_after"])
def test_B7_clicks_at_the_same_moment_after_a_bad_answer_end_in_one_session(
    make_reader, person, shop, sandbox, path, answer
):
    readers = [make_reader(person) for _ in range(5)]
    sandbox.mischief(answer=answer, path=path, times=1)
    assert choose(readers[0]).status_code == 503
    answers = at_once([partial(choose, reader) for reader in readers])
    assert {answer.status_code for answer in answers} <= {303, 503}
    assert choose(readers[0]).status_code == 303
    assert len(sessions_at_stripe(shop)) == len(shop.stripe.v1.customers.list().data) == 1
    assert CheckoutSession.objects.filter(state="open").count() == 1


@pytest.mark.parametrize("answer", ["hang_up_after", "500_after"])
def test_B9_what_stripe_did_without_saying_so_is_not_called_nothing(
    paused, shop, sandbox, relay, answer
):
    sandbox.mischief(answer=answer, path="/resume$")
    press(paused)
    page = page_of(paused)
    assert GOES_ON not in page
    assert "Nothing was charged" not in page
    assert "doesn&#x27;t charge you twice" in page
    sandbox.mischief()
    press(paused)
    assert GOES_ON in page_of(paused)
    assert [invoice.amount_paid for invoice in invoices(shop, "paid")] == [900, 900]


def test_B9_what_was_charged_before_stripe_fell_silent_is_not_called_nothing(
    paused, shop, sandbox, relay
):
    """It is resumed, and the end to which it was set is still to be taken back."""
    row = Subscription.objects.get()
    end = {"cancel_at": sandbox.now() + 10 * DAY}
    shop.stripe.v1.subscriptions.update(row.stripe_id, end)
    relay(shop)
    sandbox.mischief(answer=500, path=f"POST /v1/subscriptions/{row.stripe_id}$")
    press(paused)
    page = page_of(paused)
    assert len(invoices(shop, "paid")) == 2
    assert "Nothing was charged" not in page
    assert "doesn&#x27;t charge you twice" in page
    sandbox.mischief()
    press(paused)
    assert GOES_ON in page_of(paused)
    assert shop.stripe.v1.subscriptions.retrieve(row.stripe_id).cancel_at is None
    assert len(invoices(shop, "paid")) == 2


def test_B7_one_bad_answer_keeps_nobody_from_resuming(paused, shop, sandbox):
    sandbox.mischief(answer=500, path="/resume$")
    press(paused)
    press(paused)
    sandbox.mischief()
    press(paused)
    assert GOES_ON in page_of(paused)
    assert len(invoices(shop, "paid")) == 2


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("card", ["pm_card_visa", "pm_card_chargeCustomerFail"])
def test_B7_clicks_at_the_same_moment_resume_once(paused, person, make_reader, shop, card):
    use_card(shop, card)
    readers = [make_reader(person) for _ in range(5)]
    at_once([partial(press, reader) for reader in readers])
    assert len(shop.stripe.v1.invoices.list().data) == 2
