"""The step from test mode to live: guarded by the same checks, all of which must be answered.

An ordinary save goes through while Stripe can't be reached (rule B2). Not this one: from then on
readers pay with real money, so that nothing may be left to luck. The step back wants a confirmation
where members pay with real money: none of their subscriptions counts beside test keys.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import stripe
from django.utils.translation import gettext as _

from billing.models import BillingSettings
from billing.setup import checks
from billing.setup.check_messages import describe
from billing.setup.checks import INTERVALS, PriceFacts
from billing.stripe_ids import Mode
from billing.subscriptions.revenue import pro_items
from billing.tenant_billing import load_tenant

# What a portal may not be like where people pay: they must be able to leave, and lose no paid day.
FORBIDDING = frozenset({"portal_missing", "portal_without_cancel", "portal_cancels_at_once"})


def goes_live(instance: BillingSettings, mode: Mode | None) -> bool:
    """Return whether saving keys of this mode is the step to live."""
    return mode == "live" and stored_mode(instance) != "live"


def leaves_live(instance: BillingSettings, mode: Mode | None) -> bool:
    """Return whether saving keys of this mode is the step back to test mode."""
    return mode == "test" and stored_mode(instance) == "live"


def stored_mode(instance: BillingSettings) -> Mode | None:
    """Return the mode of the keys that are stored now, None where there are none to read."""
    stored = BillingSettings.objects.filter(pk=instance.pk).first()
    return stored.readable_mode if stored else None


def members_who_really_pay(instance: BillingSettings) -> int:
    """Return how many members would lose Pro, and be charged all the same, by keys of test mode."""
    paying = pro_items(load_tenant(instance.site))
    return paying.values("subscription__customer__user").distinct().count()


def objections(
    client: stripe.StripeClient,
    entered: Mapping[str, Any],
    facts: Mapping[str, PriceFacts],
    *,
    answered: bool,
) -> Iterator[str]:
    """Yield in words, each with the next step, what keeps a tenant from going live."""
    if not answered:
        yield _(
            "Stripe couldn't be reached. Going live needs its answers, so nothing was saved. Try "
            "again later."
        )
        return
    if not entered.get("publishable_key"):
        yield _("Enter the publishable key of live mode, too.")
    wanted = {name for name in INTERVALS if entered.get(name)}
    if not wanted:
        yield _("Enter at least one price of live mode: prices of test mode don't exist there.")
    if wanted - set(facts):
        yield _(
            "Stripe didn't confirm the prices. Give the restricted key read access to prices and "
            "products."
        )
    price_ids = [fact.stripe_id for fact in facts.values()]
    portal = checks.ask("portal", lambda: checks.check_portal(client, price_ids=price_ids))
    if portal.code in FORBIDDING or portal.state == checks.UNKNOWN:
        yield _("Customer portal of live mode: %(finding)s") % {
            "finding": describe(portal.code, portal.params)
        }
