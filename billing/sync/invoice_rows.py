"""An invoice into its row. Its status only ever moves on, so the order of arrival doesn't matter."""

from billing.models import Invoice
from billing.stripe_api.objects import StripeObject, project_invoice
from billing.sync.checkout_rows import complete_checkout
from billing.sync.customer_state import Books

# Source: https://docs.stripe.com/invoicing/overview#workflow-overview
RANKS = {"draft": 0, "open": 1, "uncollectible": 2, "void": 3, "paid": 4}


def apply_invoice(
    books: Books, invoice: StripeObject, *, created: int | None, failure: str = ""
) -> str:
    """Apply an invoice from an event of that second, or read from Stripe (None).

    `failure` is "failed" or "action_required" where the event tells of one. Returns "" or "older".
    """
    columns = project_invoice(invoice)
    row = books.invoices.get(str(invoice["id"]))
    is_news = row is None or is_newer(row, columns["status"], created)
    if row is None:
        row = Invoice(site=books.tenant.site, customer=books.customer, stripe_id=invoice["id"])
        books.invoices[row.stripe_id] = row
    if is_news:
        vars(row).update(columns)
        row.last_event = max(row.last_event, created or 0)
    if failure and created:
        note_failure(row, failure, created)
    if row.status == "paid":
        complete_checkout(books, row.subscription_id_at_stripe)
    if row.status == "paid" and created:
        books.paid.add(row.subscription_id_at_stripe)
    books.change(row)
    return "" if is_news or failure else "older"


def is_newer(row: Invoice, status: str, created: int | None) -> bool:
    """Return whether what is said goes further than what is known, or as far and later."""
    time = row.last_event if created is None else created
    return (RANKS.get(status, 1), time) >= (RANKS.get(row.status, 1), row.last_event)


def note_failure(row: Invoice, failure: str, created: int) -> None:
    """Keep the times of the first and the last, which are the same for every order of arrival."""
    if failure == "action_required":
        row.action_required_event = max(row.action_required_event, created)
        return
    row.failed_event = max(row.failed_event, created)
    row.first_failed_event = min(row.first_failed_event or created, created)
