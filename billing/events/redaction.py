"""What is kept of an event's object: what the handlers read, and no name, address or card (W7)."""

from typing import Any

# An allowlist, so that whatever Stripe adds one day isn't kept either.
KEPT = frozenset(
    """
    id object status livemode created deleted type data
    customer subscription invoice charge payment_intent
    items has_more price plan product recurring interval interval_count quantity unit_amount currency
    current_period_start current_period_end start_date trial_end
    cancel_at cancel_at_period_end canceled_at ended_at cancellation_details
    pause_collection behavior
    latest_invoice default_payment_method invoice_settings
    number billing_reason total amount_due amount_paid amount_remaining
    period_start period_end attempted
    parent subscription_details subscription_item_details lines period start end proration
    payment_status mode amount amount_refunded refunded reason
    card brand display_brand last4 link sepa_debit us_bank_account bacs_debit au_becs_debit
    acss_debit nz_bank_account kr_card
    """.split()  # noqa: SIM905 - a list of sixty lines is no better to read
)


def redacted(value: Any) -> Any:
    """Return a copy of an event's object that has only the kept keys, at every depth."""
    if isinstance(value, dict):
        return {key: redacted(inner) for key, inner in value.items() if key in KEPT}
    if isinstance(value, list):
        return [redacted(inner) for inner in value]
    return value
