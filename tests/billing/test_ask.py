""" "I paid, but I can't read": asks Stripe, says what it found, and leads on."""

import html
import re

import pytest
from django.urls import reverse

from billing.models import CheckoutSession, Customer, Subscription, SubscriptionItem
from membership.models import Membership
from tests.factories import ArticlePageFactory, SectionPageFactory, UserFactory
from tests.states import BY_NAME

ASK = "/account/billing/ask/"


def words_of(response):
    return " ".join(response.content.decode().split())


def ask(reader, **fields):
    return reader.post(ASK, fields)


def test_the_wall_leads_to_the_button_and_the_button_back_to_the_article(reader, site, shop):
    section = SectionPageFactory(parent=site.root_page, slug="world")
    article = ArticlePageFactory(parent=section, slug="kettle", access="pro")
    wall = reader.get(article.url).content.decode()
    assert f'href="{ASK}?next=%2Fworld%2Fkettle%2F"' in wall
    page = words_of(reader.get(ASK, {"next": "/world/kettle/"}))
    assert "Ask the payment service" in page
    assert '<input type="hidden" name="next" value="/world/kettle/">' in page
    assert '<a href="/world/kettle/">Back to the article</a>' in page


def test_who_paid_asks_and_reads_on(reader, person, shop, sandbox):
    reader.post("/account/billing/checkout/", {"plan": "annual"})
    sandbox.pay_checkout(shop.stripe.v1.checkout.sessions.list().data[0].id)
    assert not Membership.objects.get(user=person).is_pro
    assert "still can't read" in reader.get("/account/").content.decode()
    page = words_of(ask(reader, next="/world/kettle/"))
    assert "you are Pro" in page
    assert '<a class="button" href="/world/kettle/">Read on</a>' in page
    assert Membership.objects.get(user=person).is_pro


def test_who_never_paid_is_told_so_and_led_to_the_plans(reader, shop, sandbox):
    before = len(sandbox.requests())
    page = words_of(ask(reader, next="/world/kettle/"))
    assert "bought anything here with this account" in page
    assert 'href="/pro/?next=%2Fworld%2Fkettle%2F">See plans and prices' in page
    assert len(sandbox.requests()) == before


def test_whose_first_payment_is_not_completed_is_led_to_paying(reader, shop, relay):
    reader.post("/account/billing/checkout/", {"plan": "monthly"})
    shop.stripe.v1.subscriptions.create(
        {
            "customer": Customer.objects.get().stripe_id,
            "items": [{"price": shop.monthly.id}],
            "payment_behavior": "default_incomplete",
        }
    )
    page = words_of(ask(reader))
    assert "its payment hasn&#x27;t gone through" in page
    assert "Pay now" in page


def test_whose_subscription_is_paused_is_told_so_and_resumes(reader, shop, buy):
    buy(reader, shop)
    shop.stripe.v1.subscriptions.pause(Subscription.objects.get().stripe_id)
    page = words_of(ask(reader))
    assert "your subscription is paused there" in page
    assert "Resume the subscription" in page


def test_B9_while_stripe_is_away_nobody_is_told_that_his_payment_is_lost(
    reader, shop, sandbox, buy
):
    buy(reader, shop)
    sandbox.mischief(answer="hang_up")
    response = ask(reader)
    assert response.status_code == 503
    words = html.unescape(words_of(response))
    assert "can't be reached at the moment. Asking has charged nothing" in words
    assert "what you paid before isn't lost" in words
    assert "Ask again" in words_of(response)


def test_T4_asking_touches_nobody_elses_subscription(reader, make_reader, shop, buy):
    buy(reader, shop)
    stranger = make_reader(UserFactory())
    subscription = Subscription.objects.get()
    page = ask(stranger, customer=subscription.customer.stripe_id).content.decode()
    assert "bought anything here with this account" in page


def test_only_signed_in_members_ask_and_with_a_token(reader, client_at, site, shop):
    reader.handler.enforce_csrf_checks = True
    assert ask(reader).status_code == 403
    assert ask(client_at(site)).headers["Location"].startswith("/accounts/login/")


def test_asking_is_limited_for_each_account(reader, shop):
    assert [ask(reader).status_code for _ in range(31)][-1] == 429


def test_the_way_back_is_a_path_of_this_host_only(reader, shop):
    page = reader.get(ASK, {"next": "https://elsewhere.example/"}).content.decode()
    assert "elsewhere" not in page
    assert reverse("billing_ask") in page


def test_who_paid_for_what_is_not_known_here_yet_waits_and_is_not_sold_another(
    reader, person, site, shop
):
    customer = Customer.objects.create(site=site, user=person, stripe_id="cus_gone")
    CheckoutSession.objects.create(
        site=site, user=person, customer=customer, stripe_id="cs_test_gone",
        state=CheckoutSession.State.COMPLETE, subscription_id_at_stripe="sub_gone",
    )  # fmt: skip
    page = words_of(ask(reader))
    assert "your payment is on its way" in page
    assert "See plans and prices" not in page


BUTTON = re.compile(r'<(?:button|a) class="button([^"]*)"[^>]*>([^<]*)<')
AGAIN, PLANS = ("Ask again", "button--secondary"), ("See plans and prices", "button--secondary")


@pytest.mark.parametrize(
    ("name", "words", "buttons"),
    [
        ("monthly", "you are Pro. Enjoy reading", [("Read on", "")]),
        ("complimentary-past-due", "you are Pro. Enjoy reading", [("Read on", "")]),
        ("free", "You haven't bought anything here", [AGAIN, PLANS]),
        ("ended", "it has no payment for Pro", [AGAIN, PLANS]),
        ("pending", "your payment is on its way", [AGAIN]),
        ("pending-to-be-cancelled", "your payment is on its way", [AGAIN]),
        ("incomplete", "its payment hasn't gone through", [("Pay now", ""), AGAIN]),
        ("past-due-grace-over", "its payment hasn't gone through", [("Pay now", ""), AGAIN]),
        ("confirmation-needed", "its payment hasn't gone through",
         [("Confirm the payment", ""), AGAIN]),
        ("paused", "your subscription is paused", [("Resume the subscription", ""), AGAIN]),
        ("paused-unpaid", "your subscription is paused", [("Pay now", ""), AGAIN]),
    ],
)  # fmt: skip
def test_each_state_has_its_answer_and_its_button(reader, shop, person, name, words, buttons):
    BY_NAME[name].arrange(shop, person)
    answered = html.unescape(words_of(ask(reader))).partition("<main")[2].partition("</main>")[0]
    assert words in answered
    assert [(label, kind.strip()) for kind, label in BUTTON.findall(answered)] == buttons


def test_who_owes_for_something_else_is_led_to_paying_as_on_the_account_page(reader, hold, shop):
    SubscriptionItem.objects.filter(subscription=hold("past_due", "free")).delete()
    Membership.objects.update(pro_until=None, reason_code="not_a_pro_price")
    page = words_of(ask(reader))
    assert "its payment hasn&#x27;t gone through" in page
    assert "Pay now" in page
    assert "Pay now" in words_of(reader.get("/account/"))
