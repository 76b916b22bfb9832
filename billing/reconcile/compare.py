"""One subscription of Stripe's list beside ours: in step, or under which heading?

And the other way round: rows of ours that Stripe's list didn't bring up, and members with two.
"""

import logging
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import stripe
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from billing.checkout.customer import link
from billing.models import CheckoutSession, Customer, Subscription
from billing.models.ledger import Heading
from billing.reconcile.report import Report
from billing.stripe_api.errors import StripeObjectMissing, StripeProblem, stripe_problems
from billing.stripe_api.objects import StripeObject, customer_of, project_subscription
from billing.stripe_api.values import UnusableObjectError
from billing.subscription_status import STATUSES
from billing.subscriptions.duplicates import members_with_two
from billing.sync.access import entitlement_of, settle_statuses, undecided
from billing.sync.customer_state import Books, open_books
from billing.sync.retrieve import plain, refresh_checkout_session, refresh_subscription
from billing.sync.settle import books_of
from billing.sync.subscription_rows import known_snapshot
from billing.tenant_billing import TenantBilling
from krate_site.domain_names import address_to_find
from membership.models import Membership, User
from membership.states import Standing

logger = logging.getLogger(__name__)
State = CheckoutSession.State
PORTION = 1000


@contextmanager
def carrying_on(report: Report, stripe_id: str) -> Iterator[None]:
    """Let one subscription that can't be compared keep no other from its turn."""
    try:
        yield
    except UnusableObjectError as problem:
        logger.warning("%s can't be compared: %s", stripe_id, problem)
        report.find(Heading.NOT_COMPARED, stripe_id)
    except StripeProblem:
        raise
    except Exception:
        logger.exception("%s couldn't be compared.", stripe_id)
        report.find(Heading.NOT_COMPARED, stripe_id)


def compare(
    tenant: TenantBilling,
    client: stripe.StripeClient,
    subscription: StripeObject,
    report: Report,
    *,
    fix: bool,
) -> None:
    """Compare one listed subscription with the rows; what differs is read again, one by one."""
    report.compared += 1
    customers = customers_of(tenant, customer_of(subscription))
    if not customers:
        if STATUSES[subscription["status"]].is_final or not sells_pro_by(tenant, subscription):
            return
        if not (fix and adopt(tenant, client, customer_of(subscription))):
            found_without_member(tenant, client, subscription, report)
            return
    elif is_in_step(tenant, customers, subscription):
        return
    examine(tenant, str(subscription["id"]), report, fix=fix)


def customers_of(tenant: TenantBilling, stripe_id: str) -> list[Customer]:
    """Return the member's customers, this one first; none where it isn't a member's."""
    of_site = Customer.objects.filter(site=tenant.site)
    user = of_site.filter(stripe_id=stripe_id, user__isnull=False).values("user")
    found = of_site.filter(user__in=user)
    return sorted(found, key=lambda customer: customer.stripe_id != stripe_id)


def is_in_step(
    tenant: TenantBilling, customers: Sequence[Customer], subscription: StripeObject
) -> bool:
    """Return whether rows and access say what the list says; looks without locking."""
    books = open_books(tenant, customers)
    row = books.subscriptions.get(str(subscription["id"]))
    if row is None or row.needs_sync or row.status != row.status_at_stripe:
        return False
    if known_snapshot(books, row) != project_subscription(subscription):
        return False
    unpaid = {one.subscription_id_at_stripe for one in books.checkouts.values()}
    if row.stripe_id in unpaid and not row.is_final:
        # Whether the checkout that began it is paid meanwhile, only its invoice tells.
        return False
    return access_is_in_step(books)


def access_is_in_step(books: Books) -> bool:
    """Return whether the membership's row says what the member's subscriptions come to."""
    settle_statuses(books)
    if books.changed or undecided(books):
        return False
    granted = entitlement_of(books, now=timezone.now())
    written = books.membership
    return bool(written) and (written["pro_until"], written["standing"]) == (
        granted.pro_until,
        granted.standing,
    )


def examine(tenant: TenantBilling, stripe_id: str, report: Report, *, fix: bool) -> None:
    """Read one subscription that differs, under the lock; repair it, or only look."""
    now = timezone.now()
    try:
        books = refresh_subscription(tenant, stripe_id, wait="command", dry_run=not fix)
    except StripeObjectMissing:
        report.find(Heading.NOT_AT_STRIPE, stripe_id)
        return
    if books is None:
        report.find(Heading.DIFFERENT, stripe_id)
        return
    if not books.is_changed:
        return
    until = books.membership.get("pro_until")
    before = until is not None and until > now
    after = books.granted is not None and books.granted.grants(now)
    heading = heading_of(before=before, after=after, is_new=stripe_id not in books.before)
    report.find(heading, stripe_id, repaired=fix)


def heading_of(*, before: bool, after: bool, is_new: bool) -> Heading:
    """Return the worst that the difference came to."""
    if after and not before:
        return Heading.PAID_WITHOUT_ACCESS
    if before and not after:
        return Heading.ACCESS_WITHOUT_PAYMENT
    return Heading.MISSING_ROWS if is_new else Heading.DIFFERENT


def sells_pro_by(tenant: TenantBilling, subscription: StripeObject) -> bool:
    """Return whether a subscription is for Pro."""
    items = project_subscription(subscription).items.values()
    return any(tenant.pro.include(item) for item in items)


def owner_at_stripe(
    tenant: TenantBilling, client: stripe.StripeClient, stripe_id: str
) -> User | None:
    """Return the member for whom we made this customer, by our mark and his address.

    Not by the user's id, which stands there too: after a restored backup it may be somebody else's.
    """
    try:
        with stripe_problems():
            customer = plain(client.v1.customers.retrieve(stripe_id))
    except StripeObjectMissing:
        return None
    marks: dict[str, Any] = customer.get("metadata") or {}
    if customer.get("deleted") or marks.get("site") != str(tenant.site.pk):
        return None
    email = address_to_find(str(customer.get("email") or ""))
    return User.objects.filter(email=email, memberships__site=tenant.site).first()


def adopt(tenant: TenantBilling, client: stripe.StripeClient, stripe_id: str) -> bool:
    """Link a customer that we made and never wrote down; return whether it is linked now."""
    user = owner_at_stripe(tenant, client, stripe_id)
    if user is None:
        return False
    livemode = bool(tenant.livemode)
    return link(tenant.site, user, stripe_id=stripe_id, livemode=livemode).stripe_id == stripe_id


def found_without_member(
    tenant: TenantBilling, client: stripe.StripeClient, subscription: StripeObject, report: Report
) -> None:
    """A member's customer that was never written down is drift; a stranger's is information."""
    user = owner_at_stripe(tenant, client, customer_of(subscription))
    grants = STATUSES[subscription["status"]].grants
    heading = Heading.PAID_WITHOUT_ACCESS if user and grants else Heading.WITHOUT_MEMBER
    report.find(heading, str(subscription["id"]))


def compare_local(
    tenant: TenantBilling, seen: Container[str], report: Report, *, fix: bool
) -> None:
    """Look at everything here that Stripe's list of subscriptions can't show; raises StripeProblem."""
    for subscription in live_rows(tenant):
        if subscription.stripe_id not in seen:
            with carrying_on(report, subscription.stripe_id):
                examine(tenant, subscription.stripe_id, report, fix=fix)
    for membership in unfounded_memberships(tenant):
        if fix:
            withdraw(tenant, membership)
        report.find(Heading.ACCESS_WITHOUT_PAYMENT, f"member {membership.user_id}", repaired=fix)
    for subscriptions in members_with_two(tenant):
        report.find(Heading.DUPLICATES, f"member {subscriptions[0].customer.user_id}")
    if fix:
        finish_checkouts(tenant)


def live_rows(tenant: TenantBilling) -> Iterator[Subscription]:
    """Return our subscriptions that aren't over, of the keys' own mode."""
    live = Subscription.objects.live().filter(site=tenant.site, livemode__in=tenant.modes)
    return by_portions(live.only("stripe_id"))


def unfounded_memberships(tenant: TenantBilling) -> Iterator[Membership]:
    """Return whoever is Pro by no subscription at all."""
    own = Subscription.objects.filter(site=tenant.site, customer__user=OuterRef("user"))
    return by_portions(
        Membership.objects.filter(~Exists(own), site=tenant.site, pro_until__gt=timezone.now())
    )


def by_portions(rows: QuerySet[Any]) -> Iterator[Any]:
    """Return all rows in the order of their keys, a portion in memory at a time.

    Each portion is a statement of its own, so that they may be changed meanwhile.
    """
    last = 0
    while portion := list(rows.filter(pk__gt=last).order_by("pk")[:PORTION]):
        yield from portion
        last = portion[-1].pk


def withdraw(tenant: TenantBilling, membership: Membership) -> None:
    """Take back access that nothing pays for; complimentary access isn't touched."""
    customer = Customer.objects.filter(site=tenant.site, user=membership.user_id).first()
    if customer:
        with books_of(tenant, customer.stripe_id):
            return
    Membership.objects.filter(pk=membership.pk).update(
        pro_until=None,
        standing=Standing.FREE,
        reason_code="never_subscribed",
        reason_params={},
    )


def finish_checkouts(tenant: TenantBilling) -> None:
    """Ask what became of checkouts that should have ended; raises StripeProblem."""
    of_tenant = CheckoutSession.objects.filter(site=tenant.site).exclude(stripe_id="")
    overdue = of_tenant.filter(state=State.OPEN, expires_at__lt=timezone.now())
    unfinished = overdue | of_tenant.awaited()
    for stripe_id in list(unfinished.values_list("stripe_id", flat=True)):
        try:
            refresh_checkout_session(tenant, stripe_id, wait="command")
        except StripeObjectMissing:
            CheckoutSession.objects.filter(site=tenant.site, stripe_id=stripe_id).update(
                state=State.EXPIRED
            )
        except UnusableObjectError as problem:
            logger.warning("What became of %s can't be read: %s", stripe_id, problem)
