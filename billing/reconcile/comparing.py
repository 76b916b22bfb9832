"""One subscription of Stripe's list beside ours: in step, or under which heading?"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import stripe
from django.utils import timezone

from billing.customers import link
from billing.errors import StripeObjectMissing, StripeProblem, stripe_problems
from billing.models import Customer
from billing.projection import StripeObject, customer_of, project_subscription
from billing.reconcile.report import Heading, Report
from billing.status import is_final
from billing.stripe_values import UnusableObjectError
from billing.sync.books import Books, open_books
from billing.sync.readings import plain, refresh_subscription
from billing.sync.settling import entitlement_of, settle_statuses, undecided
from billing.sync.subscriptions import known_snapshot
from billing.tenant import Tenant
from krate_site.domain_names import address_to_find
from membership.models import User

logger = logging.getLogger(__name__)


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
    tenant: Tenant,
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
        if is_final(subscription["status"]) or not sells_pro_by(tenant, subscription):
            return
        if not (fix and adopt(tenant, client, customer_of(subscription))):
            found_without_member(tenant, client, subscription, report)
            return
    elif is_in_step(tenant, customers, subscription):
        return
    examine(tenant, str(subscription["id"]), report, fix=fix)


def customers_of(tenant: Tenant, stripe_id: str) -> list[Customer]:
    """Return the member's customers, this one first; none where it isn't a member's."""
    of_site = Customer.objects.filter(site=tenant.site)
    user = of_site.filter(stripe_id=stripe_id, user__isnull=False).values("user")
    found = of_site.filter(user__in=user)
    return sorted(found, key=lambda customer: customer.stripe_id != stripe_id)


def is_in_step(tenant: Tenant, customers: Sequence[Customer], subscription: StripeObject) -> bool:
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


def examine(tenant: Tenant, stripe_id: str, report: Report, *, fix: bool) -> None:
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


def sells_pro_by(tenant: Tenant, subscription: StripeObject) -> bool:
    """Return whether a subscription is for Pro."""
    items = project_subscription(subscription).items.values()
    return any(tenant.pro.include(item) for item in items)


def owner_at_stripe(tenant: Tenant, client: stripe.StripeClient, stripe_id: str) -> User | None:
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


def adopt(tenant: Tenant, client: stripe.StripeClient, stripe_id: str) -> bool:
    """Link a customer that we made and never wrote down; return whether it is linked now."""
    user = owner_at_stripe(tenant, client, stripe_id)
    if user is None:
        return False
    livemode = bool(tenant.livemode)
    return link(tenant.site, user, stripe_id=stripe_id, livemode=livemode).stripe_id == stripe_id


def found_without_member(
    tenant: Tenant, client: stripe.StripeClient, subscription: StripeObject, report: Report
) -> None:
    """A member's customer that was never written down is drift; a stranger's is information."""
    user = owner_at_stripe(tenant, client, customer_of(subscription))
    grants = subscription["status"] in ("active", "trialing")
    heading = Heading.PAID_WITHOUT_ACCESS if user and grants else Heading.WITHOUT_MEMBER
    report.find(heading, str(subscription["id"]))
