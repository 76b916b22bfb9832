"""The billing section of the account page: in every state, from local rows alone (R23 to R25, B9)."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest

from billing.models import (
    CheckoutSession,
    Customer,
    Invoice,
    Subscription,
    SubscriptionItem,
    TenantFeatures,
)
from tests.billing.conftest import END
from tests.clients import account
from tests.factories import UserFactory
from tests.states import BY_NAME


@pytest.mark.parametrize(
    ("state", "headline", "buttons", "missing"),
    [
        ({}, "<dt>Next charge</dt><dd>3 May 2027</dd>",
         ["Update card", "Switch to annual", "Cancel subscription"], ["Resume", "Pay now"]),
        ({"interval": "year"}, "<dt>Next charge</dt><dd>3 May 2027</dd>", ["Switch to monthly"], []),
        ({"status": "trialing", "standing": "trial"}, "<dt>First charge</dt><dd>3 May 2027</dd>",
         ["Cancel subscription"], ["Pay now"]),
        ({"cancel_at_period_end": True, "standing": "ending"}, "<dt>Last day</dt><dd>3 May 2027</dd>",
         ["Resume the subscription", "Update card"], ["Cancel subscription", "Switch"]),
        ({"cancel_at": datetime(2027, 4, 1, tzinfo=UTC), "standing": "ending"},
         "<dt>Last day</dt><dd>1 April 2027</dd>", ["Resume the subscription"], ["Cancel subscription"]),
        ({"status": "past_due", "standing": "past_due"}, "Your Pro membership waits for a payment",
         ["Pay now", "Update card"], ["Switch"]),
        ({"status": "unpaid", "standing": "past_due"}, "Your Pro membership waits for a payment",
         ["Pay now"], []),
        ({"status": "incomplete", "standing": "incomplete"},
         "Pro starts with your first payment", ["Pay now"], []),
        ({"status": "past_due", "standing": "action_required"},
         "Your bank asks you to confirm a payment", ["Confirm the payment"], ["Pay now"]),
        ({"status": "paused", "standing": "paused"}, "Your Pro membership is paused",
         ["Resume the subscription"], ["Switch"]),
        ({"status": "canceled", "standing": "ended", "ended_at": END},
         "<dt>Ended on</dt><dd>3 May 2027</dd>", ["Renew Pro"], ["Cancel subscription"]),
    ],
)  # fmt: skip
def test_each_state_is_said_first_with_what_can_be_done(
    reader, hold, state, headline, buttons, missing
):
    hold(**state)
    page = account(reader)
    assert headline in page
    for label in buttons:
        assert label in page
    for label in missing:
        assert label not in page


@pytest.mark.parametrize(
    ("state", "charged"),
    [
        ({}, "nothing more is charged"),
        ({"collection_paused": True}, "nothing more is charged"),
        ({"status": "trialing", "standing": "trial"}, "nothing is charged"),
        ({"status": "trialing", "standing": "trial", "collection_paused": True},
         "nothing is charged"),
    ],
)  # fmt: skip
def test_R25_the_last_day_is_named_before_the_cancellation(reader, hold, state, charged):
    """Of a trial nothing was charged yet."""
    hold(**state)
    assert f"If you cancel, you read on until 3 May 2027, and {charged}." in account(reader)


def test_the_way_back_to_the_article_goes_with_the_buttons(reader, hold):
    hold(cancel_at_period_end=True, standing="ending")
    page = " ".join(reader.get("/account/", {"next": "/world/kettle/"}).content.decode().split())
    assert '<a href="/world/kettle/">Back to the article</a>' in page
    assert page.count('<input type="hidden" name="next" value="/world/kettle/">') == 2


def test_plan_price_and_card_are_shown(reader, hold):
    hold()
    page = account(reader)
    assert "Pro, monthly · €9.00 a month" in page
    assert "Visa ending in 4242" in page


def test_R24_invoices_are_listed_with_date_amount_state_and_pdf(reader, site, hold):
    subscription = hold()
    for number, (status, total) in enumerate([("paid", 900), ("open", 1900), ("draft", 2900)]):
        Invoice.objects.create(
            site=site, customer=subscription.customer, stripe_id=f"in_{number}",
            number=f"KRATE-{number}", status=status, total=total, currency="eur",
            created=datetime(2026, 11, 20 + number, tzinfo=UTC),
        )  # fmt: skip
    page = account(reader)
    for words in ("€9.00", "€19.00", "Paid", "To be paid", "In preparation"):
        assert words in page
    assert page.count(">PDF<") == 2
    assert page.index("€29.00") < page.index("€19.00")


def test_T4_another_members_rows_stay_unseen(make_reader, hold):
    hold()
    page = account(make_reader(UserFactory()))
    assert "4242" not in page
    assert "Become a Pro member" in page


def test_B9_everything_is_there_while_stripe_is_away(reader, hold, sandbox):
    hold()
    before = len(sandbox.requests())
    sandbox.mischief(answer="hang_up")
    assert "<dt>Next charge</dt><dd>3 May 2027</dd>" in account(reader)
    assert len(sandbox.requests()) == before


def test_T3_where_billing_is_off_a_free_member_sees_nothing_of_it(reader, site, shop):
    TenantFeatures.objects.filter(site=site).update(billing_enabled=False)
    assert 'id="billing"' not in account(reader)


@pytest.mark.parametrize(("ending", "label"), [(False, "Next charge"), (True, "Last day")])
def test_B6_of_several_periods_the_account_names_the_one_that_is_paid_for_pro(
    reader, shop, hold, ending, label
):
    subscription = hold(cancel_at_period_end=ending)
    SubscriptionItem.objects.create(
        subscription=subscription, stripe_id="si_2", price_id=shop.annual.id, unit_amount=9000,
        currency="eur", interval="year", current_period_end=END + timedelta(days=30),
    )  # fmt: skip
    page = account(reader)
    assert f"<dt>{label}</dt><dd>2 June 2027</dd>" in page
    assert "€90.00 a year" in page


def test_a_free_member_is_offered_pro(reader, shop):
    page = account(reader)
    assert "Become a Pro member" in page
    assert "still can't read" not in page


def test_who_began_to_pay_may_ask_stripe(reader, person, site, shop):
    customer = Customer.objects.create(site=site, user=person, stripe_id="cus_1")
    CheckoutSession.objects.create(site=site, user=person, customer=customer, stripe_id="cs_1")
    assert "still can't read" in account(reader)


def test_S2_the_account_page_takes_eight_queries(reader, site, hold, django_assert_max_num_queries):
    subscription = hold()
    Invoice.objects.create(
        site=site, customer=subscription.customer, stripe_id="in_1", status="paid",
        total=900, currency="eur", created=END,
    )  # fmt: skip
    account(reader)
    with django_assert_max_num_queries(8):
        account(reader)


def test_downloaded_data_say_what_was_bought_and_never_a_card_number(reader, site, hold):
    subscription = hold()
    Invoice.objects.create(
        site=site, customer=subscription.customer, stripe_id="in_1", number="KRATE-1",
        status="paid", total=900, currency="eur", created=END,
    )  # fmt: skip
    told = reader.get("/account/data/").json()["billing"]
    bought = {"price": "price_1", "amount": 900, "currency": "eur", "every": "month"}
    assert [each["bought"] for each in told["subscriptions"]] == [[bought]]
    assert [each["number"] for each in told["invoices"]] == ["KRATE-1"]
    assert [each["card_last_four"] for each in told["customers"]] == ["4242"]


BUTTON = re.compile(r'<button class="button([^"]*)" type="submit"[^>]*>([^<]*)</button>')
FIRST, OTHER, DANGER = "", "button--secondary", "button--danger"
CARD, CANCEL = ("Update card", OTHER), ("Cancel subscription", DANGER)
SWITCH = ("Switch to annual", OTHER)


@pytest.mark.parametrize(
    ("name", "buttons"),
    [
        ("monthly", [CARD, SWITCH, CANCEL]),
        ("fixed-term", [("Keep the subscription", OTHER), CARD, CANCEL]),
        ("to-be-cancelled", [("Resume the subscription", FIRST), CARD]),
        ("past-due", [("Pay now", FIRST), CARD, CANCEL]),
        ("past-due-in-a-term",
         [("Pay now", FIRST), ("Keep the subscription", OTHER), CARD, CANCEL]),
        ("past-due-to-be-cancelled",
         [("Pay now", FIRST), ("Resume the subscription", OTHER), CARD]),
        ("past-due-and-asked", [("Confirm the payment", FIRST), CARD, CANCEL]),
        ("incomplete", [("Pay now", FIRST), CARD, CANCEL]),
        ("pending", [CARD, CANCEL]),
        ("pending-to-be-cancelled", [("Resume the subscription", FIRST), CARD]),
        ("paused", [("Resume the subscription", FIRST), CARD, CANCEL]),
        ("paused-in-a-term", [("Resume the subscription", FIRST), CARD, CANCEL]),
        ("paused-unpaid", [("Pay now", FIRST), CARD, CANCEL]),
        ("ended", []),
    ],
)  # fmt: skip
def test_one_button_at_most_is_the_first_one(reader, shop, person, name, buttons):
    BY_NAME[name].arrange(shop, person)
    section = html.unescape(reader.get("/account/").text).partition('id="billing"')[2]
    found = [(label.strip(), kind.strip()) for kind, label in BUTTON.findall(section)]
    assert found == buttons


def paid_checkout(site, person, subscription, state="complete"):
    customer, _ = Customer.objects.get_or_create(
        site=site, user=person, defaults={"stripe_id": "cus_1"}
    )
    return CheckoutSession.objects.create(
        site=site, user=person, customer=customer, stripe_id="cs_1", state=state,
        subscription_id_at_stripe=subscription,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["free", "ended"])
def test_who_waits_for_a_subscription_that_is_not_known_here_is_asked_for_nothing(
    reader, person, site, shop, name
):
    BY_NAME[name].arrange(shop, person)
    paid_checkout(site, person, "sub_of_now")
    page = account(reader)
    assert "Nothing more is needed from you." in page
    assert "Become a Pro member" not in page
    assert "Renew Pro" not in page
    assert "Your payment is on its way" in reader.get("/pro/").text


def test_who_owes_may_pay_though_the_checkout_of_then_was_never_told_as_done(
    reader, person, site, shop
):
    BY_NAME["past-due"].arrange(shop, person)
    paid_checkout(site, person, Subscription.objects.get().stripe_id, state="pending")
    for page in (account(reader), reader.get("/pro/").text):
        assert "Pay now" in page
        assert "Nothing more is needed from you." not in page
