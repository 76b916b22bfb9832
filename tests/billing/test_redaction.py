"""What the ledger keeps of an event: enough to apply it later as if it came now, and for how long (W7)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F

from billing.models import Notice, WebhookEvent
from billing.reconcile.daily import prune_events
from billing.stripe_api.objects import (
    customer_of,
    default_payment_method_of,
    project_card,
    project_invoice,
    project_subscription,
    subscription_of,
)
from billing.webhooks.event_log import redacted
from billing.webhooks.faults import fault_in
from tests.billing.stripe_objects import DAY

MEANINGS = {
    "customer": default_payment_method_of,
    "invoice": project_invoice,
    "payment_method": project_card,
    "subscription": project_subscription,
}


def test_W7_what_is_kept_of_an_event_means_what_all_of_it_meant(at_stripe):
    ended, failing = at_stripe.member(), at_stripe.member()
    at_stripe.stripe.v1.subscriptions.cancel(at_stripe.subscribe(ended))
    at_stripe.subscribe(failing)
    at_stripe.use_card(failing.customer, "pm_card_chargeCustomerFail")
    at_stripe.sandbox.advance(40 * DAY)
    seen = set()
    for event in at_stripe.events():
        told = event["data"]["object"]
        kept = redacted(told)
        for meaning in (customer_of, subscription_of, MEANINGS.get(told["object"], bool)):
            assert meaning(kept) == meaning(told), event["type"]
        # What a mail asks for, and that a handler can use it as well as before.
        assert kept.get("amount_remaining") == told.get("amount_remaining")
        assert fault_in(event["type"], kept, {}, livemode=False) == ""
        seen.add(told["object"])
    assert seen >= MEANINGS.keys()


@pytest.mark.database
def test_W7_bodies_go_after_thirty_days_and_rows_after_four_hundred(site, member):
    WebhookEvent.objects.create(
        site=site, event_id="evt_1", type="invoice.paid", created=1, outcome="applied",
        payload={"id": "in_1"},
    )  # fmt: skip
    Notice.objects.create(site=site, kind="welcome", about="sub_1", params={"until": "2027-05-03"})
    assert prune_events() == (0, 0)
    WebhookEvent.objects.update(received_at=F("received_at") - timedelta(days=31))
    Notice.objects.update(noted_at=F("noted_at") - timedelta(days=31), sent_at=F("noted_at"))
    assert prune_events() == (1, 0)
    assert WebhookEvent.objects.get().payload is None
    assert Notice.objects.get().params == {}
    with connection.execute_wrapper(note_rows(rows := [])):
        assert prune_events() == (0, 0)
    # What is empty isn't written again, day after day.
    assert rows == [0, 0]
    WebhookEvent.objects.update(received_at=F("received_at") - timedelta(days=400))
    assert prune_events() == (0, 1)


def note_rows(rows):
    """Return a wrapper that notes how many rows each UPDATE wrote."""

    def execute_and_note(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if sql.startswith("UPDATE"):
            rows.append(context["cursor"].rowcount)
        return result

    return execute_and_note
