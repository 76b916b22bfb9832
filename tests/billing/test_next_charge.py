"""What is charged next is said by one function, and pages and mails say the same (rule B6)."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Subscription, SubscriptionItem
from billing.renewal import next_charge
from krate_site.formats import write_time
from tests.billing.conftest import END
from tests.billing.stripe_objects import CREATED, DAY, UPDATED, event, invoice, now, subscription
from tests.clients import account

LATER = END + timedelta(days=335)
ITEM = {"unit_amount": 900, "currency": "eur", "interval": "month", "current_period_end": END}
NOTHING = None
OWED_FIRST = "owed first"
WILL_END = "customer.subscription.trial_will_end"


@pytest.mark.parametrize(
    ("status", "columns", "charged"),
    [
        ("active", {}, END),
        ("active", {"cancel_at": LATER}, END),
        ("active", {"cancel_at": END}, NOTHING),
        ("active", {"cancel_at_period_end": True}, NOTHING),
        ("active", {"collection_paused": True}, NOTHING),
        ("trialing", {}, END),
        ("trialing", {"trial_end": END}, END),
        ("trialing", {"cancel_at_period_end": True}, NOTHING),
        ("past_due", {}, OWED_FIRST),
        ("past_due", {"cancel_at": LATER}, OWED_FIRST),
        ("past_due", {"cancel_at_period_end": True}, NOTHING),
        ("unpaid", {}, NOTHING),
        ("incomplete", {}, NOTHING),
        ("incomplete_expired", {}, NOTHING),
        ("paused", {}, NOTHING),
        ("paused", {"cancel_at": LATER}, NOTHING),
        ("canceled", {}, NOTHING),
        ("a status of tomorrow", {}, NOTHING),
    ],
)
def test_B6_what_is_charged_next_and_when(status, columns, charged):
    row = Subscription(status=status, **columns)
    charge = next_charge(row, [SubscriptionItem(quantity=2, **ITEM)])
    if charged is NOTHING:
        assert charge is None
    else:
        assert charge.at == (None if charged == OWED_FIRST else charged)
        assert charge.is_first == (status == "trialing")
        assert str(charge.price) == "€18.00 a month"


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, "€9.00 a month"),
        ({"interval": "year"}, "€9.00 a year"),
        ({"interval": "week"}, "€9.00"),
        ({"unit_amount": None}, ""),
        ({"currency": ""}, ""),
        ({"unit_amount": 0}, "€0.00 a month"),
    ],
)
def test_no_amount_is_named_where_it_is_not_known(columns, words):
    charge = next_charge(Subscription(status="active"), [SubscriptionItem(**{**ITEM, **columns})])
    assert str(charge.price) == words


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({}, "<dt>Next charge</dt><dd>3 May 2027</dd>"),
        ({"status": "trialing"}, "<dt>First charge</dt><dd>3 May 2027</dd>"),
        ({"collection_paused": True}, ""),
        ({"status": "past_due"}, ""),
        ({"status": "a status of tomorrow"}, ""),
    ],
)
def test_the_account_names_a_day_only_where_that_day_something_is_charged(
    reader, hold, state, words
):
    hold(**state)
    page = account(reader)
    assert words in page
    assert ("charge</dt>" in page) == bool(words)


def test_the_welcome_of_who_owes_names_no_day_of_a_renewal(tell, member):
    """What the grace lets them read until is no day on which anything renews."""
    paid = invoice("paid", id="in_0", created=now() - 40 * DAY)
    owed = invoice("open", id="in_1", created=now() - DAY, attempted=True, attempt_count=1)
    start = now() - DAY
    owing = subscription("past_due", start=start, latest_invoice="in_1")
    mails = tell(
        event("invoice.paid", paid, created=now() - 20),
        event("invoice.payment_failed", owed, created=now() - 19),
        event(CREATED, owing, created=now() - 18),
    )
    welcome = [one for one in mails if one.subject == "Welcome to The Courier Pro"]
    assert len(welcome) == 1
    assert "renews by itself" not in welcome[0].body


def test_a_trial_that_ends_within_its_period_names_the_day_of_the_first_charge_alone(
    tell, member, client_at, site
):
    start = now() - DAY
    tell(event(CREATED, subscription("trialing", start=start, trial_end=start + 7 * DAY)))
    reader = client_at(site)
    reader.force_login(member.user)
    page = account(reader)
    first_charge, period_end = (
        write_time(datetime.fromtimestamp(start + days * DAY, UTC)) for days in (7, 30)
    )
    assert f"Trial until {first_charge}." in page
    assert f"<dt>First charge</dt><dd>{first_charge}</dd>" in page
    assert f"If you cancel, you read on until {first_charge}, and nothing is charged." in page
    assert period_end not in page


def test_a_trial_whose_collection_is_paused_is_not_said_to_be_charged(tell, member):
    trial = {"trial_end": now() + 3 * DAY}
    told = subscription("trialing", **trial, pause_collection={"behavior": "void"})
    tell(event(CREATED, told, created=now() - 9))
    assert tell(event(WILL_END, told, created=now() - 8)) == []
    told = subscription("trialing", **trial)
    tell(event(UPDATED, told, created=now() - 7))
    mails = tell(event(WILL_END, told, created=now() - 6))
    assert [one.subject for one in mails] == ["Your trial at The Courier is about to end"]


def test_the_end_of_a_trial_is_told_by_what_the_event_says_of_it(tell, member):
    """The row calls it active until the event is applied with all that follows."""
    start, trial_end = now() - DAY, now() + 3 * DAY
    tell(event(CREATED, subscription(start=start), created=now() - 9))
    assert Subscription.objects.get().status == "active"
    trial = subscription("trialing", start=start, trial_end=trial_end)
    [mail] = tell(event(WILL_END, trial, created=now() - 8))
    assert mail.subject == "Your trial at The Courier is about to end"
    assert write_time(datetime.fromtimestamp(trial_end, UTC)) in mail.body


def test_a_welcome_to_a_term_whose_collection_is_paused_names_its_end_alone(tell, member):
    start = now() - DAY
    told = subscription(
        start=start, pause_collection={"behavior": "void"}, cancel_at=start + 400 * DAY
    )
    [welcome] = tell(event(CREATED, told))
    assert "nothing is charged after that day" in welcome.body
    assert "renews by itself" not in welcome.body
