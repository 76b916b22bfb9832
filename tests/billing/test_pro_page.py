"""`/pro/`: what it costs, by whom it is paid, and the one button that fits the reader's state."""

import re

import pytest
from django.utils.translation import override

from billing.models import (
    BillingSettings,
    CheckoutSession,
    Customer,
    Price,
    Subscription,
    SubscriptionItem,
)
from billing.money import format_money
from krate_site.tenancy.models import Publication
from tests.billing.at_checkout import choose
from tests.billing.terms import page_of
from tests.selling import make_price, remember_price

BUTTON = re.compile(r'name="plan" value="(\w+)"')


def pro(client, **query):
    return client.get("/pro/", query)


def words_of(response):
    return " ".join(response.content.decode().split())


def hold(site, person, status="active", **fields):
    """Give a person a subscription."""
    customer = Customer.objects.create(site=site, user=person, stripe_id="cus_held")
    subscription = Subscription.objects.create(
        site=site, customer=customer, stripe_id="sub_held", status=status, **fields
    )
    SubscriptionItem.objects.create(
        subscription=subscription, stripe_id="si_1", price_id="price_1", product_id="prod_1",
        unit_amount=900, currency="eur", interval="month",
    )  # fmt: skip
    return subscription


def test_both_plans_are_shown_with_the_saving_in_money(client_at, site, shop):
    page = words_of(pro(client_at(site)))
    assert "€9.00 <small>a month" in page
    assert "€90.00 <small>a year" in page
    assert "You save €18.00 a year" in page


def test_money_follows_the_tenants_language_and_the_prices_currency(client_at, site, shop):
    Publication.objects.update_or_create(site=site, defaults={"language": "de"})
    assert "90,00\xa0€" in pro(client_at(site)).content.decode()


@pytest.mark.parametrize(
    ("amount", "currency", "language", "words"),
    [
        (900, "eur", "en", "€9.00"),
        (900, "eur", "de", "9,00\xa0€"),
        (1234567, "usd", "en", "$12,345.67"),
        (1500, "jpy", "en", "¥1,500"),
        (1500, "kwd", "en", "KWD1.500"),
        (0, "eur", "en", "€0.00"),
        (900, "eur", "xx-unknown", "€9.00"),
    ],
)
def test_money_is_written_by_currency_and_language(amount, currency, language, words):
    with override(language):
        assert format_money(amount, currency) == words


def test_renewal_and_how_to_cancel_stand_beside_the_button(client_at, site, shop):
    page = words_of(pro(client_at(site)))
    assert "Renews every year for €90.00 until you cancel" in page
    assert "Renews every month for €9.00 until you cancel" in page


def test_a_trial_names_its_first_charge(reader, shop):
    BillingSettings.objects.update(trial_days=14)
    page = words_of(pro(reader))
    assert "14 days free: the first charge, €90.00, is on" in page
    assert "14 days free: the first charge, €9.00, is on" in page
    assert "Start the free trial" in page


def test_a_visitor_is_led_to_sign_up(client_at, site, shop):
    page = pro(client_at(site), next="/news/oysters/").content.decode()
    assert "/accounts/signup/?next=%2Fpro%2F%3Fnext%3D%252Fnews%252Foysters%252F" in page
    assert not BUTTON.search(page)


def test_a_free_member_chooses(reader, shop):
    assert BUTTON.findall(pro(reader).content.decode()) == ["monthly", "annual"]


@pytest.mark.parametrize(
    ("status", "fields", "words"),
    [
        ("active", {}, "Manage your subscription"),
        ("trialing", {}, "Manage your subscription"),
        ("active", {"cancel_at_period_end": True}, "Resume the subscription"),
        ("past_due", {}, "Pay now"),
        ("unpaid", {}, "Pay now"),
        ("incomplete", {}, "Pay now"),
        ("paused", {}, "Resume the subscription"),
    ],
)
def test_B7_who_has_a_subscription_gets_no_second_one(
    reader, person, site, shop, status, fields, words
):
    hold(site, person, status, **fields)
    page = pro(reader).content.decode()
    assert words in page
    assert "<h1>Your subscription</h1>" in page
    assert "Become a Pro member" not in page
    assert not BUTTON.search(page)


def test_B7_a_subscription_without_items_refuses_another_on_the_page_and_at_the_click(
    reader, person, site, shop
):
    hold(site, person)
    SubscriptionItem.objects.all().delete()
    page = pro(reader).content.decode()
    assert "You have a subscription" in page
    assert not BUTTON.search(page)
    assert choose(reader).headers["Location"] == "/account/#billing"
    assert "You are Pro already" in page_of(reader)


def test_B7_the_click_speaks_of_the_subscription_that_the_page_shows(reader, person, site, shop):
    first = hold(site, person)
    second = Subscription.objects.create(
        site=site, customer=first.customer, stripe_id="sub_second", status="past_due"
    )
    SubscriptionItem.objects.create(subscription=second, stripe_id="si_2", price_id="price_1")
    assert "Pay now" in pro(reader).content.decode()
    choose(reader)
    assert "is waiting for its payment" in page_of(reader)


def test_who_is_refused_at_the_checkout_keeps_the_way_back(reader, person, site, shop):
    hold(site, person)
    refused = choose(reader, next="/news/oysters/")
    assert refused.headers["Location"] == "/account/?next=%2Fnews%2Foysters%2F#billing"


def test_a_payment_on_its_way_is_said(reader, person, site, shop):
    customer = Customer.objects.create(site=site, user=person, stripe_id="cus_1")
    CheckoutSession.objects.create(
        site=site, user=person, customer=customer, stripe_id="cs_1", state="pending"
    )
    page = pro(reader).content.decode()
    assert "on its way" in page
    assert not BUTTON.search(page)


def test_who_had_one_chooses_again(reader, person, site, shop):
    hold(site, person, "canceled")
    assert BUTTON.findall(pro(reader).content.decode()) == ["monthly", "annual"]


def test_one_plan_alone_can_be_sold(reader, shop):
    BillingSettings.objects.update(monthly_price_id="")
    page = pro(reader).content.decode()
    assert BUTTON.findall(page) == ["annual"]
    assert "You save" not in page


def test_an_annual_plan_that_costs_more_promises_no_saving(reader, site, shop):
    dear = make_price(shop.stripe, shop.product, 20000, "year")
    remember_price(site, dear)
    BillingSettings.objects.update(annual_price_id=dear.id)
    assert "You save" not in pro(reader).content.decode()


def test_R28_prices_of_the_other_mode_are_not_sold(reader, shop):
    Price.objects.update(livemode=True)
    assert pro(reader).status_code == 404


def test_B9_the_page_asks_stripe_nothing(reader, shop, sandbox):
    before = len(sandbox.requests())
    assert pro(reader).status_code == 200
    assert len(sandbox.requests()) == before


def test_R28_test_mode_is_said(reader, shop):
    assert "No real payment: this is a test." in pro(reader).content.decode()


def test_the_page_is_kept_by_no_cache(reader, shop):
    assert "no-store" in pro(reader).headers["Cache-Control"]
    assert "private" in pro(reader).headers["Cache-Control"]


def test_the_button_may_lead_to_stripe_under_the_content_security_policy(reader, shop, sandbox):
    policy = pro(reader).headers["Content-Security-Policy"]
    form_action = next(part for part in policy.split(";") if "form-action" in part)
    assert "https://checkout.stripe.com" in form_action
    assert sandbox.url in form_action


def test_B3_no_secret_is_in_the_page(reader, shop):
    page = pro(reader).content.decode()
    for secret in (shop.secret_key, shop.publishable_key, "whsec_"):
        assert secret not in page
