"""A member's books: open under the lock, applied to, settled and saved in one transaction.

`recompute_memberships` does so for all members, after the tenant changed prices, policies or keys.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import transaction
from wagtail.models import Site

from billing.models import Customer
from billing.sync.access import settle
from billing.sync.customer_state import Books, lock_customer, open_books
from billing.tenant_billing import TenantBilling, load_tenant


@contextmanager
def books_of(
    tenant: TenantBilling,
    customer_id: str,
    *,
    livemode: bool = False,
    invoices: Collection[str] = (),
    quiet: bool = False,
    dry_run: bool = False,
    savepoint: bool = True,
) -> Iterator[Books]:
    """Open the books of a customer and of whatever else is the same member's.

    `invoices` are those that will be applied; `quiet` tells the member nothing, since the news is
    old. On leaving they are settled and saved, in a `dry_run` only to be looked at; after the
    commit the caller has `billing.sync.retrieve.settle_doubts` read what is in `to_read`. Who goes
    on after no error, but rolls back his own transaction, needs no `savepoint`.
    """
    with transaction.atomic(savepoint=savepoint):
        customers = lock_customer(tenant, customer_id, livemode=livemode)
        books = open_books(tenant, customers, invoices=invoices)
        yield books
        if quiet:
            books.notices.clear()
        books.granted = settle(books, quiet=quiet)
        if dry_run:
            transaction.set_rollback(True)


def recompute_memberships(site: Site) -> int:
    """Bring every member's access in step with the tenant's settings of now; return how many.

    One short transaction a member, so that it is safe beside live traffic. Calls nobody.
    """
    count = 0
    for stripe_id in customers_of_members(site):
        # Anew for each: settings may change again meanwhile, and this run end after the newer one.
        with books_of(load_tenant(site), stripe_id):
            count += 1
    return count


def customers_of_members(site: Site) -> Iterator[str]:
    """Return the customers who are members and ever subscribed."""
    customers = Customer.objects.filter(
        site=site, user__isnull=False, subscriptions__isnull=False
    ).distinct()
    return customers.values_list("stripe_id", flat=True).iterator()
