"""Events that Stripe couldn't deliver, fetched and applied as if they had come.

Source: https://docs.stripe.com/webhooks/process-undelivered-events
"""

from itertools import islice
from typing import Any

import stripe

from billing.errors import stripe_problems
from billing.events import EVENT_TYPES
from billing.events.applying import receive
from billing.events.event import MalformedEventError, event_from_json
from billing.models import WebhookEvent
from billing.reconcile.on_disk import Backlog
from billing.sync.readings import plain
from billing.tenant import Tenant

# Stripe itself delivers again for three days; of what is older nobody wants mail.
OLD_NEWS = 3 * 86_400
PORTION = 100
Outcome = WebhookEvent.Outcome


def recover_events(tenant: Tenant, client: stripe.StripeClient) -> int:
    """Apply what Stripe couldn't deliver, in its order, and return how many; raises StripeProblem."""
    missing = undelivered(tenant, client)
    newest = missing.newest
    recovered = 0
    for body in missing:
        try:
            event = event_from_json(body)
        except MalformedEventError:
            continue
        outcome = receive(tenant, event, quiet=event.created < newest - OLD_NEWS)
        recovered += outcome not in ("duplicate", Outcome.FAILED)
    return recovered


def undelivered(tenant: Tenant, client: stripe.StripeClient) -> Backlog:
    """Return the events of ours that Stripe couldn't deliver and the ledger doesn't have."""
    missing = Backlog()
    with stripe_problems():
        listed = client.v1.events.list(params={"delivery_success": False, "limit": 100})
        events = (event for event in listed.auto_paging_iter() if event.type in EVENT_TYPES)
        while portion := [plain(event) for event in islice(events, PORTION)]:
            missing.add(not_in_ledger(tenant, portion))
    return missing


def not_in_ledger(tenant: Tenant, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return those of these events that weren't taken in yet, or failed."""
    ids = [event["id"] for event in events]
    known = set(
        WebhookEvent.objects.filter(site=tenant.site, event_id__in=ids)
        .exclude(outcome=Outcome.FAILED)
        .values_list("event_id", flat=True)
    )
    return [event for event in events if event["id"] not in known]
