"""The situations that first implementations get wrong, each as a table of what Stripe tells (rule B5 to B10).

A situation is a list of (seconds since its start, type, object); then whether the member is Pro, how
he stands, and the status of `sub_1`.
"""

import itertools

import pytest

from billing.models import Subscription, WebhookEvent
from tests.billing.stripe_objects import (
    ANNUAL,
    CREATED,
    DAY,
    DELETED,
    MONTH,
    UPDATED,
    customer,
    event,
    in_old_shape,
    invoice,
    item,
    now,
    subscription,
)

pytestmark = pytest.mark.database

T = now() - 10 * DAY
PAUSED, RESUMED = (f"customer.subscription.{what}" for what in ("paused", "resumed"))
FAILED, PAID = "invoice.payment_failed", "invoice.paid"


def sub(status="active", **changes):
    return subscription(status, start=changes.pop("start", T), **changes)


def period(start, **changes):
    return item(start=start, end=start + MONTH, **changes)


RENEWED = [period(T)]
OTHER_PRODUCT = [period(T, price="price_mug", product="prod_mug", id="si_mug")]
PRO_SECOND = [*OTHER_PRODUCT, period(T)]
NONE_OF_IT = [period(T) | {"quantity": 0}]
YEARLY = [item(ANNUAL, start=T, end=T + 365 * DAY)]
OLD_PRICE = [period(T, price="price_of_2019")]
# A first payment that was made in the past, so that it is known to have been paid.
FIRST = invoice("paid", id="in_0", reason="subscription_create", start=T)
# A month that began eleven days before, so that its start would give no grace any more.
MID = T - 11 * DAY
PRORATION = invoice("open", reason="subscription_update", start=T + 9 * DAY, created=T + 9 * DAY)
LONG_UNPAID = invoice(start=now() - 40 * DAY)

SITUATIONS = {
    "late updated after deleted": (
        [(0, CREATED, sub()), (50, DELETED, sub("canceled")), (40, UPDATED, sub())],
        (False, "ended", "canceled"),
    ),
    "incomplete then active within one second": (
        [(0, CREATED, sub("incomplete")), (0, UPDATED, sub())],
        (True, "pro", "active"),
    ),
    "past due, recovered": (
        [(0, PAID, FIRST), (0, UPDATED, sub("past_due")), (1, FAILED, invoice(start=T)), (9, PAID, invoice("paid", start=T)), (9, UPDATED, sub())],
        (True, "pro", "active"),
    ),
    "past due within the grace": (
        [(0, CREATED, sub()), (0, PAID, FIRST), (5, FAILED, invoice(start=T)), (5, UPDATED, sub("past_due"))],
        (True, "past_due", "past_due"),
    ),
    "flagged by the invoice alone": (
        [(0, CREATED, sub()), (0, PAID, FIRST), (5, FAILED, invoice(start=T))],
        (True, "past_due", "past_due"),
    ),
    "past due, grace over": (
        [(0, PAID, FIRST), (0, UPDATED, sub("past_due", start=now() - 40 * DAY, end=now() + DAY)), (1, FAILED, LONG_UNPAID)],
        (False, "past_due", "past_due"),
    ),
    "past due for a second period: the first one counts": (
        [(0, PAID, FIRST), (0, UPDATED, sub("past_due")), (1, FAILED, LONG_UNPAID), (2, FAILED, invoice(id="in_2", start=T))],
        (False, "past_due", "past_due"),
    ),
    "an old debt beside a new failure: what was paid since makes it history": (
        [
            (-70 * DAY, PAID, FIRST),
            (-40 * DAY, UPDATED, sub("past_due", start=T - 40 * DAY)),
            (-40 * DAY, FAILED, invoice(id="in_old", start=T - 40 * DAY)),
            (-20 * DAY, UPDATED, sub(start=T - 10 * DAY)),
            (0, FAILED, invoice(start=T)),
            (0, UPDATED, sub("past_due")),
        ],
        (True, "past_due", "past_due"),
    ),
    "past due, no invoice known": (
        [(0, UPDATED, sub("past_due"))],
        (True, "past_due", "past_due"),
    ),
    "unpaid, then a payment failed again": (
        [(0, UPDATED, sub("unpaid")), (5, FAILED, invoice(start=T))],
        (False, "past_due", "unpaid"),
    ),
    "first payment declined": (
        [(0, CREATED, sub("incomplete")), (1, FAILED, invoice(reason="subscription_create", start=T))],
        (False, "incomplete", "incomplete"),
    ),
    "first payment declined for one called active": (
        [(0, CREATED, sub("past_due")), (1, FAILED, invoice(reason="subscription_create", start=T))],
        (False, "past_due", "past_due"),
    ),
    "first payment never completed": (
        [(0, CREATED, sub("incomplete")), (9, UPDATED, sub("incomplete_expired"))],
        (False, "free", "incomplete_expired"),
    ),
    "failed proration on the 20th day of a paid month: the grace counts from then": (
        [(-11 * DAY, CREATED, sub(start=MID)), (-11 * DAY, PAID, FIRST), (9 * DAY, FAILED, PRORATION), (9 * DAY, UPDATED, sub("past_due", start=MID))],
        (True, "past_due", "past_due"),
    ),
    "cancelled by flag": (
        [(0, CREATED, sub()), (5, UPDATED, sub(cancel_at_period_end=True))],
        (True, "ending", "active"),
    ),
    "a fixed term: cancel_at a year ahead": (
        [(0, CREATED, sub()), (5, UPDATED, sub(cancel_at=T + 365 * DAY))],
        (True, "pro", "active"),
    ),
    "a fixed term in its last month": (
        [(0, CREATED, sub(start=T - MONTH, cancel_at=T + MONTH)), (5, UPDATED, sub(cancel_at=T + MONTH))],
        (True, "ending", "active"),
    ),
    "a fixed term, cancelled": (
        [(0, CREATED, sub(cancel_at=T + 365 * DAY)), (5, UPDATED, sub(cancel_at_period_end=True, cancel_at=T + MONTH))],
        (True, "ending", "active"),
    ),
    "cancelled by cancel_at alone": (
        [(0, CREATED, sub()), (5, UPDATED, sub(cancel_at=T + MONTH))],
        (True, "ending", "active"),
    ),
    "cancel_at has passed": (
        [(0, CREATED, sub()), (5, UPDATED, sub(cancel_at=T + DAY))],
        (False, "ending", "active"),
    ),
    "cancelled, resumed": (
        [(0, CREATED, sub()), (5, UPDATED, sub(cancel_at=T + MONTH)), (9, UPDATED, sub())],
        (True, "pro", "active"),
    ),
    "monthly to annual": (
        [(0, CREATED, sub()), (5, UPDATED, sub(items=YEARLY))],
        (True, "pro", "active"),
    ),
    "two subscriptions, one deleted": (
        [(0, CREATED, sub()), (1, CREATED, sub(id="sub_2")), (9, DELETED, sub("canceled", id="sub_2"))],
        (True, "pro", "active"),
    ),
    "a product that isn't Pro": (
        [(0, CREATED, sub(items=OTHER_PRODUCT))],
        (False, "free", "active"),
    ),
    "Pro as second item": (
        [(0, CREATED, sub(items=PRO_SECOND))],
        (True, "pro", "active"),
    ),
    "Pro item taken off": (
        [(0, CREATED, sub(items=PRO_SECOND)), (5, UPDATED, sub(items=OTHER_PRODUCT))],
        (False, "free", "active"),
    ),
    "none of it left": (
        [(0, CREATED, sub()), (5, UPDATED, sub(items=NONE_OF_IT))],
        (False, "free", "active"),
    ),
    "a price of an earlier year, of the Pro product": (
        [(0, CREATED, sub(items=OLD_PRICE))],
        (True, "pro", "active"),
    ),
    "customer deleted at Stripe": (
        [(0, CREATED, sub()), (9, "customer.deleted", customer(deleted=True)), (8, UPDATED, sub())],
        (False, "ended", "canceled"),
    ),
    "refund and dispute alone": (
        [
            (0, CREATED, sub()),
            (5, "charge.refunded", {"object": "charge", "id": "ch_1", "customer": "cus_1"}),
            (6, "charge.dispute.created", {"object": "dispute", "id": "dp_1", "charge": "ch_1"}),
        ],
        (True, "pro", "active"),
    ),
    "trial": (
        [(0, CREATED, sub("trialing", trial_end=T + MONTH))],
        (True, "trial", "trialing"),
    ),
    "trial without a card, paused": (
        [(0, CREATED, sub("trialing", trial_end=T + DAY)), (DAY, PAUSED, sub("paused"))],
        (False, "paused", "paused"),
    ),
    "paused, resumed": (
        [(0, PAUSED, sub("paused")), (DAY, RESUMED, sub()), (DAY, UPDATED, sub())],
        (True, "pro", "active"),
    ),
    "collection paused": (
        [(0, CREATED, sub(pause_collection={"behavior": "void", "resumes_at": None}))],
        (True, "pro", "active"),
    ),
    "a renewal that was never told": (
        [(0, CREATED, sub(start=now() - 40 * DAY))],
        (False, "pro", "active"),
    ),
    "a renewal seen late": (
        [(0, CREATED, sub(start=now() - 32 * DAY))],
        (True, "pro", "active"),
    ),
    "a status that nobody knows": (
        [(0, CREATED, sub("hibernating"))],
        (False, "ended", "hibernating"),
    ),
    "deleted before anything else": (
        [(9, DELETED, sub("canceled")), (0, CREATED, sub("incomplete")), (1, UPDATED, sub())],
        (False, "ended", "canceled"),
    ),
}  # fmt: skip


def told(events, shape):
    made = [event(type, thing, created=T + second) for second, type, thing in events]
    return [shape(one) for one in made]


def outcome(membership):
    membership.refresh_from_db()
    row = Subscription.objects.get(site=membership.site, stripe_id="sub_1")
    return membership.is_pro, membership.standing, row.status


@pytest.mark.parametrize(
    "shape", [lambda one: one, in_old_shape], ids=["today", "before 2025-03-31"]
)
@pytest.mark.parametrize(("events", "expected"), SITUATIONS.values(), ids=SITUATIONS.keys())
def test_B5_B6_W4_W6_each_situation_ends_right(member, stripe_tells, events, expected, shape):
    stripe_tells(*told(events, shape))
    assert outcome(member) == expected


def test_B6_who_switches_to_annual_reads_for_a_year(member, stripe_tells):
    events, _outcome = SITUATIONS["monthly to annual"]
    stripe_tells(*told(events, lambda one: one))
    member.refresh_from_db()
    assert member.pro_until.timestamp() == T + 365 * DAY + 3 * DAY


@pytest.mark.parametrize(("events", "expected"), SITUATIONS.values(), ids=SITUATIONS.keys())
def test_W5_in_any_order_and_with_repeats(member, stripe_tells, events, expected):
    # Without it Stripe would be asked, which nobody plays here; tests/billing/test_grace.py does.
    paid = told([one for one in events if one[2] is FIRST], lambda one: one)
    made = told([one for one in events if one[2] is not FIRST], lambda one: one)
    for order in itertools.islice(itertools.permutations(made), 1, 60):
        Subscription.objects.all().delete()
        WebhookEvent.objects.all().delete()
        member.site.invoices.all().delete()
        member.site.stripe_customers.update(deleted_at_stripe=False)
        stripe_tells(*paid, *order, *order)
        assert outcome(member) == expected
