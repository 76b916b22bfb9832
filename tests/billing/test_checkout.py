"""The way from a plan to Stripe's checkout page and back (rules B1, B4, B7, B9; R1, R22, R26)."""

from functools import partial

import pytest
from django.core.management import call_command
from django.utils import translation

from billing.checkout.plans import offer_of
from billing.checkout.session import open_at_stripe
from billing.models import CheckoutSession, Customer, Subscription
from billing.stripe_api.client import stripe_client
from tests.billing.at_checkout import choose, sessions_at_stripe
from tests.billing.at_once import at_once


def test_R22_the_button_leads_to_stripes_hosted_page(reader, shop, sandbox):
    response = choose(reader)
    assert response.status_code == 303
    assert response.headers["Location"].startswith(f"{sandbox.url}/c/pay/cs_test_")


@pytest.mark.parametrize(("plan", "interval"), [("monthly", "month"), ("annual", "year")])
def test_R16_each_plan_is_charged_by_its_own_price(reader, shop, plan, interval):
    choose(reader, plan)
    (session,) = sessions_at_stripe(shop)
    lines = shop.stripe.v1.checkout.sessions.line_items.list(session.id).data
    assert [line.price.recurring.interval for line in lines] == [interval]


def test_B7_the_session_names_the_member_and_his_customer(reader, person, site, shop):
    choose(reader)
    (session,) = sessions_at_stripe(shop)
    customer = Customer.objects.get(site=site, user=person)
    assert session.customer == customer.stripe_id
    assert session.client_reference_id == str(person.pk)
    assert session.metadata["user"] == str(person.pk)
    assert session.metadata["site"] == str(site.pk)
    assert session.success_url == (
        "http://courier.localhost/account/billing/success/?session_id={CHECKOUT_SESSION_ID}"
    )
    assert session.cancel_url == "http://courier.localhost/pro/"
    assert shop.stripe.v1.customers.retrieve(customer.stripe_id).email == person.email


def test_R1_R26_a_paid_checkout_makes_a_subscription_with_the_members_metadata(
    reader, person, shop, sandbox
):
    choose(reader)
    sandbox.pay_checkout(sessions_at_stripe(shop)[0].id, "4242424242424242")
    (subscription,) = shop.stripe.v1.subscriptions.list().data
    assert subscription.status == "active"
    assert subscription.metadata["user"] == str(person.pk)


def test_trial_and_promotion_codes_follow_the_tenants_settings(reader, shop):
    shop.settings.trial_days = 14
    shop.settings.allow_promotion_codes = True
    shop.settings.save()
    choose(reader)
    (session,) = sessions_at_stripe(shop)
    assert session.allow_promotion_codes
    assert session.amount_total == 0


def test_a_trial_is_for_new_subscribers_only(reader, person, site, shop):
    shop.settings.trial_days = 14
    shop.settings.save()
    customer = Customer.objects.create(site=site, user=person, stripe_id="cus_old")
    Subscription.objects.create(
        site=site, customer=customer, stripe_id="sub_old", status="canceled"
    )
    customer.deleted_at_stripe = True
    customer.save()
    choose(reader)
    assert sessions_at_stripe(shop)[0].amount_total == 9000


# One subscription a member


def test_B7_a_second_click_finds_the_same_session(reader, shop):
    first, second = choose(reader), choose(reader)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(sessions_at_stripe(shop)) == 1
    assert CheckoutSession.objects.count() == 1


def test_B7_another_plan_expires_the_first_session(reader, shop):
    choose(reader, "monthly")
    choose(reader, "annual")
    assert len(sessions_at_stripe(shop, "open")) == 1
    assert len(sessions_at_stripe(shop, "expired")) == 1
    assert set(CheckoutSession.objects.values_list("state", flat=True)) == {"expired", "open"}


def test_B7_other_terms_expire_the_first_session(reader, shop):
    choose(reader)
    shop.settings.allow_promotion_codes = True
    shop.settings.save()
    choose(reader)
    (session,) = sessions_at_stripe(shop, "open")
    assert session.allow_promotion_codes


def test_B7_one_customer_however_often_one_tries(reader, shop):
    for plan in ("monthly", "annual", "monthly"):
        choose(reader, plan)
    assert len(shop.stripe.v1.customers.list().data) == 1


def test_B7_who_paid_in_another_tab_is_led_to_the_success_page(reader, shop, sandbox):
    choose(reader, "monthly")
    (session,) = sessions_at_stripe(shop)
    sandbox.pay_checkout(session.id)
    for plan in ("monthly", "annual"):
        response = choose(reader, plan)
        assert response.headers["Location"] == f"/account/billing/success/?session_id={session.id}"
    assert len(shop.stripe.v1.subscriptions.list().data) == 1


def test_B7_who_paid_is_held_back_while_only_the_checkouts_own_event_has_come(
    reader, shop, sandbox, relay
):
    choose(reader, "monthly")
    (session,) = sessions_at_stripe(shop)
    sandbox.pay_checkout(session.id)
    relay(shop, only="checkout.session.completed")
    assert not Subscription.objects.exists()
    assert "on its way" in reader.get("/pro/").content.decode()
    paid = f"/account/billing/success/?session_id={session.id}"
    assert choose(reader, "annual").headers["Location"] == paid
    assert not sessions_at_stripe(shop, "open")
    assert "Welcome to Pro" in reader.get(paid).content.decode()


def test_B7_a_paid_checkout_that_stripe_lost_keeps_nobody_from_buying(reader, person, site, shop):
    customer = Customer.objects.create(site=site, user=person, stripe_id="cus_lost")
    site.checkout_sessions.create(
        user=person,
        customer=customer,
        stripe_id="cs_test_lost",
        subscription_id_at_stripe="sub_lost",
        state="complete",
    )
    choose(reader)
    assert not sessions_at_stripe(shop)
    call_command("reconcile_billing", fix=True)
    assert choose(reader).status_code == 303
    assert len(sessions_at_stripe(shop, "open")) == 1


def test_B7_an_expired_session_is_replaced(reader, shop):
    first = choose(reader)
    shop.stripe.v1.checkout.sessions.expire(sessions_at_stripe(shop)[0].id)
    second = choose(reader)
    assert second.status_code == 303
    assert second.headers["Location"] != first.headers["Location"]


def test_B7_a_timeout_and_a_retry_end_in_one_session(reader, shop, sandbox):
    sandbox.mischief(answer="hang_up_after", path="checkout/sessions")
    assert choose(reader).status_code == 503
    sandbox.mischief()
    assert choose(reader).status_code == 303
    assert len(sessions_at_stripe(shop)) == 1


def test_B7_a_click_that_stripe_refuses_leaves_open_what_the_other_click_made(reader, site, shop):
    """Two clicks share a row; the second asks in another language, and by the same key."""
    choose(reader)
    row = CheckoutSession.objects.get()
    row.stripe_id, row.state = "", "creating"  # as it was read before the first one's return
    with translation.override("de"):
        url = open_at_stripe(stripe_client(shop.settings), offer_of(site), row)
    (session,) = sessions_at_stripe(shop, "open")
    assert url == session.url == choose(reader).headers["Location"]
    assert len(sessions_at_stripe(shop)) == 1


@pytest.mark.parametrize(
    "status", ["active", "trialing", "past_due", "unpaid", "incomplete", "paused"]
)
def test_B7_a_subscription_that_is_not_over_leads_to_the_account(
    reader, person, site, shop, status
):
    customer = Customer.objects.create(site=site, user=person, stripe_id="cus_held")
    Subscription.objects.create(site=site, customer=customer, stripe_id="sub_1", status=status)
    response = choose(reader)
    assert (response.status_code, response.headers["Location"]) == (303, "/account/#billing")
    assert sessions_at_stripe(shop) == []


@pytest.mark.parametrize("status", ["canceled", "incomplete_expired"])
def test_B7_a_subscription_that_is_over_keeps_nobody_away(reader, person, site, shop, status):
    customer = Customer.objects.create(site=site, user=person, stripe_id="cus_gone")
    Subscription.objects.create(site=site, customer=customer, stripe_id="sub_1", status=status)
    assert choose(reader).status_code == 303
    assert len(sessions_at_stripe(shop, "open")) == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "plans",
    [
        ["annual"] * 6,
        ["annual", "monthly"] * 3,
    ],
)
def test_B7_clicks_at_the_same_moment_leave_one_session_to_pay(make_reader, person, shop, plans):
    readers = [make_reader(person) for _plan in plans]
    jobs = [partial(choose, *pair) for pair in zip(readers, plans, strict=True)]
    answers = at_once(jobs)
    assert {answer.status_code for answer in answers} <= {303, 503}
    # A session whose making timed out was shown to nobody, so nobody can pay it.
    shown = {answer.headers.get("Location") for answer in answers}
    assert len([one for one in sessions_at_stripe(shop, "open") if one.url in shown]) <= 1
    assert len(shop.stripe.v1.customers.list().data) == 1
    assert CheckoutSession.objects.filter(state="open").count() <= 1
