"""Where Checkout returns (rule B8): Pro at once, only for whose checkout it is, and in words."""

import pytest

from billing.models import CheckoutSession, Subscription
from membership.models import Membership
from membership.states import Standing
from tests.billing.stripe_objects import DAY
from tests.factories import UserFactory

SUCCESS = "/account/billing/success/"


def open_session(reader, shop, plan="annual", **fields):
    reader.post("/account/billing/checkout/", {"plan": plan, **fields})
    return shop.stripe.v1.checkout.sessions.list({"limit": 1}).data[0]


def come_back(reader, session_id):
    return reader.get(SUCCESS, {"session_id": session_id})


def test_R26_R1_the_member_is_pro_without_waiting_for_the_webhook(reader, person, site, shop, buy):
    page = buy(reader, shop)
    assert page.status_code == 200
    assert "Welcome to Pro" in page.content.decode()
    membership = Membership.objects.get(site=site, user=person)
    assert membership.is_pro
    assert membership.standing == Standing.PRO


def test_the_way_back_to_the_article_is_on_the_success_page(reader, shop, buy):
    page = buy(reader, shop, next="/news/oysters/").content.decode()
    assert 'href="/news/oysters/"' in page
    assert "Read on" in page


def test_B8_webhook_and_success_page_in_any_order_end_alike(
    reader, person, site, shop, sandbox, relay
):
    session = open_session(reader, shop)
    sandbox.pay_checkout(session.id)
    relay(shop)
    first = Membership.objects.values().get(site=site, user=person)
    assert "Welcome to Pro" in come_back(reader, session.id).content.decode()
    assert Membership.objects.values().get(site=site, user=person) == first
    assert Subscription.objects.count() == 1


def test_B8_the_success_page_asks_stripe_nothing_once_all_is_known(
    reader, shop, sandbox, buy, person
):
    buy(reader, shop)
    session = CheckoutSession.objects.get()
    sandbox.mischief(answer=500)
    assert "Welcome to Pro" in come_back(reader, session.stripe_id).content.decode()


def test_B8_another_members_session_shows_a_neutral_page(reader, make_reader, shop, sandbox):
    session = open_session(reader, shop)
    sandbox.pay_checkout(session.id)
    stranger = UserFactory()
    page = come_back(make_reader(stranger), session.id)
    assert page.status_code == 404
    assert "no such purchase in your account" in page.content.decode()
    assert not Membership.objects.get(user=stranger).is_pro
    assert not Subscription.objects.exists()


def test_B8_a_session_of_another_tenant_shows_a_neutral_page(
    reader, make_reader, person, shop, other_shop, sandbox
):
    session = open_session(make_reader(person, other_shop.site), other_shop)
    sandbox.pay_checkout(session.id)
    assert come_back(reader, session.id).status_code == 404
    assert not Membership.objects.get(user=person, site=shop.site).is_pro


@pytest.mark.parametrize(
    "session_id",
    [
        "",
        "cs_test_invented",
        "sub_123",
        "{CHECKOUT_SESSION_ID}",
        "cs_" + "x" * 5000,
        "c'",
    ],
)
def test_B8_an_invented_session_shows_a_neutral_page(reader, shop, sandbox, session_id):
    before = len(sandbox.requests())
    page = come_back(reader, session_id)
    assert page.status_code == 404
    assert "no such purchase in your account" in page.content.decode()
    assert len(sandbox.requests()) == before


def test_a_visitor_is_asked_to_sign_in_first(client_at, site, shop):
    response = come_back(client_at(site), "cs_test_1")
    assert response.status_code == 302
    assert response.headers["Location"].startswith(
        "/accounts/login/?next=/account/billing/success/"
    )


def test_B8_a_session_that_was_not_paid_says_so(reader, person, shop):
    session = open_session(reader, shop)
    page = come_back(reader, session.id).content.decode()
    assert "Nothing was charged" in page
    assert not Membership.objects.get(user=person).is_pro


def test_B8_a_bank_debit_is_pending_and_grants_nothing_yet(
    reader, person, shop, sandbox, relay, site
):
    session = open_session(reader, shop)
    sandbox.pay_checkout(session.id, bank="000123456789")
    page = come_back(reader, session.id).content.decode()
    assert "Your payment is on its way" in page
    assert not Membership.objects.get(user=person).is_pro

    assert "on its way" in reader.get("/account/").content.decode()
    sandbox.advance(5 * 86400)
    assert "Welcome to Pro" in come_back(reader, session.id).content.decode()


def test_a_trial_is_pro_and_names_its_first_charge(reader, shop, buy):
    shop.settings.trial_days = 14
    shop.settings.save()
    page = buy(reader, shop).content.decode()
    assert "Welcome to Pro" in page
    assert "First charge" in page


@pytest.mark.parametrize("answer", [500, "hang_up"])
def test_B9_stripe_down_is_said_and_changes_nothing(reader, person, shop, sandbox, answer):
    session = open_session(reader, shop)
    sandbox.pay_checkout(session.id)
    sandbox.mischief(answer=answer)
    page = come_back(reader, session.id)
    assert page.status_code == 503
    assert "you needn't pay again" in page.content.decode()
    assert not Subscription.objects.exists()
    sandbox.mischief()
    assert "Welcome to Pro" in come_back(reader, session.id).content.decode()


def test_T3_billing_switched_off_meanwhile_still_gives_what_was_paid(
    reader, person, site, shop, sandbox
):
    session = open_session(reader, shop)
    sandbox.pay_checkout(session.id)
    site.features.billing_enabled = False
    site.features.save()
    assert "Welcome to Pro" in come_back(reader, session.id).content.decode()
    assert Membership.objects.get(user=person).is_pro


def test_a_declined_card_leaves_the_session_open_and_nobody_pro(reader, person, shop, sandbox):
    from tests.stripe_sandbox.errors import DeclinedError

    session = open_session(reader, shop)
    with pytest.raises(DeclinedError):
        sandbox.pay_checkout(session.id, "4000000000000002")
    assert "Nothing was charged" in come_back(reader, session.id).content.decode()
    assert not Membership.objects.get(user=person).is_pro


def test_B8_a_bounced_debit_that_nobody_told_of_keeps_nobody_from_buying(reader, shop, sandbox):
    session = open_session(reader, shop)
    sandbox.pay_checkout(session.id, bank="000222222227")
    assert "Your payment is on its way" in come_back(reader, session.id).content.decode()
    sandbox.advance(5 * DAY)
    assert "This checkout is over" in come_back(reader, session.id).content.decode()
    assert open_session(reader, shop).id != session.id


def test_B8_a_debit_that_came_through_stays_paid_when_its_subscription_is_over(
    reader, shop, sandbox, relay
):
    session = open_session(reader, shop)
    sandbox.pay_checkout(session.id, bank="000123456789")
    come_back(reader, session.id)
    sandbox.advance(5 * DAY)
    shop.stripe.v1.subscriptions.cancel(Subscription.objects.get().stripe_id)
    relay(shop, only="customer.subscription.deleted")
    page = come_back(reader, session.id).content.decode()
    assert "nothing was charged" not in page
    assert CheckoutSession.objects.get().state == "complete"
