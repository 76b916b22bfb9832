"""Stripe's own command line triggers events; the sandbox delivers them; the product does right."""

import pytest

from billing.checkout.customer import customer_for
from billing.models import Notice, Subscription, WebhookEvent
from billing.stripe_api.client import stripe_client
from billing.webhooks.handlers import EVENT_TYPES, TENANT_NOTICES
from membership.models import Membership
from membership.states import Standing
from tests.factories import MembershipFactory
from tests.outside import differences
from tests.outside.stage import DAY, give_card
from tests.outside.stripe_cli import NOT_KNOWN_TO_IT

pytestmark = [
    pytest.mark.long,
    pytest.mark.postgresql,  # SQLite in memory has one connection for all of the server's threads
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(240),
]

KNOWN = [event for event in EVENT_TYPES if event not in NOT_KNOWN_TO_IT]
Outcome = WebhookEvent.Outcome


def test_R27_events_about_strangers_are_taken_in_and_change_nothing(live_shop, cli, sandbox):
    """Rules B10, W7; row R27: verified, answered 200, seen in the log, no member touched."""
    member = MembershipFactory(site=live_shop.site)
    for event in KNOWN:
        cli.trigger(event, *options_for(event))
    sandbox.advance(6 * DAY)  # bank debits settle
    assert sandbox.flush()

    emitted = {event["type"] for event in sandbox.events(live_shop.account)}
    assert set(KNOWN) - emitted == set()
    assert {delivery["state"] for delivery in sandbox.deliveries()} == {"succeeded"}
    expected = {event: outcome_for_a_stranger(event) for event in KNOWN}
    ledger = WebhookEvent.objects.filter(site=live_shop.site)
    assert {row.type: row.outcome for row in ledger if row.type in expected} == expected
    member.refresh_from_db()
    assert (member.standing, member.is_pro) == (Standing.FREE, False)
    assert not Membership.objects.pro().exists()
    assert not Subscription.objects.filter(customer__user__isnull=False).exists()
    told = Notice.objects.filter(site=live_shop.site, user=None).values_list("kind", flat=True)
    assert {Notice.Kind.DISPUTE, Notice.Kind.REFUND} <= set(told)


def outcome_for_a_stranger(event):
    """Kept until the customer is linked; its checkouts have none; the tenant hears of disputes."""
    if event in TENANT_NOTICES:
        return Outcome.APPLIED
    return Outcome.IGNORED if event.startswith("checkout.session.") else Outcome.WAITING


def options_for(event):
    """A version that still takes what the command line sends, where today's doesn't."""
    if event in differences.CLI_NEEDS_OLDER_VERSION:
        return ("--api-version", differences.LAST_VERSION_WITH_PAYMENT_METHOD_TYPES)
    return ()


# What the command line does to one of our members: event, options, how he stands after it.
# Its new price becomes one of the tenant's Pro product (rule B5).
OURS = ("--override", "subscription:customer={customer}", "--override", "price:product={product}")
BOUGHT = (
    "--override", "checkout_session:customer={customer}",
    "--override", "checkout_session:mode=subscription",
    "--remove", "checkout_session:payment_intent_data",
    "--override", "price:product={product}",
    "--add", "price:recurring[interval]=month",
)  # fmt: skip
BILLED = tuple(
    part
    for step in ("payment_method", "invoiceitem", "invoice")
    for part in ("--override", f"{step}:customer={{customer}}")
)
STORIES = {
    "subscribes": ("customer.subscription.created", OURS, Standing.PRO, True),
    "is changed": ("customer.subscription.updated", OURS, Standing.PRO, True),
    "is ended": ("customer.subscription.deleted", OURS, Standing.ENDED, False),
    "is paused": ("customer.subscription.paused", OURS, Standing.PAUSED, False),
    "tries": ("customer.subscription.trial_will_end", OURS, Standing.TRIAL, True),
    "checks out": ("checkout.session.completed", BOUGHT, Standing.PRO, True),
    "pays something else": ("invoice.paid", BILLED, Standing.FREE, False),
    "fails to pay something else": ("invoice.payment_failed", BILLED, Standing.FREE, False),
    "must confirm something else": (
        "invoice.payment_action_required", BILLED, Standing.FREE, False,
    ),
}  # fmt: skip


def test_B10_members_stand_as_the_triggered_events_leave_them(live_shop, cli, sandbox):
    """Rules B5, B10: whoever bought Pro has it, whoever paid for something else hasn't."""
    client = stripe_client(live_shop.settings)
    ended = {}
    for story, (event, options, _standing, _is_pro) in STORIES.items():
        membership = MembershipFactory(site=live_shop.site)
        customer = customer_for(live_shop.settings, membership.user, client).stripe_id
        if event != "customer.subscription.paused":
            give_card(live_shop.stripe, customer)
        names = {"customer": customer, "product": live_shop.product.id}
        cli.trigger(event, *(option.format(**names) for option in options))
        assert sandbox.flush()
        membership.refresh_from_db()
        ended[story] = (membership.standing, membership.is_pro)
        rows = WebhookEvent.objects.filter(type=event, customer_id_at_stripe=customer)
        assert [row.outcome for row in rows] in ([Outcome.APPLIED], [Outcome.IGNORED]), story
    assert ended == {story: (standing, pro) for story, (_, _, standing, pro) in STORIES.items()}
