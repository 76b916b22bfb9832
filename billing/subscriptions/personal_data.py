"""What is kept about a person's payments, for himself: never a card number, since none is kept (R29)."""

from typing import Any

from billing.models import Customer, Invoice, Subscription
from membership.models import User


def payments_of(user: User) -> dict[str, Any]:
    """Return the person's customers, subscriptions and invoices at all tenants, ready for JSON."""
    mine = {"customer__user": user}
    return {
        "customers": [
            {
                "host": customer.site.hostname,
                "id_at_stripe": customer.stripe_id,
                "card_brand": customer.card_brand,
                "card_last_four": customer.card_last4,
                "since": customer.created_at,
            }
            for customer in Customer.objects.filter(user=user).select_related("site")
        ],
        "subscriptions": [
            {
                "host": subscription.site.hostname,
                "id_at_stripe": subscription.stripe_id,
                "status": subscription.status,
                "started": subscription.started_at,
                "period_end": subscription.current_period_end,
                "ended": subscription.ended_at,
                "bought": [
                    {
                        "price": item.price_id,
                        "amount": item.unit_amount,
                        "currency": item.currency,
                        "every": item.interval,
                    }
                    for item in subscription.items.all()
                ],
            }
            for subscription in Subscription.objects.filter(**mine)
            .select_related("site")
            .prefetch_related("items")
        ],
        "invoices": [
            {
                "host": invoice.site.hostname,
                "number": invoice.number,
                "date": invoice.created,
                "total": invoice.total,
                "currency": invoice.currency,
                "status": invoice.status,
            }
            for invoice in Invoice.objects.filter(**mine).select_related("site")
        ],
    }
