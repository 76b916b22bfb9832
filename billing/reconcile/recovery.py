"""Events that Stripe couldn't deliver, fetched and applied as if they had come.

Source: https://docs.stripe.com/webhooks/process-undelivered-events
"""

from typing import Any

import stripe

from billing.errors import stripe_problems
from billing.events import EVENT_TYPES
from billing.events.applying import receive
from billing.events.event import MalformedEventError, event_from_json
from billing.models import WebhookEvent
from billing.sync.readings import plain
from billing.tenant import Tenant

# Stripe itself delivers again for three days; of what is older nobody wants mail.
OLD_NEWS = 3 * 86_400
Outcome = WebhookEvent.Outcome


def recover_events(tenant: Tenant, client: stripe.StripeClient) -> int:
    """Apply what Stripe couldn't deliver, in its order, and return how many; raises StripeProblem."""
    missing = undelivered(tenant, client)
    newest = max((int(event["created"]) for event in missing), default=0)
    recovered = 0
    for body in sorted(missing, key=lambda event: (event["created"], event["id"])):
        try:
            event = event_from_json(body)
        except MalformedEventError:
            continue
        outcome = receive(tenant, event, quiet=event.created < newest - OLD_NEWS)
        recovered += outcome not in ("duplicate", Outcome.FAILED)
    return recovered


def undelivered(tenant: Tenant, client: stripe.StripeClient) -> list[dict[str, Any]]:
    """Return the events of ours that Stripe couldn't deliver and the ledger doesn't have."""
    with stripe_problems():
        listed = client.v1.events.list(params={"delivery_success": False, "limit": 100})
        events = [plain(event) for event in listed.auto_paging_iter() if event.type in EVENT_TYPES]
    known = set(
        WebhookEvent.objects.filter(
            site=tenant.site, event_id__in=[event["id"] for event in events]
        )
        .exclude(outcome=Outcome.FAILED)
        .values_list("event_id", flat=True)
    )
    return [event for event in events if event["id"] not in known]
