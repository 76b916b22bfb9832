"""A member keeps a fixed term, cancels it earlier, or is given another end (R25)."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from tests.billing.at_stripe import DECLINED_CARD
from tests.billing.stripe_objects import DAY
from tests.billing.terms import day, page_of, standing_of


@pytest.fixture
def member(at_stripe):
    return at_stripe.member()


@pytest.fixture
def reader(make_reader, member):
    """The member's browser."""
    return make_reader(member.user)


def test_R25_a_fixed_term_is_kept_in_one_click(at_stripe, reader, set_term, told):
    stripe_id, end, ends = set_term(after=335)
    told()
    account = page_of(reader)
    assert f"it goes on renewing after {day(ends)}. Nothing is charged for that now." in account
    assert 'name="keep" value="yes">Keep the subscription' in account
    reader.post(reverse("billing_resume"), {"keep": "yes"})
    assert at_stripe.stripe.v1.subscriptions.retrieve(stripe_id).cancel_at is None
    account = page_of(reader)
    assert "Your subscription goes on" in account
    assert f"<dt>Next charge</dt><dd>{day(end)}</dd>" in account
    assert "Ends on" not in account


def test_R25_a_fixed_term_is_kept_in_its_last_period_too(
    at_stripe, reader, set_term, told, sandbox
):
    stripe_id, end, _ends = set_term(after=20)
    sandbox.advance_to(end + 2 * 3600)
    told()
    reader.post(reverse("billing_resume"))
    kept = at_stripe.stripe.v1.subscriptions.retrieve(stripe_id)
    assert kept.cancel_at is None
    next_charge = day(kept["items"].data[0].current_period_end)
    assert f"<dt>Next charge</dt><dd>{next_charge}</dd>" in page_of(reader)


def test_R25_a_fixed_term_is_cancelled_to_the_end_of_the_paid_period(
    at_stripe, member, reader, set_term, told
):
    """Stripe's portal refuses the task for what is set to end already."""
    stripe_id, end, _ends = set_term(after=335)
    told()
    assert "Cancel subscription" in page_of(reader)
    back = reader.post(reverse("billing_portal"), {"flow": "cancel"}).headers["Location"]
    assert back == "http://courier.localhost/account/billing/return/"
    assert at_stripe.stripe.v1.subscriptions.retrieve(stripe_id).cancel_at_period_end
    reader.get(reverse("billing_return"))
    account = page_of(reader)
    assert f"You read on until {day(end)}; nothing more is charged." in account
    assert f"<dt>Last day</dt><dd>{day(end)}</dd>" in account
    assert standing_of(member) == ("ending", datetime.fromtimestamp(end, UTC))


def test_R25_who_cancels_what_is_owed_is_not_told_that_nothing_more_is_charged(
    at_stripe, member, reader, set_term, told, sandbox
):
    """As in the mail about it."""
    _id, end, _ends = set_term(after=335)
    at_stripe.use_card(member.customer, DECLINED_CARD)
    sandbox.advance_to(end + 2 * 3600)
    told()
    reader.post(reverse("billing_portal"), {"flow": "cancel"})
    reader.get(reverse("billing_return"))
    account = page_of(reader)
    still_open = "The payment that failed is still open, and may be charged once more."
    assert f"Your subscription is cancelled. {still_open}" in account
    assert "othing more is charged" not in account


def test_R25_a_paused_fixed_term_is_cancelled_at_once(at_stripe, reader, set_term, told):
    """No paid period is left, and Stripe takes no end in the past."""
    stripe_id, _end, _ends = set_term(after=335)
    at_stripe.stripe.v1.subscriptions.pause(stripe_id)
    told()
    assert "Cancel subscription" in page_of(reader)
    reader.post(reverse("billing_portal"), {"flow": "cancel"})
    reader.get(reverse("billing_return"))
    account = page_of(reader)
    assert "Something went wrong" not in account
    assert "<dt>Ended on</dt>" in account
    assert at_stripe.stripe.v1.subscriptions.retrieve(stripe_id).status == "canceled"


def test_R25_who_cancels_within_a_fixed_term_is_mailed_the_new_end(at_stripe, set_term, told):
    stripe_id, end, _ends = set_term(after=335)
    told()
    at_stripe.sandbox.advance(60)
    at_stripe.stripe.v1.subscriptions.update(stripe_id, {"cancel_at_period_end": True})
    (message,) = told()
    assert message.subject == "Your Pro subscription at The Courier is cancelled"
    assert f"until {day(end)}" in message.body
    assert "Nothing more is charged" in message.body


def test_R25_another_end_of_the_term_is_mailed_too(at_stripe, set_term, told):
    stripe_id, _end, ends = set_term(after=335)
    told()
    longer = ends + 100 * DAY
    at_stripe.stripe.v1.subscriptions.update(stripe_id, {"cancel_at": longer})
    (message,) = told()
    assert f"will end on {day(longer)}" in message.body


def test_R25_where_the_portal_cancels_nothing_neither_do_we(at_stripe, reader, set_term, told):
    stripe_id, _end, ends = set_term(after=335)
    told()
    portal = at_stripe.stripe.v1.billing_portal.configurations
    portal.update(
        portal.list().data[0].id, {"features": {"subscription_cancel": {"enabled": False}}}
    )
    where = reader.post(reverse("billing_portal"), {"flow": "cancel"}).headers["Location"]
    assert where.startswith(at_stripe.sandbox.url)
    assert at_stripe.stripe.v1.subscriptions.retrieve(stripe_id).cancel_at == ends
