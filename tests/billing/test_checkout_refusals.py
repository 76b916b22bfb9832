"""What doesn't lead to Stripe's checkout, and what is said then (rules B7, B9, T3, T4)."""

import pytest

from billing.checkout.plans import offer_of
from billing.checkout.session import NoLongerSold, checkout_url
from billing.models import CheckoutSession, Customer, Price, TenantFeatures
from billing.setup.billing_toggle import switch
from billing.setup.tenant_closure import close_tenant
from membership.models import Membership
from tests.billing.at_checkout import CHECKOUT, choose, sessions_at_stripe
from tests.factories import UserFactory


@pytest.mark.parametrize("plan", ["weekly", "", "price_1Stranger", "__class__"])
def test_an_unknown_plan_is_refused_in_words(reader, shop, plan):
    response = choose(reader, plan, price=shop.monthly.id)
    assert response.status_code == 400
    assert "There is no such plan" in response.content.decode()
    assert sessions_at_stripe(shop) == []


def test_a_price_of_the_browsers_own_counts_nothing(reader, shop):
    cheap = shop.stripe.v1.prices.create(
        {"product": shop.product.id, "unit_amount": 1, "currency": "eur",
         "recurring": {"interval": "year"}}
    )  # fmt: skip
    choose(reader, price=cheap.id, price_id=cheap.id, amount="1")
    assert sessions_at_stripe(shop)[0].amount_total == 9000


def test_T3_there_is_no_checkout_where_billing_is_off(reader, site, shop):
    TenantFeatures.objects.filter(site=site).update(billing_enabled=False)
    assert choose(reader).status_code == 404
    assert reader.get("/pro/").status_code == 404
    assert sessions_at_stripe(shop) == []


@pytest.mark.parametrize(
    "stop_selling",
    [lambda site: switch(site, on=False, by=UserFactory(is_superuser=True)), close_tenant],
    ids=["switched off", "closed"],
)
def test_T3_a_click_that_was_under_way_as_billing_went_off_leaves_nothing_to_pay(
    person, site, shop, stop_selling
):
    offer = offer_of(site)
    stop_selling(site)
    with pytest.raises(NoLongerSold):
        checkout_url(offer, person, offer.plans["annual"], return_to="")
    assert sessions_at_stripe(shop) == []
    assert not CheckoutSession.objects.payable().exists()


def test_there_is_no_checkout_before_stripe_told_the_prices(reader, shop):
    Price.objects.update(unit_amount=None)
    assert choose(reader).status_code == 404


def test_checkout_is_a_post_with_a_token(reader, shop):
    assert reader.get(CHECKOUT, {"next": "/news/"}).headers["Location"] == "/pro/?next=%2Fnews%2F"
    reader.handler.enforce_csrf_checks = True
    assert choose(reader).status_code == 403
    assert sessions_at_stripe(shop) == []


def test_a_visitor_is_led_to_sign_up_and_back_to_the_plans(client_at, site, shop):
    response = choose(client_at(site), next="/news/oysters/")
    assert response.status_code == 303
    assert response.headers["Location"] == (
        "/accounts/signup/?next=%2Fpro%2F%3Fnext%3D%252Fnews%252Foysters%252F"
    )


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "javascript:alert(1)",
        "/\\evil.example",
        "evil.example",
        "\\\\evil.example",
        " //evil.example",
        "/" + "a" * 3000,
    ],
)
def test_a_way_back_to_another_site_is_dropped(reader, shop, elsewhere):
    assert choose(reader, next=elsewhere).status_code == 303
    assert CheckoutSession.objects.get().return_to == ""
    assert "Back to the article" not in reader.get("/pro/", {"next": elsewhere}).content.decode()


def test_the_way_back_to_the_article_is_kept(reader, shop):
    choose(reader, next="/news/oysters/")
    assert CheckoutSession.objects.get().return_to == "/news/oysters/"


def test_checkout_is_limited_for_each_account(reader, make_reader, shop):
    codes = [choose(reader).status_code for _ in range(12)]
    assert codes[:10] == [303] * 10
    assert codes[10:] == [429, 429]
    assert choose(make_reader(UserFactory())).status_code == 303


# Stripe in trouble


@pytest.mark.parametrize("answer", [500, 429, "hang_up"])
def test_B9_nothing_was_charged_and_it_is_said(reader, shop, sandbox, answer):
    sandbox.mischief(answer=answer)
    response = choose(reader)
    assert response.status_code == 503
    assert "Nothing was charged" in response.content.decode()
    sandbox.mischief()
    assert sessions_at_stripe(shop) == []
    assert not CheckoutSession.objects.exclude(stripe_id="").exists()
    assert not Membership.objects.filter(pro_until__isnull=False).exists()


def test_B9_a_plan_that_stripe_refuses_leaves_nothing_to_pay(reader, shop):
    shop.stripe.v1.prices.update(shop.annual.id, {"active": False})
    response = choose(reader)
    assert response.status_code == 503
    assert "Nothing was charged" in response.content.decode()
    assert not CheckoutSession.objects.filter(state__in=["open", "creating"]).exists()


def test_B9_revoked_keys_are_no_error_page(reader, shop):
    shop.settings.secret_key = "sk_test_5100000000000000"
    shop.settings.save()
    response = choose(reader)
    assert response.status_code == 503
    assert "payment settings need attention" in response.content.decode()
    assert "sk_test" not in response.content.decode()


def test_a_customer_deleted_at_stripe_is_made_again(reader, person, site, shop):
    choose(reader)
    first = Customer.objects.get(user=person)
    shop.stripe.v1.customers.delete(first.stripe_id)
    assert choose(reader, "monthly").status_code == 303
    second = Customer.objects.get(user=person, deleted_at_stripe=False)
    assert second.stripe_id != first.stripe_id


def test_T4_the_same_person_at_two_tenants_is_two_customers(make_reader, person, shop, other_shop):
    choose(make_reader(person))
    choose(make_reader(person, other_shop.site))
    assert Customer.objects.filter(user=person).count() == 2
    for each in (shop, other_shop):
        (session,) = sessions_at_stripe(each)
        assert session.metadata["site"] == str(each.site.pk)
