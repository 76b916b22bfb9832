"""A Checkout session into its row. Like an invoice it only moves on."""

from billing.models import CheckoutSession
from billing.stripe_api.objects import StripeObject
from billing.stripe_api.values import id_of
from billing.sync.customer_state import Books

State = CheckoutSession.State
RANKS: dict[str, int] = {
    State.CREATING: 0,
    State.OPEN: 1,
    State.EXPIRED: 2,
    State.PENDING: 3,
    State.FAILED: 4,
    State.COMPLETE: 5,
}
PAID = ("paid", "no_payment_required")


def state_of(session: StripeObject, *, failed: bool = False) -> str:
    """Return our state of Stripe's session: complete only where it is paid, or nothing is due.

    Any other payment status than these two is still to be paid (rule G7).

    Source: https://docs.stripe.com/api/checkout/sessions/object#checkout_session_object-payment_status
    """
    if failed:
        return State.FAILED
    if session.get("status") == "expired":
        return State.EXPIRED
    if session.get("status") == "open":
        return State.OPEN
    return State.COMPLETE if session.get("payment_status") in PAID else State.PENDING


def apply_checkout_session(books: Books, session: StripeObject, *, failed: bool = False) -> str:
    """Apply a session that we made; return "" or why not: "not_ours", "older"."""
    stripe_id = str(session["id"])
    ours = CheckoutSession.objects.filter(site=books.tenant.site, stripe_id=stripe_id)
    row = books.checkouts.get(stripe_id) or ours.first()
    if row is None or row.customer_id not in books.customers:
        return "not_ours"
    state = state_of(session, failed=failed)
    if RANKS[state] <= RANKS[row.state]:
        return "older"
    row.state = state
    row.subscription_id_at_stripe = id_of(session, "subscription")
    books.checkouts[row.stripe_id] = row
    books.change(row)
    return ""


def complete_checkout(books: Books, subscription_id: str) -> None:
    """A paid invoice ends the wait of the checkout that began its subscription."""
    for row in books.checkouts.values():
        if row.subscription_id_at_stripe == subscription_id and row.state != State.COMPLETE:
            row.state = State.COMPLETE
            books.change(row)
