"""Checkout sessions that Stripe made without our hearing of it, found again there (rule B7).

The answer was lost on its way, or was an error of Stripe's own. Each session carries its row's key.
"""

import stripe
from django.utils import timezone

from billing.models import CheckoutSession
from billing.models.checkout_session import MAY_BE_OPEN_FOR
from billing.stripe_api.errors import stripe_problems
from billing.sync.retrieve import plain


def find_others(client: stripe.StripeClient, chosen: CheckoutSession) -> list[CheckoutSession]:
    """Return the customer's other rows of which Stripe made a session after all, with its id.

    The id isn't written down. Stripe is asked only where there is a row without one. Raises
    StripeProblem.
    """
    rows = CheckoutSession.objects.filter(
        customer=chosen.customer_id,
        stripe_id="",
        created_at__gt=timezone.now() - MAY_BE_OPEN_FOR,
    ).exclude(pk=chosen.pk)
    unheard_of = {str(row.idempotency_key): row for row in rows}
    if not unheard_of:
        return []
    others = []
    for attempt, session in sessions_of(client, chosen.customer.stripe_id).items():
        if attempt in unheard_of:
            unheard_of[attempt].stripe_id = session.id
            others.append(unheard_of[attempt])
    return others


def sessions_of(client: stripe.StripeClient, customer: str) -> dict[str, stripe.checkout.Session]:
    """Return a customer's sessions, open or paid, by the keys of the rows they were made for.

    Raises StripeProblem.
    """
    with stripe_problems():
        listed = client.v1.checkout.sessions.list({"customer": customer, "limit": 100}).data
    return {
        (plain(session)["metadata"] or {}).get("attempt", ""): session
        for session in listed
        if session.status != "expired"
    }
