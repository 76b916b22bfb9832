"""The one table of Stripe's statuses of a subscription: what each is, and what it comes to here.

A status that Stripe invents is a key and an entry here. Until it has one it grants nothing.
Source: https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses
"""

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from membership.states import Standing, Step, state_of

if TYPE_CHECKING:
    from billing.models import Invoice, Subscription


@dataclass(frozen=True)
class StatusEntry:
    """What a status is; by itself it comes to `standing`, for the reason `reason_code`.

    `grants` is the allowlist of rule B5. Stripe has a paid period for what `has_period`, and without
    one nobody knows how long access lasts. `is_owed`: a payment is due for what runs. It `runs` from
    its beginning to its end, also in a status that isn't known here. `rank` wins a tie within one
    second until Stripe is asked (rule W4): the more closed does, and `incomplete`, where a
    subscription begins and never comes back, loses.
    """

    label: str | Promise
    standing: Standing
    reason_code: str
    _: KW_ONLY
    grants: bool = False
    has_period: bool = False
    is_owed: bool = False
    runs: bool = True
    is_final: bool = False
    rank: int

    @property
    def is_trial(self) -> bool:
        return self.standing == Standing.TRIAL

    @property
    def step(self) -> Step:
        """What there is to do about it: the same as where it comes to."""
        return state_of(self.standing).step


class Status(StrEnum):
    """Stripe's own words."""

    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    INCOMPLETE = "incomplete"
    PAUSED = "paused"
    ACTIVE = "active"
    TRIALING = "trialing"
    CANCELED = "canceled"
    INCOMPLETE_EXPIRED = "incomplete_expired"


class Statuses(dict[str, StatusEntry]):
    """The entries by Stripe's word; of one that isn't known here, an entry that grants nothing."""

    def __missing__(self, status: str) -> StatusEntry:
        return replace(UNKNOWN_STATUS, label=status)


UNKNOWN_STATUS = StatusEntry("", Standing.ENDED, "unknown_status", rank=3)
# Of several subscriptions a member is shown the one whose status stands first here: what they can
# do something about.
STATUSES = Statuses(
    {
        Status.PAST_DUE: StatusEntry(
            _("Past due"),
            Standing.PAST_DUE,
            "subscription_past_due_in_grace",
            has_period=True,
            is_owed=True,
            rank=2,
        ),
        Status.UNPAID: StatusEntry(
            _("Unpaid"), Standing.PAST_DUE, "subscription_unpaid", is_owed=True, rank=3
        ),
        Status.INCOMPLETE: StatusEntry(
            _("Incomplete"), Standing.INCOMPLETE, "subscription_incomplete", runs=False, rank=0
        ),
        Status.PAUSED: StatusEntry(_("Paused"), Standing.PAUSED, "subscription_paused", rank=3),
        Status.ACTIVE: StatusEntry(
            _("Active"), Standing.PRO, "subscription_active", grants=True, has_period=True, rank=1
        ),
        Status.TRIALING: StatusEntry(
            _("Trial"),
            Standing.TRIAL,
            "subscription_trialing",
            grants=True,
            has_period=True,
            rank=1,
        ),
        Status.CANCELED: StatusEntry(
            _("Cancelled"),
            Standing.ENDED,
            "subscription_canceled",
            runs=False,
            is_final=True,
            rank=4,
        ),
        Status.INCOMPLETE_EXPIRED: StatusEntry(
            _("Incomplete, expired"),
            Standing.FREE,
            "subscription_incomplete_expired",
            runs=False,
            is_final=True,
            rank=4,
        ),
    }
)

FIRST_INVOICE = "subscription_create"
RENEWAL = "subscription_cycle"
# An invoice that asked for something and was settled: charged, outside Stripe or from the customer's
# balance. `is_payment` says the same of a row.
PAYMENT = {"status": "paid", "total__gt": 0}
# Stripe's two notices of one attempt, failed and to be confirmed, may be some seconds apart.
SAME_ATTEMPT = 60


def statuses(**facts: bool) -> list[str]:
    """Return the statuses whose entries say so, as `statuses(is_final=True)`, for a query."""
    return [
        key
        for key, entry in STATUSES.items()
        if all(getattr(entry, name) == fact for name, fact in facts.items())
    ]


def display_order(status: str) -> int:
    """Return the place in which a live subscription is shown; one that isn't known here is last."""
    return list(STATUSES).index(status) if status in STATUSES else len(STATUSES)


def is_payment(invoice: "Invoice") -> bool:
    """Return whether an invoice above zero was settled, in whatever way (rule B5)."""
    return invoice.status == "paid" and invoice.total > 0


def effective_status(
    subscription: "Subscription", invoices: "Iterable[Invoice]", *, customer_is_deleted: bool
) -> str:
    """Return the status that counts here, of what Stripe said of the subscription and its invoices.

    A deleted customer's subscriptions are over. A failed payment flags one that is active or in
    trial as past due, until the subscription's own event or a reading says otherwise (rule B10).
    """
    status = subscription.status_at_stripe
    if customer_is_deleted and not STATUSES[status].is_final:
        return Status.CANCELED
    if STATUSES[status].grants and any(
        flags_past_due(invoice, subscription) for invoice in invoices
    ):
        return Status.PAST_DUE
    return status


def flags_past_due(invoice: "Invoice", subscription: "Subscription") -> bool:
    """Return whether this invoice's failed payment is news to its subscription.

    A first invoice flags nothing: a declined first payment must not open the grace (rule B10).
    """
    return (
        invoice.subscription_id_at_stripe == subscription.stripe_id
        and invoice.status == "open"
        and invoice.billing_reason != FIRST_INVOICE
        and invoice.failed_event > 0
        and invoice.failed_event >= subscription.last_event
        and invoice.failed_event > subscription.read_up_to
    )
