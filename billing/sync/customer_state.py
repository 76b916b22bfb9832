"""All that is known of one member's money at one tenant: locked, loaded in one statement, saved.

Whoever changes a mirrored row does it through here, inside a transaction. Under the lock nobody else
changes these rows, so what was loaded stays true until the commit.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Exists, FilteredRelation, OuterRef, Q

from billing.entitlement import Entitlement
from billing.models import (
    CheckoutSession,
    Customer,
    Invoice,
    Notice,
    Subscription,
    SubscriptionItem,
)
from billing.renewal import Cancellation, cancellation_of
from billing.stripe_api.objects import Columns
from billing.subscription_status import FIRST_INVOICE, PAYMENT, is_payment
from billing.tenant_billing import TenantBilling
from krate_site.compiled import Given, Statement, compiled

UNPAID_CHECKOUTS = (CheckoutSession.State.PENDING, CheckoutSession.State.FAILED)
MEMBERSHIP_COLUMNS = ("id", "pro_until", "standing", "reason_code", "reason_params")
LOADED: dict[str, type[models.Model]] = {
    "subscriptions": Subscription,
    "subscriptions__items": SubscriptionItem,
    "invoice": Invoice,
    "checkout": CheckoutSession,
}


@dataclass(kw_only=True)
class Books:
    """The rows of one customer and of whatever else belongs to the same member."""

    tenant: TenantBilling
    customer: Customer
    customers: dict[int, Customer]
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    # By the subscription's id at Stripe.
    items: dict[str, list[SubscriptionItem]] = field(default_factory=dict)
    # The open ones, the first of each subscription, and those that were asked for.
    invoices: dict[str, Invoice] = field(default_factory=dict)
    checkouts: dict[str, CheckoutSession] = field(default_factory=dict)
    # As the row says; empty where there is none yet.
    membership: dict[str, Any] = field(default_factory=dict)
    # Status and planned end of each subscription as it was loaded.
    before: dict[str, tuple[str, Cancellation]] = field(default_factory=dict)
    # Subscriptions of which any invoice above zero was paid, as the rows were loaded.
    ever_paid: set[str] = field(default_factory=set)
    changed: list[models.Model] = field(default_factory=list)
    wanted_items: dict[str, dict[str, Columns]] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    # Subscriptions for which an invoice has just been paid.
    paid: set[str] = field(default_factory=set)
    # Subscriptions to be read from Stripe after the commit.
    to_read: set[str] = field(default_factory=set)
    # Whether settling changed any row.
    is_changed: bool = False
    # What they came to, once they are settled; None for a customer who is no member.
    granted: Entitlement | None = None

    @property
    def user_id(self) -> int | None:
        return self.customer.user_id

    def change(self, row: models.Model) -> None:
        """Have this row saved."""
        if not any(row is other for other in self.changed):
            self.changed.append(row)

    def customer_is_deleted(self, subscription: Subscription) -> bool:
        return self.customers[subscription.customer_id].deleted_at_stripe

    def items_of(self, stripe_id: str) -> list[SubscriptionItem]:
        """Return a subscription's items as they are about to be saved."""
        wanted = self.wanted_items.get(stripe_id)
        if wanted is None:
            return self.items.get(stripe_id, [])
        return [SubscriptionItem(stripe_id=item, **columns) for item, columns in wanted.items()]

    def was_paid_for(self, stripe_id: str) -> bool:
        """Return whether an invoice above zero was ever paid for a subscription, by our rows."""
        return stripe_id in self.ever_paid or any(
            row.subscription_id_at_stripe == stripe_id and is_payment(row)
            for row in self.invoices.values()
        )

    def items_for_pro(self, subscription: Subscription) -> list[SubscriptionItem]:
        """Return those of a subscription's items that are for Pro."""
        items = self.items_of(subscription.stripe_id)
        return [item for item in items if self.tenant.pro.include(vars(item))]

    def save(self) -> None:
        """Write what changed, each row in one statement, and after it its items."""
        for row in self.changed:
            row.save(force_insert=row._state.adding, force_update=not row._state.adding)
        for stripe_id, wanted in self.wanted_items.items():
            self.items[stripe_id] = write_items(
                self.subscriptions[stripe_id], self.items.get(stripe_id, []), wanted
            )
        if self.notices:
            Notice.objects.bulk_create(self.notices, ignore_conflicts=True)


def lock_customer(tenant: TenantBilling, stripe_id: str, *, livemode: bool) -> list[Customer]:
    """Lock a customer, made here if need be, and whoever else is the same member's.

    The one that was asked for comes first. Only inside a transaction.
    """
    found = locked_customers(tenant, stripe_id)
    if not found:
        try:
            with transaction.atomic():
                return [
                    Customer.objects.create(
                        site=tenant.site, stripe_id=stripe_id, livemode=livemode
                    )
                ]
        except IntegrityError:
            found = locked_customers(tenant, stripe_id)
    return sorted(found, key=lambda customer: customer.stripe_id != stripe_id)


def locked_customers(tenant: TenantBilling, stripe_id: str) -> list[Customer]:
    """Lock in the order of their keys, so that no two transactions wait for each other."""
    names = columns(Customer)
    rows = locking_statement().rows(site=tenant.site.pk, stripe_id=stripe_id)
    return [Customer.from_db("default", names, [row[name] for name in names]) for row in rows]


@lru_cache(maxsize=1)
def locking_statement() -> Statement:
    """Return what locks a customer, and whoever else is the same member's."""
    key, text = Customer._meta.pk, models.TextField()
    of_site = Customer.objects.filter(site=Given("site", key))
    this = of_site.filter(stripe_id=Given("stripe_id", text))
    # Two look-ups by index: for an OR of both PostgreSQL reads every customer there is.
    of_same_member = of_site.filter(user__in=this.values("user"))
    both = this.values("pk").union(of_same_member.values("pk"))
    return compiled(
        Customer.objects.filter(pk__in=both)
        .select_for_update()
        .order_by("pk")
        .values(*columns(Customer))
    )


def open_books(
    tenant: TenantBilling, customers: Sequence[Customer], *, invoices: Collection[str] = ()
) -> Books:
    """Return the books of these locked customers, with these invoices, read in one statement."""
    books = Books(
        tenant=tenant,
        customer=customers[0],
        customers={customer.pk: customer for customer in customers},
    )
    rows = reading_statement(len(customers), len(invoices)).rows(
        site=tenant.site.pk,
        **{f"customer{n}": customer.pk for n, customer in enumerate(customers)},
        **{f"invoice{n}": stripe_id for n, stripe_id in enumerate(invoices)},
    )
    for row in rows:
        keep(books, row)
    books.before = {
        stripe_id: (row.status, cancellation_of(row, books.items_for_pro(row)))
        for stripe_id, row in books.subscriptions.items()
    }
    return books


@lru_cache(maxsize=64)
def reading_statement(customers: int, invoices: int) -> Statement:
    """Return what reads the books of so many customers, with so many invoices."""
    key, text = Customer._meta.pk, models.TextField()
    wanted = [Given(f"invoice{n}", text) for n in range(invoices)]
    return compiled(
        Customer.objects.filter(pk__in=[Given(f"customer{n}", key) for n in range(customers)])
        .annotate(
            invoice=FilteredRelation(
                "invoices",
                condition=Q(invoices__status="open")
                | Q(invoices__billing_reason=FIRST_INVOICE)
                | Q(invoices__stripe_id__in=wanted),
            ),
            checkout=FilteredRelation(
                "checkout_sessions", condition=Q(checkout_sessions__state__in=UNPAID_CHECKOUTS)
            ),
            member=FilteredRelation(
                "user__memberships", condition=Q(user__memberships__site=Given("site", key))
            ),
            ever_paid=Exists(
                Invoice.objects.filter(
                    customer=OuterRef("pk"),
                    subscription_id_at_stripe=OuterRef("subscriptions__stripe_id"),
                    **PAYMENT,
                )
            ),
        )
        .values(
            "ever_paid",
            *(f"{path}__{name}" for path, model in LOADED.items() for name in columns(model)),
            *(f"member__{name}" for name in MEMBERSHIP_COLUMNS),
        )
    )


def columns(model: type[models.Model]) -> list[str]:
    return [column.attname for column in model._meta.concrete_fields]


def keep(books: Books, row: dict[str, Any]) -> None:
    """Put one row of the statement's joins into the books; what is there already stays."""
    found = {path: instance_from(row, path, model) for path, model in LOADED.items()}
    subscription: Any = found["subscriptions"]
    if subscription:
        kept = books.subscriptions.setdefault(subscription.stripe_id, subscription)
        if row["ever_paid"]:
            books.ever_paid.add(kept.stripe_id)
        items = books.items.setdefault(kept.stripe_id, [])
        item: Any = found["subscriptions__items"]
        if item and item.pk not in {known.pk for known in items}:
            item.subscription = kept
            items.append(item)
    invoice: Any = found["invoice"]
    if invoice:
        books.invoices.setdefault(invoice.stripe_id, invoice)
    checkout: Any = found["checkout"]
    if checkout:
        books.checkouts.setdefault(checkout.stripe_id, checkout)
    if row["member__id"] is not None:
        books.membership = {name: row[f"member__{name}"] for name in MEMBERSHIP_COLUMNS}


def instance_from(row: dict[str, Any], path: str, model: type[models.Model]) -> models.Model | None:
    names = columns(model)
    if row[f"{path}__id"] is None:
        return None
    return model.from_db("default", names, [row[f"{path}__{name}"] for name in names])


def write_items(
    subscription: Subscription, known: list[SubscriptionItem], wanted: dict[str, Columns]
) -> list[SubscriptionItem]:
    """Bring a subscription's items in step and return them; one statement in all common cases."""
    by_id = {item.stripe_id: item for item in known}
    # An item that takes the place of another takes over its row.
    gone = [item for item in known if item.stripe_id not in wanted]
    kept: list[SubscriptionItem] = []
    made: list[SubscriptionItem] = []
    differing: list[SubscriptionItem] = []
    for stripe_id, columns_of_item in wanted.items():
        values = {"stripe_id": stripe_id, **columns_of_item}
        item = by_id.get(stripe_id) or (gone.pop() if gone else None)
        if item is None:
            made.append(SubscriptionItem(subscription=subscription, **values))
            continue
        kept.append(item)
        if any(getattr(item, name) != value for name, value in values.items()):
            vars(item).update(values)
            differing.append(item)
    names = ["stripe_id", *next(iter(wanted.values()), {})]
    if len(differing) == 1:
        # Nearly always; building the statement for several takes seven times as long.
        differing[0].save(update_fields=names)
    elif differing:
        SubscriptionItem.objects.bulk_update(differing, names)
    if made:
        SubscriptionItem.objects.bulk_create(made)
    if gone:
        SubscriptionItem.objects.filter(pk__in=[item.pk for item in gone]).delete()
    return [*kept, *made]
