"""Checks a tenant's saved settings against Stripe and writes down what was found (rule B2)."""

from collections.abc import Iterator
from functools import partial

import stripe
from django.db import transaction
from django.utils import timezone

from billing.models import CheckoutSession, SubscriptionItem
from billing.models.secrets import SecretUnreadableError, reveal
from billing.models.settings import BillingSettings, Price
from billing.setup import checks
from billing.setup.checks import Finding, PriceFacts
from billing.setup.webhook_endpoint import webhook_url
from billing.stripe_api.client import stripe_client
from billing.stripe_api.errors import BillingNotConfigured
from billing.webhooks import EVENT_TYPES
from billing.webhooks.signing_secrets import current_secret

PRICE_FIELDS = tuple(checks.INTERVALS)


def inspect(billing_settings: BillingSettings, *, reachable: bool = True) -> None:
    """Ask Stripe about everything that is set, and store the findings and the prices' amounts.

    Whoever just waited for Stripe in vain says so by `reachable`, and nobody waits again.
    """
    facts: dict[str, PriceFacts] = {}
    try:
        client = stripe_client(billing_settings)
    except BillingNotConfigured:
        findings = list(findings_without_client(billing_settings))
    else:
        if reachable:
            findings = list(findings_of(billing_settings, client, facts))
        else:
            findings = list(findings_unknown(billing_settings, "unreachable"))
    with transaction.atomic():
        BillingSettings.objects.filter(pk=billing_settings.pk).update(
            findings=[finding.as_json() for finding in findings], checked_at=timezone.now()
        )
        remember_prices(billing_settings, facts, findings)
    billing_settings.refresh_from_db(fields=["findings", "checked_at"])


def findings_without_client(billing_settings: BillingSettings) -> Iterator[Finding]:
    """Yield what can be said without a usable key."""
    try:
        reveal(billing_settings, "secret_key")
    except SecretUnreadableError:
        yield Finding(subject="keys", state=checks.ATTENTION, code="key_unreadable")
    finding = secret_finding(billing_settings)
    if finding:
        yield finding


def findings_of(
    billing_settings: BillingSettings,
    client: stripe.StripeClient,
    facts: dict[str, PriceFacts],
) -> Iterator[Finding]:
    """Yield one finding a subject; stops asking once Stripe can't be reached."""
    keys = checks.ask("keys", lambda: checks.check_keys(client))
    if not keys.works:
        yield from findings_unknown(billing_settings, keys.code)
        yield keys
        return
    yield keys
    yield from findings_of_prices(billing_settings, client, facts)
    yield checks.ask("webhook", lambda: webhook_finding(billing_settings, client))
    price_ids = [fact.stripe_id for fact in facts.values()]
    yield checks.ask("portal", lambda: checks.check_portal(client, price_ids=price_ids))


def findings_unknown(billing_settings: BillingSettings, code: str) -> Iterator[Finding]:
    """Yield for each subject that nobody could look, and why; but what is wrong here is known."""
    prices = [name for name in PRICE_FIELDS if getattr(billing_settings, name)]
    for subject in ("keys", *prices, "portal"):
        yield Finding(subject=subject, state=checks.UNKNOWN, code=code)
    unknown = Finding(subject="webhook", state=checks.UNKNOWN, code=code)
    yield secret_finding(billing_settings) or unknown


def findings_of_prices(
    billing_settings: BillingSettings,
    client: stripe.StripeClient,
    facts: dict[str, PriceFacts],
) -> Iterator[Finding]:
    """Yield a finding for each price that is set; `facts` gets those that can be sold."""
    found: dict[str, Finding] = {}

    def look(name: str) -> Finding:
        read = checks.read_price(client, getattr(billing_settings, name))
        finding = checks.check_price(name, read)
        if finding.works:
            facts[name] = read
        return finding

    for name in PRICE_FIELDS:
        if getattr(billing_settings, name):
            found[name] = checks.ask(name, partial(look, name))
    if len(facts) == len(PRICE_FIELDS):
        mismatch = checks.check_price_pair(*(facts[name] for name in PRICE_FIELDS))
        if mismatch:
            found[mismatch.subject] = mismatch
            del facts[mismatch.subject]
    yield from found.values()


def webhook_finding(billing_settings: BillingSettings, client: stripe.StripeClient) -> Finding:
    """Return whether the endpoint is there and its secret counts; raises StripeProblem."""
    return secret_finding(billing_settings) or checks.check_webhook(
        client,
        url=webhook_url(billing_settings.site),
        events=EVENT_TYPES,
        has_secret=bool(reveal(billing_settings, "webhook_secret")),
    )


def secret_finding(billing_settings: BillingSettings) -> Finding | None:
    """Return why the stored signing secret verifies no event that counts, None where it may."""
    try:
        secret, mode = current_secret(billing_settings), billing_settings.mode
    except SecretUnreadableError:
        return Finding(subject="webhook", state=checks.ATTENTION, code="key_unreadable")
    if secret is None or mode in (None, secret.mode):
        return None
    code = f"{secret.mode}_secret_beside_{mode}_keys"
    return Finding(subject="webhook", state=checks.ATTENTION, code=code)


def remember_prices(
    billing_settings: BillingSettings,
    facts: dict[str, PriceFacts],
    findings: list[Finding],
) -> None:
    """Keep a row for each price that Pro is sold by, with what Stripe said of it.

    A price that Stripe says can't be sold is forgotten, and so is one that was replaced before
    anybody bought it: whatever is here makes members (rule B5).
    """
    for fact in facts.values():
        Price.objects.update_or_create(
            site=billing_settings.site,
            stripe_id=fact.stripe_id,
            defaults={
                "product_id": fact.product_id,
                "unit_amount": fact.unit_amount,
                "currency": fact.currency,
                "interval": fact.interval,
                "livemode": fact.livemode,
                "checked_at": timezone.now(),
            },
        )
    refused = {
        finding.subject
        for finding in findings
        if finding.state == checks.ATTENTION and finding.code not in checks.SAY_NOTHING_OF_PRICES
    }
    current = {getattr(billing_settings, name) for name in PRICE_FIELDS if name not in refused} - {
        ""
    }
    site = billing_settings.site
    sold = SubscriptionItem.objects.filter(subscription__site=site).values("price_id")
    offered = CheckoutSession.objects.filter(site=site).values("price_id")
    Price.objects.filter(site=site).exclude(stripe_id__in=current).exclude(
        stripe_id__in=sold
    ).exclude(stripe_id__in=offered).delete()
