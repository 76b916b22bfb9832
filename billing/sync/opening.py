"""A member's books: open under the lock, applied to, settled and saved in one transaction."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import transaction

from billing.sync.books import Books, lock_customer, open_books
from billing.sync.settling import settle
from billing.tenant import Tenant


@contextmanager
def books_of(
    tenant: Tenant,
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
    commit the caller has `billing.sync.readings.settle_doubts` read what is in `to_read`. Who goes
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
