"""Puts what `billing.setup.checks` found in words that a tenant admin can act on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.money import format_money

SUBJECTS: dict[str, str | Promise] = {
    "keys": _("Keys"),
    "monthly_price_id": _("Monthly price"),
    "annual_price_id": _("Annual price"),
    "webhook": _("Webhook"),
    "portal": _("Customer portal"),
}

STATES: dict[str, str | Promise] = {
    "works": _("Works"),
    "attention": _("Needs attention"),
    "missing": _("Not yet"),
    "unknown": _("Not checked"),
}

WORDS: dict[str, str | Promise] = {
    "nothing_yet": _("Nothing is entered yet."),
    "key_works": _("Stripe accepts the key. It belongs to the account “%(account)s”."),
    "key_accepted": _("Stripe accepts the restricted key."),
    "key_refused": _(
        "Stripe refuses the secret key. Copy it again from Developers → API keys at Stripe; "
        "it may have been rolled or revoked."
    ),
    "key_not_permitted": _(
        "The restricted key may not read this. Give it read access at Stripe, or check it there."
    ),
    "key_unreadable": _(
        "The stored key can't be decrypted on this server. Enter it again, or ask the operator "
        "about KRATE_ENCRYPTION_KEYS."
    ),
    "price_works": _("“%(product)s” for %(money)s a %(wanted_word)s."),
    "price_one_time": _("%(price)s is charged once. Choose a recurring price."),
    "price_interval": _(
        "%(price)s is charged every %(every)s. Here belongs a price that is charged every "
        "%(wanted_word)s."
    ),
    "price_archived": _("%(price)s is archived at Stripe. Activate it there or choose another."),
    "product_archived": _(
        "The product “%(product)s” of %(price)s is archived at Stripe. Activate it there."
    ),
    "price_not_fixed": _(
        "%(price)s has no fixed amount. Choose a price with one amount for each period."
    ),
    "prices_of_two_products": _(
        "The monthly price belongs to “%(monthly)s”, the annual price to “%(annual)s”. "
        "Both must be prices of one product, so that members can switch between them."
    ),
    "prices_of_two_currencies": _(
        "The monthly price is in %(monthly)s, the annual price in %(annual)s. "
        "Both must be in one currency, so that members can switch between them."
    ),
    "not_found": _(
        "Stripe knows no such price with this key. Compare the id, and whether it is of the same "
        "account and of the same mode, test or live."
    ),
    "endpoint_works": _("Stripe tells this site what happens, and the signing secret is stored."),
    "endpoint_missing": _(
        "Stripe has no webhook endpoint for %(url)s yet. Create it with the button below."
    ),
    "endpoint_by_hand": _(
        "A signing secret is stored, but Stripe has no webhook endpoint for %(url)s. Compare the "
        "address at Stripe, or create the endpoint with the button below."
    ),
    "endpoint_disabled": _("The webhook endpoint is disabled at Stripe. Enable it there."),
    "endpoint_lacks_events": _("The webhook endpoint doesn't send these events yet: %(events)s."),
    "endpoint_without_secret": _(
        "The webhook endpoint exists, but its signing secret isn't stored here. Copy it from "
        "Stripe, or make a new endpoint with the button below."
    ),
    "test_secret_beside_live_keys": _(
        "The keys are of live mode, but the stored signing secret was saved for test mode, so "
        "Stripe's events are refused. Create the webhook endpoint with the button below, or enter "
        "the signing secret of your endpoint of live mode."
    ),
    "live_secret_beside_test_keys": _(
        "The keys are of test mode, but the stored signing secret was saved for live mode, so "
        "Stripe's events are refused. Create the webhook endpoint with the button below, or enter "
        "the signing secret of your endpoint of test mode."
    ),
    "portal_works": _("Members can update their card, switch, cancel and see invoices."),
    "portal_missing": _(
        "The customer portal has no configuration yet. Save one at Stripe under "
        "Settings → Billing → Customer portal."
    ),
    "portal_cancels_at_once": _(
        "The portal cancels at once, so that members lose days that they paid for. Choose "
        "“Cancel at end of billing period” at Stripe."
    ),
    "portal_without_cancel": _("Members can't cancel in the portal. Allow it at Stripe."),
    "portal_without_card": _("Members can't update their card in the portal. Allow it at Stripe."),
    "portal_without_invoices": _("The portal doesn't list invoices. Allow it at Stripe."),
    "portal_without_switch": _(
        "Members can't switch between the monthly and the annual price in the portal. Allow it at "
        "Stripe and add both prices there."
    ),
    "unreachable": _("Stripe couldn't be reached, so this wasn't checked. Check again later."),
}

# With one of these, all of Stripe's events are refused.
REFUSE_EVENTS = frozenset({"test_secret_beside_live_keys", "live_secret_beside_test_keys"})

PERIODS: dict[str, str | Promise] = {
    "day": _("day"),
    "week": _("week"),
    "month": _("month"),
    "year": _("year"),
}


@dataclass(frozen=True)
class Row:
    """One line of the checklist as the settings panel shows it."""

    subject: str
    title: str
    state: str
    state_words: str
    words: str

    @property
    def works(self) -> bool:
        return self.state == "works"


def checklist(findings: Iterable[dict[str, Any]]) -> list[Row]:
    """Return one row for each subject, in order; what wasn't looked at is "not yet"."""
    found = {finding["subject"]: finding for finding in findings}
    nothing = {"state": "missing", "code": "nothing_yet", "params": {}}
    return [
        Row(
            subject,
            str(title),
            finding["state"],
            str(STATES[finding["state"]]),
            describe(finding["code"], finding["params"]),
        )
        for subject, title in SUBJECTS.items()
        for finding in [found.get(subject, nothing)]
    ]


def describe(code: str, params: dict[str, Any]) -> str:
    """Return a finding in words, in the language of whoever reads it."""
    words = dict(params)
    if params.get("amount") is not None:
        words["money"] = format_money(params["amount"], params["currency"])
    if "interval" in params:
        period = PERIODS.get(params["interval"], params["interval"])
        count = params["count"]
        words["every"] = f"{count} × {period}" if count > 1 else str(period)
        words["wanted_word"] = str(PERIODS[params["wanted"]])
    return str(WORDS[code]) % words
