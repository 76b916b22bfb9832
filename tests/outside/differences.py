"""Where a judge describes another day's Stripe than ours.

The SDK speaks 2026-10-28.endive, the description 2026-05-27.dahlia. Every line has its source; and
the SDK's own types, made from today's description, must confirm each line of the first three lists
(test_description.py), so that nothing is excused here that is a fault.
"""

CHANGELOG = "https://docs.stripe.com/changelog/"
PAUSE = CHANGELOG + "endive/2026-09-30/pause-subscription"
ALLOWED = CHANGELOG + "dahlia/2026-07-29/allowed-payment-method-types-parameter"

# Fields that objects have today: schema of the description -> field -> source.
ADDED_FIELDS: dict[str, dict[str, str]] = {
    "subscription": {"status_details": PAUSE},
    # Plans are gone from the description, but not from the wire: the SDK types them still.
    "subscription_item": {"plan": "stripe.SubscriptionItem.plan"},
    "recurring": {"trial_period_days": "stripe.Price.Recurring.trial_period_days"},
    "product": {"type": "stripe.Product.type"},
    "payment_intent": {"source": "stripe.PaymentIntent.source"},
    "portal_features": {
        "subscription_pause": "stripe.billing_portal.Configuration.Features.subscription_pause"
    },
    "dispute_evidence_details": {
        "submission_method": "stripe.Dispute.EvidenceDetails.submission_method"
    },
    "dispute_payment_method_details_card": {
        "network": "stripe.Dispute.PaymentMethodDetails.Card.network"
    },
}

# The SDK's name for a schema of the description that isn't an object of its own.
PARTS: dict[str, str] = {
    "recurring": "Price.Recurring",
    "portal_features": "billing_portal.Configuration.Features",
    "dispute_evidence_details": "Dispute.EvidenceDetails",
    "dispute_payment_method_details_card": "Dispute.PaymentMethodDetails.Card",
}

# Parameters that requests may have today: (method, path) -> parameter -> source. A parameter that
# the description knows in another shape stands here too.
ADDED_PARAMETERS: dict[tuple[str, str], dict[str, str]] = {
    ("POST", "/v1/payment_intents"): {"allowed_payment_method_types": ALLOWED},
    ("POST", "/v1/subscriptions/{subscription}/resume"): {
        "billing_cycle_anchor": PAUSE,
        "payment_behavior": PAUSE,
    },
}

# Operations that came since: (method, path) -> source.
ADDED_OPERATIONS: dict[tuple[str, str], str] = {
    ("POST", "/v1/subscriptions/{subscription}/pause"): PAUSE,
}

# What is listed by name in the description, and grows with each release: (path, parameter).
OPEN_LISTS: dict[tuple[str, str], str] = {
    ("/v1/webhook_endpoints", "api_version"): "the description can't know versions after its own",
}

# Stripe's command line (1.52.0) sends `payment_method_types`, which is refused since 2026-09-30;
# these are triggered with a version that takes it.
LAST_VERSION_WITH_PAYMENT_METHOD_TYPES = "2026-08-26.dahlia"
REMOVED = (
    CHANGELOG + "endive/2026-09-30/remove-payment-method-types-checkout-sessions",
    CHANGELOG + "endive/2026-09-30/"
    "removes-the-payment-method-types-parameter-from-payment-intents-and-setup-intents",
)
CLI_NEEDS_OLDER_VERSION: dict[str, str] = {
    "checkout.session.async_payment_succeeded": REMOVED[0],
    "checkout.session.async_payment_failed": REMOVED[0],
    "charge.dispute.created": REMOVED[1],
    "charge.refunded": REMOVED[1],
}
