"""Each status of Stripe's is one entry of a table, and so is one that Stripe invents."""

import html
import re

import pytest
from django.urls import reverse

from billing.member_subscription import holdings_of
from billing.models import Subscription
from billing.subscription_status import STATUSES, Status, StatusEntry, statuses
from billing.subscriptions.revenue import monthly_recurring_revenue, pro_items
from billing.tenant_billing import load_tenant
from membership.reasons import REASONS
from membership.states import Standing
from tests.billing.stripe_objects import CREATED, DELETED, UPDATED, event, now, subscription

# https://docs.stripe.com/api/subscriptions/object#subscription_object-status
STRIPES_OWN = [
    "incomplete",
    "incomplete_expired",
    "trialing",
    "active",
    "past_due",
    "canceled",
    "unpaid",
    "paused",
]
TOMORROWS = "resting"


def test_each_status_of_stripes_has_one_entry():
    assert sorted(STATUSES) == sorted(STRIPES_OWN)
    labels = {str(entry.label) for entry in STATUSES.values()}
    assert len(labels) == len(STATUSES)
    assert {entry.reason_code for entry in STATUSES.values()} <= set(REASONS)


def test_B5_what_grants_is_an_allowlist():
    assert set(statuses(grants=True)) == {"active", "trialing"}
    assert set(statuses(is_final=True)) == {"canceled", "incomplete_expired"}
    unknown = STATUSES[TOMORROWS]
    assert (unknown.grants, unknown.is_final, unknown.label) == (False, False, TOMORROWS)


def invented(standing, code, **facts):
    return StatusEntry("Resting", standing, code, **{"rank": 3, **facts})


RESTING = invented(Standing.PAUSED, "subscription_paused")
OWING = invented(Standing.PAST_DUE, "subscription_unpaid", is_owed=True)
RENEWING = invented(Standing.PRO, "subscription_active", grants=True, has_period=True)
TRYING = invented(Standing.TRIAL, "subscription_trialing", grants=True, has_period=True)
OVER = invented(Standing.ENDED, "subscription_canceled", runs=False, is_final=True)


@pytest.fixture
def invent():
    """Return a function by which Stripe has a new status, of which the table has this entry."""
    known = dict(STATUSES)

    def put(entries):
        STATUSES.clear()
        STATUSES.update(entries)

    yield lambda entry: put({TOMORROWS: entry, **known})
    put(known)


def told_of(member):
    member.refresh_from_db()
    return member.is_pro, member.standing, member.reason_code


@pytest.mark.django_db
def test_a_new_status_of_stripes_grants_nothing_until_it_has_an_entry(stripe_tells, member):
    stripe_tells(event(CREATED, subscription(), created=now() - 9))
    assert told_of(member) == (True, "pro", "subscription_active")
    stripe_tells(event(UPDATED, subscription(TOMORROWS)))
    assert told_of(member) == (False, "ended", "unknown_status")


@pytest.mark.django_db
def test_a_new_status_of_stripes_is_one_entry(invent, stripe_tells, member, at_panel, site):
    invent(RESTING)
    stripe_tells(event(CREATED, subscription(), created=now() - 9))
    stripe_tells(event(UPDATED, subscription(TOMORROWS)))
    assert told_of(member) == (False, "paused", "subscription_paused")
    assert "status" not in member.reason_params
    page = at_panel.get(reverse("members:inspect", args=[member.pk])).text
    assert "<td>Resting</td>" in page
    # It stands first in the table, so that it is the one which the member is shown.
    stripe_tells(event(CREATED, subscription("past_due", id="sub_2")))
    shown = holdings_of(load_tenant(site), member.user)
    assert [one.subscription.stripe_id for one in shown] == ["sub_1", "sub_2"]
    assert Subscription.objects.get(stripe_id="sub_2").status == Status.PAST_DUE


@pytest.mark.django_db
def test_of_several_the_account_shows_the_one_that_something_can_be_done_about(hold, person, site):
    """A status that isn't known comes after all others that live, and what is over comes last."""
    order = ["past_due", "unpaid", "incomplete", "paused", "active", "trialing", TOMORROWS]
    first = hold("canceled")
    for number, status in enumerate(reversed(order)):
        row = Subscription.objects.get(pk=first.pk)
        row.pk, row.stripe_id, row.status = None, f"sub_x{number}", status
        row.save()
    shown = holdings_of(load_tenant(site), person)
    assert [one.subscription.status for one in shown] == [*order, "canceled"]


BUTTON = re.compile(r'<button class="button[^"]*" type="submit"[^>]*>([^<]*)')


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("entry", "buttons", "says"),
    [
        (None, ["Update card", "Cancel subscription"], "Reference"),
        (RESTING, ["Resume the subscription", "Update card", "Cancel subscription"], "is due now"),
        (OWING, ["Pay now", "Update card", "Cancel subscription"], "Reference"),
        (RENEWING, ["Update card", "Switch to annual", "Cancel subscription"], "Next charge"),
        (TRYING, ["Update card", "Switch to annual", "Cancel subscription"], "First charge"),
        (OVER, [], "Renew Pro"),
    ],
)
def test_the_account_has_the_buttons_of_a_new_status(reader, hold, invent, entry, buttons, says):
    if entry:
        invent(entry)
    hold(TOMORROWS)
    page = html.unescape(reader.get("/account/").text)
    section = page[page.index('id="billing"') :]
    assert [label.strip() for label in BUTTON.findall(section)] == buttons
    assert says in section


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("entry", "is_live", "is_held", "revenue"),
    [
        (None, True, True, {}),
        (RESTING, True, True, {}),
        (RENEWING, True, True, {"eur": 900}),
        (TRYING, True, True, {}),
        (OVER, False, False, {}),
    ],
)
def test_queries_ask_the_table_for_a_new_status(
    site, hold, shop, invent, entry, is_live, is_held, revenue
):
    if entry:
        invent(entry)
    held = hold(TOMORROWS)
    held.items.update(price_id=shop.monthly.id)
    assert Subscription.objects.live().exists() == is_live
    tenant = load_tenant(site)
    assert pro_items(tenant).exists() == is_held
    assert monthly_recurring_revenue(tenant) == revenue


@pytest.mark.django_db
@pytest.mark.parametrize("entry", [None, RESTING])
def test_a_subscription_runs_in_a_status_that_is_not_known_as_in_any_other(
    invent, tell, member, admin, entry
):
    """Its end is told, and it is paid for beside another one."""
    if entry:
        invent(entry)
    tell(event(CREATED, subscription(), created=now() - 9))
    tell(event(UPDATED, subscription(TOMORROWS), created=now() - 8))
    second = tell(event(CREATED, subscription(id="sub_2"), created=now() - 7))
    assert any("pays twice" in one.subject for one in second)
    tell(event(DELETED, subscription("canceled", id="sub_2"), created=now() - 6))
    mails = tell(event(DELETED, subscription("canceled"), created=now() - 5))
    assert [one.subject for one in mails] == ["Your Pro subscription at The Courier has ended"]
