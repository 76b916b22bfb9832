"""The checklist's evidence: what has happened, beside what Stripe answered when it was asked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.models import BillingSettings, CheckoutSession, WebhookEvent
from billing.setup.check_messages import STATES, Row
from billing.setup.checks import ATTENTION, INTERVALS, MISSING, WORKS
from billing.stripe_ids import Mode
from krate_site.formats import write_time

Outcome = WebhookEvent.Outcome
# Whoever pays may be back here before Stripe's event is; later than this, none is coming.
EVENTS_TAKE = timedelta(minutes=10)

# What to do about a line that nothing is known of yet.
FIRST_STEPS: dict[str, str | Promise] = {
    "keys": gettext_lazy("Copy both keys from Stripe into the form below and save."),
    "monthly_price_id": gettext_lazy(
        "Make the price at Stripe and enter its id below: it begins with price_."
    ),
    "annual_price_id": gettext_lazy(
        "Make the price at Stripe and enter its id below: it begins with price_."
    ),
    "webhook": gettext_lazy("Save the keys first; then the button below makes it."),
    "portal": gettext_lazy("Save the keys first; then it is looked at."),
}


@dataclass(frozen=True)
class EvidentRow(Row):
    """A line with a link to where the next step is taken, or the evidence seen."""

    url: str = ""
    link: str = ""


def with_evidence(
    rows: Iterable[Row], billing_settings: BillingSettings, mode: Mode | None
) -> Iterator[EvidentRow]:
    """Yield the lines with what has arrived and been paid so far, and the trial of it all last."""
    for row in rows:
        evident = EvidentRow(row.subject, row.title, row.state, row.state_words, row.words)
        # What Stripe was asked says itself what to do; of a price that isn't entered nobody asks.
        never_asked = billing_settings.checked_at is None or row.subject in INTERVALS
        if not mode or (row.state == MISSING and never_asked):
            step = str(FIRST_STEPS[row.subject])
            evident = replace(evident, words=f"{row.words} {step}" if row.words else step)
        if row.subject == "webhook":
            evident = with_events(evident, billing_settings, mode)
        yield evident
    yield trial_of_all(billing_settings, mode)


def with_events(
    row: EvidentRow, billing_settings: BillingSettings, mode: Mode | None
) -> EvidentRow:
    """Add when Stripe last told something, what of it failed, and whether something never came."""
    events = WebhookEvent.objects.filter(site=billing_settings.site_id)
    last = events.defer("payload").order_by("-received_at").first()
    failed = events.filter(outcome__in=WebhookEvent.FAILURES).count()
    paid = newest_checkout(billing_settings, mode, before=timezone.now() - EVENTS_TAKE)
    is_heard_of = not paid or (last is not None and last.received_at >= paid.created_at)
    if paid and row.state == WORKS and not is_heard_of and not failed:
        return unheard_of(row, paid)
    if last is None:
        if row.state != WORKS:
            return row
        told = _("No event has arrived yet; the first comes with the first checkout.")
        return replace(row, words=f"{row.words} {told}")
    told = _("Last event: %(type)s, %(when)s.") % {
        "type": last.type,
        "when": naturaltime(last.received_at),
    }
    events_url = reverse("billing_events:index")
    if not failed:
        return replace(row, words=f"{row.words} {told}", url=events_url, link=_("See all events"))
    failures = ngettext(
        "%(count)s event failed: look at it, and try it again.",
        "%(count)s events failed: look at them, and try them again.",
        failed,
    ) % {"count": failed}
    return replace(
        row,
        state=ATTENTION,
        state_words=str(STATES[ATTENTION]),
        words=f"{row.words} {told} {failures}",
        url=f"{events_url}?outcome={Outcome.DEAD if is_dead(billing_settings) else Outcome.FAILED}",
        link=_("See what failed"),
    )


def unheard_of(row: EvidentRow, paid: CheckoutSession) -> EvidentRow:
    """Return the line where somebody paid and Stripe's event of it never came through."""
    words = _(
        "Somebody paid on %(day)s, and no event has arrived since. The stored signing secret may be "
        "another endpoint's, or Stripe can't reach this address: Stripe shows its attempts beside "
        "the endpoint. The button below makes a new endpoint with its secret."
    ) % {"day": day_of(paid)}
    attention = str(STATES[ATTENTION])
    return replace(row, state=ATTENTION, state_words=attention, words=words)


def is_dead(billing_settings: BillingSettings) -> bool:
    """Return whether an event failed for good: those come before what is tried again."""
    events = WebhookEvent.objects.filter(site=billing_settings.site_id, outcome=Outcome.DEAD)
    return events.exists()


def trial_of_all(billing_settings: BillingSettings, mode: Mode | None) -> EvidentRow:
    """Return the last line: whether anybody has gone the whole way from the button to Pro."""
    title = _("First payment") if mode == "live" else _("Test checkout")
    if not mode:
        words = _("Finish what stands above; then try it as a member would.")
        return missing(title, words)
    completed = newest_checkout(billing_settings, mode, before=timezone.now())
    if completed is not None:
        words = _("Somebody went all the way from the button to Pro on %(day)s.")
        words %= {"day": day_of(completed)}
        return EvidentRow("checkout", title, WORKS, str(STATES[WORKS]), words)
    if mode == "live":
        words = _("Nobody has paid yet. Pay once yourself, and refund it in Stripe's dashboard.")
    else:
        words = _(
            "Nobody has tried it yet. Open the plan page as a member, and pay with the card "
            "4242 4242 4242 4242, any date to come and any number on the back."
        )
    return replace(missing(title, words), url=reverse("pro"), link=_("Open the plan page"))


def newest_checkout(
    billing_settings: BillingSettings, mode: Mode | None, *, before: datetime
) -> CheckoutSession | None:
    """Return the last way to Pro in this mode that was gone to its end, of those begun before."""
    completed = CheckoutSession.objects.filter(
        site=billing_settings.site_id,
        state=CheckoutSession.State.COMPLETE,
        customer__livemode=mode == "live",
        created_at__lt=before,
    )
    return completed.order_by("-pk").first()


def day_of(checkout: CheckoutSession) -> str:
    """Return when a checkout was begun, as a day."""
    return write_time(checkout.created_at)


def missing(title: str, words: str) -> EvidentRow:
    return EvidentRow("checkout", title, MISSING, str(STATES[MISSING]), words)
