"""Every state that a reader can be in with a tenant's Pro plan, and the words that it has alone."""

from collections.abc import Callable
from dataclasses import dataclass

from membership.models import User
from tests.arrangements import (
    DAY,
    TERM,
    began_to_pay,
    billing_off,
    complimentary,
    debit_under_way,
    ended,
    first_payment,
    member,
    past_due,
    paused_unpaid,
    running,
    trial_declined,
)
from tests.selling import Shop


@dataclass(frozen=True, kw_only=True)
class State:
    """A state, and the words that no other state has: of the wall ("" for none), `/pro/`, `/account/`.

    `leads_to` is the path of the wall's button, and `masthead` what that of a gated page offers, "" for
    nothing.
    """

    name: str
    arrange: Callable[[Shop, User], object]
    wall: str
    pro: str
    account: str
    leads_to: str = ""
    masthead: str = ""
    is_visitor: bool = False
    stripe_is_away: bool = False


STATES = (
    State(name="anonymous", arrange=lambda shop, user: None, is_visitor=True,
          wall="Create an account, choose monthly or annual", pro="Already a member?",
          account="Sign in to The Courier", masthead="Subscribe", leads_to="/accounts/signup/"),
    State(name="free", arrange=member, wall="Your account is ready", pro="You are signed in as",
          account="Pro opens every article: €9.00 a month, or €90.00 a year.",
          masthead="Subscribe", leads_to="/pro/"),
    State(name="trial", arrange=running("trialing"), wall="",
          pro="Your free trial of Pro is running", account="First charge"),
    State(name="monthly", arrange=running(), wall="", pro="Pro, monthly · €9.00 a month",
          account="Switch to annual"),
    State(name="annual", arrange=running(annual=True), wall="",
          pro="Pro, annual · €90.00 a year", account="Switch to monthly"),
    State(name="fixed-term", arrange=running(**TERM), wall="",
          pro="it renews by itself until the subscription ends on", account="Ends on"),
    State(name="to-be-cancelled", arrange=running(cancel_at_period_end=True), wall="",
          pro="Your Pro membership is set to end", account="Last day"),
    State(name="ended", arrange=ended("cancellation_requested"),
          wall="Your Pro membership has ended", pro="The subscription ended on",
          account="Renew Pro", masthead="Renew", leads_to="/pro/"),
    State(name="ended-unpaid", arrange=ended("payment_failed"),
          wall="Your Pro membership has ended", pro="because its payment failed for good",
          account="because its payment failed for good", masthead="Renew", leads_to="/pro/"),
    State(name="disputed", arrange=ended("payment_disputed"),
          wall="Your Pro membership has ended", pro="was disputed at the bank",
          account="was disputed at the bank", masthead="Renew", leads_to="/pro/"),
    State(name="past-due", arrange=past_due(), wall="", pro="access ends on",
          account="Your Pro membership waits for a payment", masthead="Pay"),
    State(name="past-due-grace-over", arrange=past_due(since=-18 * DAY),
          wall="A payment for your Pro membership failed", pro="Pro has stopped",
          account="Pro has stopped", masthead="Pay", leads_to="/account/"),
    State(name="trial-declined", arrange=trial_declined,
          wall="A payment for your Pro membership failed", pro="The first charge failed",
          account="The first charge failed", masthead="Pay", leads_to="/account/"),
    State(name="confirmation-needed", arrange=first_payment(asks=True),
          wall="Your bank asks you to confirm a payment", pro="Confirm the payment",
          account="Confirm the payment", masthead="Confirm", leads_to="/account/"),
    State(name="incomplete", arrange=first_payment(asks=False),
          wall="Your first payment isn't completed", pro="so nothing was charged yet",
          account="so nothing was charged yet", leads_to="/pro/"),
    State(name="pending", arrange=debit_under_way("incomplete"), wall="Your payment is on its way",
          pro="Pro starts when the payment arrives", account="Pro starts when the payment arrives",
          leads_to="/account/"),
    State(name="paused", arrange=running("paused"), wall="Your Pro membership is paused",
          pro="€9.00 is due now", account="€9.00 is due now", leads_to="/account/"),
    State(name="paused-unpaid", arrange=paused_unpaid, wall="Your Pro membership is paused",
          pro="An invoice of €9.00 is to be paid first", account="Pay now", leads_to="/account/"),
    State(name="complimentary", arrange=complimentary(), wall="", pro="as our guest",
          account="as our guest"),
    # Two things at once
    State(name="trial-for-a-term", arrange=running("trialing", **TERM), wall="",
          pro="Your free trial of Pro is running", account="Ends on"),
    State(name="past-due-in-a-term", arrange=past_due(**TERM), wall="",
          pro="Your Pro membership waits for a payment", account="Keep the subscription",
          masthead="Pay"),
    State(name="past-due-to-be-cancelled", arrange=past_due(cancel_at_period_end=True), wall="",
          pro="Your Pro membership waits for a payment", account="Last day", masthead="Pay"),
    State(name="pending-to-be-cancelled",
          arrange=debit_under_way("past_due", cancel_at_period_end=True),
          wall="Your payment is on its way", pro="Pro starts when the payment arrives",
          account="Resume the subscription", leads_to="/account/"),
    State(name="past-due-and-asked", arrange=past_due(asks=True), wall="",
          pro="Your bank asks you to confirm a payment", account="Confirm the payment",
          masthead="Confirm"),
    State(name="paused-in-a-term", arrange=running("paused", **TERM),
          wall="Your Pro membership is paused", pro="€9.00 is due now",
          account="Resume the subscription", leads_to="/account/"),
    State(name="collection-paused", arrange=running(collection_paused=True), wall="",
          pro="Pro, monthly · €9.00 a month", account="Cancel subscription"),
    State(name="complimentary-past-due", arrange=complimentary(past_due(since=-18 * DAY)), wall="",
          pro="as our guest", account="Pay now", masthead="Pay"),
    State(name="complimentary-ended", arrange=complimentary(ended("cancellation_requested")),
          wall="", pro="as our guest", account="Ended on"),
    State(name="billing-off", arrange=billing_off(member), wall="This page is for Pro members",
          pro="Nothing is sold here", account="You are a member"),
    State(name="billing-off-paying", arrange=billing_off(running()), wall="",
          pro="Nothing is sold here", account="Cancel subscription"),
    State(name="stripe-unreachable", arrange=began_to_pay, wall="Your account is ready",
          pro="The payment service can't be reached", account="The payment service can't be reached",
          masthead="Subscribe", stripe_is_away=True, leads_to="/pro/"),
)  # fmt: skip
BY_NAME = {state.name: state for state in STATES}
