"""Fills a tenant with members and events of every kind, to any number; runs again without harm.

Members have addresses `reader<n>@fill.example` and Stripe's ids end in `_fill_<n>`: a second run
adds what is missing. What is made here isn't at Stripe, so it is for benchmarks only.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone
from wagtail.models import Site

from bench import PRICE, PRODUCT
from bench.copying import analyze, copy, hurry, key_of
from billing.models import (
    BillingSettings,
    Customer,
    Invoice,
    Subscription,
    SubscriptionItem,
    WebhookEvent,
)
from membership.models import Membership, User

STEP = 10_000
PERIOD = timedelta(days=30)

Progress = Callable[[int], Any]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A sort of member or event: every number whose last digit is one of these."""

    digits: str
    row: dict[str, Any] = field(default_factory=dict)
    # The status of the subscription; none for who never paid.
    status: str = ""


READERS = (
    Kind(digits="0,1,2,3,4", row={"standing": "free"}),
    Kind(
        digits="5,6,7,8",
        row={"standing": "pro", "reason_code": "subscription_active"},
        status="active",
    ),
    Kind(
        digits="9",
        row={"standing": "ended", "reason_code": "subscription_canceled"},
        status="canceled",
    ),
)
EVENTS = (
    Kind(digits="0,1,2,3", row={"type": "invoice.paid", "outcome": "applied"}),
    Kind(digits="4,5,6", row={"type": "customer.subscription.updated", "outcome": "applied"}),
    Kind(digits="7", row={"type": "invoice.payment_failed", "outcome": "applied"}),
    Kind(digits="8", row={"type": "charge.succeeded", "outcome": "ignored", "reason": "not_used"}),
    Kind(
        digits="9",
        row={"type": "invoice.paid", "outcome": "waiting", "reason": "unknown_customer"},
    ),
)


EMAIL = "'reader' || n || '@fill.example'"
PERSON = key_of(User, f"email = {EMAIL}")


def email_of(number: int) -> str:
    """Return the address of a reader by his number."""
    return f"reader{number}@fill.example"


def steps(first: int, count: int) -> Iterator[range]:
    """Return the numbers from `first` on, in portions."""
    for start in range(first, count, STEP):
        yield range(start, min(start + STEP, count))


def fill_members(site: Site, count: int, on_progress: Progress = lambda made: None) -> None:
    """Bring the number of such members up to `count`; half never paid, four of ten are Pro."""
    there = User.objects.filter(email__startswith="reader", email__endswith="@fill.example").count()
    price = BillingSettings.for_site(site).monthly_price_id or PRICE
    on_progress(min(there, count))
    for numbers in steps(there, count):
        # Each portion joined an hour after the next one.
        joined = timezone.now() - timedelta(hours=numbers[0] // STEP + 1)
        with transaction.atomic():
            hurry()
            nobody = User()
            nobody.set_unusable_password()
            copy(nobody, numbers, email=EMAIL)
            fill_memberships(site, numbers, joined)
            for kind in READERS:
                if kind.status:
                    fill_payments(site, numbers, kind, joined, price)
        on_progress(len(numbers))
    analyze(User, EmailAddress, Membership, Customer, Subscription, SubscriptionItem, Invoice)


def fill_memberships(site: Site, numbers: range, joined: datetime) -> None:
    address = EmailAddress(verified=True, primary=True)
    copy(address, numbers, email=EMAIL, user_id=PERSON)
    for kind in READERS:
        row = Membership(site=site, joined_at=joined, **kind.row)
        if kind.status == "active":
            row.pro_until = joined + PERIOD
        copy(
            row,
            numbers,
            where=f"n %% 10 IN ({kind.digits})",
            user_id=PERSON,
        )


def fill_payments(site: Site, numbers: range, kind: Kind, joined: datetime, price: str) -> None:
    """Make what Stripe would have told of these members: customer, subscription, item, invoice."""
    customer = mirrored(Customer, "cus", site)
    subscription = mirrored(Subscription, "sub", site)
    where = f"n %% 10 IN ({kind.digits})"
    period = {"current_period_start": joined, "current_period_end": joined + PERIOD}
    copy(
        Customer(
            site=site, card_brand="visa", card_last4="4242", linked_at=joined, created_at=joined
        ),
        numbers,
        where=where,
        stripe_id="'cus_fill_' || n",
        user_id=PERSON,
    )
    copy(
        Subscription(
            site=site,
            status=kind.status,
            status_at_stripe=kind.status,
            started_at=joined,
            created_at=joined,
            updated_at=joined,
            **period,
        ),
        numbers,
        where=where,
        stripe_id="'sub_fill_' || n",
        customer_id=customer,
    )
    copy(
        SubscriptionItem(
            price_id=price,
            product_id=PRODUCT,
            unit_amount=900,
            currency="eur",
            interval="month",
            **period,
        ),
        numbers,
        where=where,
        stripe_id="'si_fill_' || n",
        subscription_id=subscription,
    )
    copy(
        Invoice(
            site=site,
            status="paid",
            billing_reason="subscription_cycle",
            total=900,
            amount_due=900,
            amount_paid=900,
            currency="eur",
            created=joined,
            period_start=joined,
        ),
        numbers,
        where=where,
        stripe_id="'in_fill_' || n",
        number="'FILL-' || n",
        customer_id=customer,
        subscription_id_at_stripe="'sub_fill_' || n",
    )


def mirrored(model: type[Customer] | type[Subscription], prefix: str, site: Site) -> str:
    """Return SQL for the key of the row that was made of the same number."""
    return key_of(model, f"site_id = {site.pk} AND stripe_id = '{prefix}_fill_' || n")


def fill_events(site: Site, count: int, on_progress: Progress = lambda made: None) -> None:
    """Bring the number of such events up to `count`: of the members above, and of strangers."""
    there = WebhookEvent.objects.filter(site=site, event_id__startswith="evt_fill_").count()
    on_progress(min(there, count))
    for numbers in steps(there, count):
        received = timezone.now() - timedelta(hours=numbers[0] // STEP + 1)
        with transaction.atomic():
            hurry()
            for kind in EVENTS:
                owner = "stranger" if kind.row["outcome"] == "waiting" else "fill"
                copy(
                    WebhookEvent(
                        site=site,
                        api_version="2026-09-30",
                        created=int(received.timestamp()),
                        received_at=received,
                        payload=None if "reason" in kind.row else {"status": "active"},
                        **kind.row,
                    ),
                    numbers,
                    where=f"n %% 10 IN ({kind.digits})",
                    event_id="'evt_fill_' || n",
                    customer_id_at_stripe=f"'cus_{owner}_' || n",
                    subscription_id_at_stripe=f"'sub_{owner}_' || n",
                )
        on_progress(len(numbers))
    analyze(WebhookEvent)
