"""A subscription that ends on a day months ahead: it renews, and is charged, until then (rule B6)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from billing.models import Customer, Subscription, SubscriptionItem
from billing.renewal import RENEWS_AGAIN, Cancellation
from billing.subscriptions.revenue import holders_by_interval, monthly_recurring_revenue
from billing.tenant_billing import load_tenant
from membership.models import Membership
from membership.reasons import describe
from tests.billing.at_stripe import DECLINED_CARD
from tests.billing.stripe_objects import ANNUAL, CREATED, DAY, event, item, now, subscription
from tests.billing.terms import day, page_of, standing_of, words_of
from tests.factories import MembershipFactory

NOTHING_MORE = "othing more is charged"
ALLOWANCE = timedelta(days=3)


@pytest.fixture
def member(at_stripe):
    return at_stripe.member()


@pytest.fixture
def reader(make_reader, member):
    """The member's browser."""
    return make_reader(member.user)


def test_B6_a_member_with_a_fixed_term_is_pro_and_reads_what_comes_next(
    member, reader, set_term, told, capsys
):
    """Twelve months ahead, by the month: the next charge, and the last day."""
    _id, end, ends = set_term(after=335)
    (message,) = told()
    assert message.subject == f"Your Pro subscription at The Courier ends on {day(ends)}"
    for words in words_of(message):
        assert f"will end on {day(ends)}" in words
        assert "Until then it renews by itself, and each renewal is charged." in words
        assert NOTHING_MORE not in words
        assert "Resume" not in words

    assert standing_of(member) == ("pro", datetime.fromtimestamp(end, UTC) + ALLOWANCE)
    account = page_of(reader)
    assert "You are a Pro member" in account
    assert f"<dt>Next charge</dt><dd>{day(end)}</dd>" in account
    assert f"<dt>Ends on</dt><dd>{day(ends)}</dd>" in account
    assert f"it renews by itself until the subscription ends on {day(ends)}." in account
    assert "Last day" not in account
    assert f"If you cancel, you read on until {day(end)}, and nothing more" in account
    plans = page_of(reader, "/pro/")
    assert "You are a Pro member" in plans
    assert f"until the subscription ends on {day(ends)}." in plans
    assert "Resume" not in plans
    assert "If you keep the subscription" not in plans

    call_command("explain_access", tenant=member.site.hostname, user=member.user.email)
    assert day(ends) in capsys.readouterr().out


def test_B6_a_fixed_term_turns_into_an_end_by_itself_and_nothing_false_is_mailed(
    at_stripe, member, reader, set_term, told, sandbox
):
    stripe_id, end, ends = set_term(after=20)
    told()
    sandbox.advance_to(end + 2 * 3600)
    assert told() == []
    assert standing_of(member) == ("ending", datetime.fromtimestamp(ends, UTC))
    account = page_of(reader)
    assert f"<dt>Last day</dt><dd>{day(ends)}</dd>" in account
    assert f"Pro until {day(ends)}; " in account
    assert "is cancelled" not in account
    # Stripe charges a part of the last month.
    renewal = at_stripe.stripe.v1.invoices.list({"subscription": stripe_id}).data[0]
    assert 0 < renewal.total < 900
    sandbox.advance_to(ends + 1)
    (message,) = told()
    assert message.subject == "Your Pro subscription at The Courier has ended"
    assert standing_of(member) == ("ended", None)
    assert len(at_stripe.stripe.v1.invoices.list({"subscription": stripe_id}).data) == 2


def test_B6_access_is_never_longer_than_the_term(member, set_term, told):
    """The end comes before the allowance for a late renewal is over."""
    _id, _end, ends = set_term(after=2)
    told()
    assert standing_of(member) == ("pro", datetime.fromtimestamp(ends, UTC))


def test_B6_a_renewal_that_is_never_told_is_no_cancellation(member, set_term, told):
    _id, end, _ends = set_term(after=335)
    told()
    member.refresh_from_db()
    later = datetime.fromtimestamp(end, UTC) + ALLOWANCE
    current = member.standing_at(later)
    assert not current.is_pro
    reason = describe(current.reason_code, current.reason_params)
    assert "no renewal has been reported since" in reason
    assert day(end) in reason


def test_B6_a_trial_before_a_fixed_term_is_a_trial_that_is_charged_after(
    at_stripe, member, reader, set_term, told, sandbox
):
    _id, end, ends = set_term(after=90, trial_period_days=14)
    told()
    assert standing_of(member) == ("trial", datetime.fromtimestamp(end, UTC) + ALLOWANCE)
    account = page_of(reader)
    assert f"<dt>First charge</dt><dd>{day(end)}</dd>" in account
    assert f"<dt>Ends on</dt><dd>{day(ends)}</dd>" in account
    assert f"the subscription then renews by itself until {day(ends)}." in account
    sandbox.advance_to(end - 2 * DAY)
    (message,) = told()
    assert message.subject == "Your trial at The Courier is about to end"


def test_the_welcome_to_a_fixed_term_names_its_end(at_stripe, member, told, sandbox):
    ends = sandbox.now() + 200 * DAY
    at_stripe.subscribe(member, cancel_at=ends)
    (message,) = told()
    assert message.subject == "Welcome to The Courier Pro"
    for words in words_of(message):
        assert "Your subscription renews by itself on" in words
        assert f"The subscription ends on {day(ends)}; nothing is charged after that day." in words


def test_B6_past_due_within_a_fixed_term_has_the_grace_at_most_to_its_end(
    at_stripe, member, reader, set_term, told, sandbox
):
    _id, end, ends = set_term(after=5)
    at_stripe.use_card(member.customer, DECLINED_CARD)
    sandbox.advance_to(end + 2 * 3600)
    told()
    assert standing_of(member) == ("past_due", datetime.fromtimestamp(ends, UTC))
    assert f"access ends on {day(ends)} unless it is paid" in page_of(reader)


def test_a_fixed_term_counts_as_revenue_until_its_last_period(
    at_stripe, member, set_term, told, sandbox
):
    _id, end, _ends = set_term(after=20)
    told()
    tenant = load_tenant(member.site)
    assert monthly_recurring_revenue(tenant) == {"eur": 900}
    assert holders_by_interval(tenant) == {"month": 1}
    sandbox.advance_to(end + 2 * 3600)
    told()
    assert monthly_recurring_revenue(tenant) == {}


def test_the_tenants_admin_sees_until_when_it_renews(at_panel, member, set_term, told):
    _id, _end, ends = set_term(after=335)
    told()
    page = at_panel.get(reverse("members:inspect", args=[member.pk])).content.decode()
    short = date_format(datetime.fromtimestamp(ends, UTC), "SHORT_DATE_FORMAT")
    assert f"renews until {short}" in page
    assert "which renews by itself until it ends on" in page


def test_B6_who_reads_of_an_end_in_the_past_is_not_pro(at_stripe, member, shop):
    """The events of the last months never came."""
    long_ago = now() - 60 * DAY
    month = item(shop.monthly.id, shop.monthly.product, start=long_ago - 30 * DAY, end=long_ago)
    past = subscription(customer=member.customer, items=[month], cancel_at=long_ago + 30 * DAY)
    at_stripe.tells(event(CREATED, past))
    assert Subscription.objects.get().status == "active"
    assert not Membership.objects.get(pk=member.pk).is_pro


NOW = datetime(2028, 3, 31, 12, tzinfo=UTC)
ENDS = [
    (None, False, NOW),
    (None, True, NOW),
    (NOW, False, NOW),
    (NOW, True, NOW),
    (NOW - timedelta(days=9), False, NOW),
    (NOW + timedelta(days=400), False, NOW),
    (NOW + timedelta(days=400), True, NOW),
    (NOW + timedelta(seconds=1), False, NOW),
    (NOW, False, None),
    (None, False, None),
]


@pytest.mark.database
@pytest.mark.parametrize("on_item", [True, False])
@pytest.mark.parametrize(("cancel_at", "flag", "period_end"), ENDS)
def test_B6_a_table_is_asked_the_same_as_a_row(site, person, cancel_at, flag, period_end, on_item):
    """Revenue asks the table; access, pages and mails ask a row."""
    customer = Customer.objects.create(site=site, user=person, stripe_id="cus_1")
    subscription = Subscription.objects.create(
        site=site, customer=customer, stripe_id="sub_1", status="active",
        cancel_at=cancel_at, cancel_at_period_end=flag,
        current_period_end=None if on_item else period_end,
    )  # fmt: skip
    SubscriptionItem.objects.create(
        subscription=subscription, stripe_id="si_1", price_id="p",
        current_period_end=period_end if on_item else None,
    )  # fmt: skip
    end = Cancellation(cancel_at=cancel_at, cancel_at_period_end=flag, period_end=period_end)
    renews = SubscriptionItem.objects.filter(RENEWS_AGAIN).exists()
    assert renews == (not end.is_with_period)
    assert end.is_set == (end.is_fixed_term or end.is_with_period)
    assert (end.ends_at is None) == (not end.is_set)


def test_B6_of_two_items_the_end_of_pros_own_period_counts(site, billing, stripe_tells):
    """Pro by the year beside a mug by the month: five months ahead is the end of what was paid."""
    membership = MembershipFactory(site=site)
    Customer.objects.create(site=site, user=membership.user, stripe_id="cus_1")
    start = int(timezone.now().timestamp()) - DAY
    mug = item("price_mug", "prod_mug", start=start, end=start + 30 * DAY, id="si_mug")
    pro = item(ANNUAL, start=start, end=start + 365 * DAY)
    ends = start + 150 * DAY
    stripe_tells(event(CREATED, subscription(start=start, items=[mug, pro], cancel_at=ends)))
    assert standing_of(membership) == ("ending", datetime.fromtimestamp(ends, UTC))
