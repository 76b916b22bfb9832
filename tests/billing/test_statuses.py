"""Each status of Stripe's is one entry of a table, and so is one that Stripe invents."""

import pytest
from django.urls import reverse

from billing import subscription_status
from billing.member_subscription import holdings_of
from billing.models import Subscription
from billing.subscription_status import FINAL, GRANTING, STATUSES, Status, StatusEntry, entry_of
from billing.tenant_billing import load_tenant
from membership.reasons import REASONS
from membership.states import Standing
from tests.billing.stripe_objects import CREATED, UPDATED, event, now, subscription

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
    assert set(GRANTING) == {"active", "trialing"}
    assert set(FINAL) == {"canceled", "incomplete_expired"}
    unknown = entry_of(TOMORROWS)
    assert (unknown.grants, unknown.is_final, unknown.label) == (False, False, TOMORROWS)


@pytest.fixture
def resting(monkeypatch):
    """Stripe has a new status, which the table knows."""
    entry = StatusEntry("Resting", Standing.PAUSED, "subscription_paused", rank=3)
    monkeypatch.setattr(subscription_status, "STATUSES", {TOMORROWS: entry, **STATUSES})


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
def test_a_new_status_of_stripes_is_one_entry(resting, stripe_tells, member, at_panel, site):
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
