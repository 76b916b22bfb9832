"""Any history of a customer, told in any order with any repeats, ends in the same rows (rule W5).

The sandbox lives the life: subscriptions that begin, fail, recover, switch, pause and end, with as
much happening within a second as chance wants. Its events are told to two tenants that share the
account: to The Courier shuffled, repeated, in both shapes and between readings; to The Gazette in
order, at the end. Then both must say the same, and the reconciler must find nothing.
"""

import os
import random

import pytest
import stripe
from django.db import transaction
from hypothesis import HealthCheck, note, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from billing.models import BillingSettings, Customer, Invoice, Subscription
from billing.models.ledger import Heading
from billing.reconcile.run import reconcile
from billing.sync.retrieve import refresh_customer
from billing.sync.subscription_rows import SUBSCRIPTION_COLUMNS
from billing.tenant_billing import load_tenant
from billing.webhooks import EVENT_TYPES
from billing.webhooks.linking import link_customer
from membership.models import Membership
from tests.billing.at_stripe import AtStripe
from tests.billing.stripe_objects import DAY, deliver, in_old_shape
from tests.clients import TenantClient
from tests.factories import MembershipFactory, SiteFactory
from tests.selling import WEBHOOK_SECRET, make_price, remember_price

SEEDS = strategies.integers(0, 2**32)
CARDS = strategies.sampled_from(["pm_card_visa", "pm_card_visa", "pm_card_chargeCustomerFail"])


def second_tenant(shop):
    """A tenant that sells through the very same account."""
    gazette = SiteFactory(hostname="gazette.localhost", site_name="The Gazette", billing=True)
    BillingSettings.objects.create(
        site=gazette,
        publishable_key=shop.publishable_key,
        secret_key=shop.secret_key,
        webhook_secret=WEBHOOK_SECRET,
        monthly_price_id=shop.monthly.id,
        annual_price_id=shop.annual.id,
    )
    for price in (shop.monthly, shop.annual):
        remember_price(gazette, price)
    return gazette


class Life(RuleBasedStateMachine):
    """One customer's life at Stripe, and its telling."""

    shop = sandbox = gazette = mug = None

    def __init__(self):
        super().__init__()
        # Hypothesis repeats chance, and with it the SDK's idempotency keys of an earlier life.
        random.seed(os.urandom(8))
        for kind in ("event", "subscription", "invoice", "customer"):
            self.shop.account.test.table(kind).clear()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.at_stripe = AtStripe(self.shop, self.sandbox)
        self.at_stripe.events()
        self.member = self.at_stripe.member()
        self.customer = self.member.customer
        self.theirs = MembershipFactory(site=self.gazette, user=self.member.user)
        link_customer(load_tenant(self.gazette), self.member.user, self.customer, livemode=False)
        self.api = self.shop.stripe.v1
        self.history, self.untold = [], []
        self.hear()

    def hear(self):
        """Take down what has happened at Stripe."""
        new = [event for event in self.at_stripe.events() if event["type"] in EVENT_TYPES]
        self.history += new
        self.untold += new

    def teardown(self):
        try:
            self.tell_all_and_compare()
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    # What happens at Stripe

    def attempt(self, call, *arguments):
        """Do something; Stripe may say no, which is a part of life."""
        try:
            call(*arguments)
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            note(f"Stripe says no: {error.user_message}")
        self.hear()

    def one(self, seed, *statuses):
        """Return one of the customer's subscriptions, or None."""
        listed = self.api.subscriptions.list({"customer": self.customer, "status": "all"}).data
        fitting = [one for one in listed if not statuses or one.status in statuses]
        return random.Random(seed).choice(fitting) if fitting else None

    def update(self, seed, **params):
        found = self.one(seed, "active", "trialing", "past_due", "unpaid", "incomplete")
        if found:
            self.attempt(self.api.subscriptions.update, found.id, params)

    @rule(plan=strategies.sampled_from(["monthly", "monthly", "annual", "mug"]), trial=strategies.sampled_from([0, 0, 7]), card=CARDS)  # fmt: skip
    def subscribe(self, plan, trial, card):
        prices = {"monthly": self.shop.monthly, "annual": self.shop.annual, "mug": self.mug}
        self.use_card(card)
        params = {"trial_period_days": trial} if trial else {}
        self.attempt(
            self.api.subscriptions.create,
            {"customer": self.customer, "items": [{"price": prices[plan].id}], **params},
        )

    @rule(card=CARDS)
    def use_card(self, card):
        # Two cards of one second are told apart by a reading only, which events can't replace.
        self.sandbox.advance(1)
        self.attempt(self.at_stripe.use_card, self.customer, card)

    @rule(days=strategies.sampled_from([0, 0, 1, 4, 8, 16, 31, 62]), seconds=strategies.integers(1, 3))  # fmt: skip
    def time_passes(self, days, seconds):
        self.attempt(self.sandbox.advance, days * DAY + seconds)

    @rule(seed=SEEDS)
    def pay(self, seed):
        open_ones = self.api.invoices.list({"customer": self.customer, "status": "open"}).data
        if open_ones:
            chosen = random.Random(seed).choice(open_ones)
            self.attempt(self.api.invoices.pay, chosen.id)

    @rule(seed=SEEDS, flag=strategies.booleans())
    def set_to_cancel(self, seed, flag):
        self.update(seed, cancel_at_period_end=flag)

    @rule(seed=SEEDS, days=strategies.integers(1, 50))
    def set_an_end(self, seed, days):
        self.update(seed, cancel_at=self.sandbox.now() + days * DAY)

    @rule(seed=SEEDS)
    def pause_collection(self, seed):
        self.update(seed, pause_collection={"behavior": "void"})

    @rule(seed=SEEDS)
    def pause(self, seed):
        found = self.one(seed, "active", "past_due", "unpaid")
        if found:
            self.attempt(self.api.subscriptions.pause, found.id)

    @rule(seed=SEEDS, charging=strategies.booleans())
    def resume(self, seed, charging):
        found = self.one(seed, "paused")
        if found:
            params = {"payment_behavior": "resume_on_payment_success"} if charging else {}
            self.attempt(self.api.subscriptions.resume, found.id, params)

    @rule(seed=SEEDS, annual=strategies.booleans())
    def switch(self, seed, annual):
        found = self.one(seed, "active", "trialing", "past_due")
        if found:
            price = self.shop.annual.id if annual else self.shop.monthly.id
            item = found["items"].data[0].id
            self.attempt(
                self.api.subscriptions.update, found.id, {"items": [{"id": item, "price": price}]}
            )

    @rule(seed=SEEDS)
    def cancel_now(self, seed):
        found = self.one(seed, "active", "trialing", "past_due", "unpaid")
        if found:
            self.attempt(self.api.subscriptions.cancel, found.id)

    # How it is told

    def tell(self, events, chance):
        for event in events:
            shaped = in_old_shape(event) if is_mirrored(event) and chance.random() < 0.3 else event
            for _ in range(chance.choice([1, 1, 1, 2])):
                assert self.deliver(self.shop.site, shaped) == 200

    def deliver(self, site, event):
        return deliver(TenantClient(), site, event, secret=WEBHOOK_SECRET).status_code

    @rule(seed=SEEDS)
    def some_is_told(self, seed):
        chance = random.Random(seed)
        chance.shuffle(self.untold)
        now, self.untold = (
            self.untold[: len(self.untold) // 2],
            self.untold[len(self.untold) // 2 :],
        )
        self.tell(now, chance)

    @rule()
    def it_is_read(self):
        """The member asks: "I paid, but I can't read"."""
        refresh_customer(load_tenant(self.shop.site), self.customer)

    @invariant()
    def nobody_is_there_twice(self):
        rows = Subscription.objects.filter(site=self.shop.site).values_list("stripe_id", flat=True)
        assert len(set(rows)) == len(rows)

    # How it ends

    def tell_all_and_compare(self):
        chance = random.Random(len(self.history))
        rest = self.untold + chance.sample(self.history, min(5, len(self.history)))
        chance.shuffle(rest)
        self.tell(rest, chance)
        for event in self.history:
            assert self.deliver(self.gazette, event) == 200
        assert state_of(self.shop.site) == state_of(self.gazette)
        for site in (self.shop.site, self.gazette):
            found = {heading for heading, ids in reconcile(site).findings.items() if ids}
            assert found <= {Heading.DUPLICATES}


def is_mirrored(event):
    """Return whether an event's object had another shape before 2025-03-31."""
    thing = event["data"]["object"]
    return thing["object"] == "subscription" or (
        thing["object"] == "invoice" and (thing.get("parent") or {}).get("subscription_details")
    )


def state_of(site):
    """Return what a tenant's rows and the member's access have come to."""
    subscription = ["stripe_id", "status", "needs_sync", *SUBSCRIPTION_COLUMNS]
    access = ["pro_until", "standing", "reason_code", "reason_params"]
    card = ["stripe_id", "default_payment_method_id", "card_brand", "card_last4"]
    return {
        "subscriptions": list(
            Subscription.objects.filter(site=site).order_by("stripe_id").values(*subscription)
        ),
        "items": list(
            Subscription.objects.filter(site=site)
            .order_by("items__stripe_id")
            .values_list("items__stripe_id", "items__price_id", "items__current_period_end")
        ),
        "invoices": list(
            Invoice.objects.filter(site=site, status__in=["open", "paid"])
            .exclude(first_failed_event=0)
            .order_by("stripe_id")
            .values("stripe_id", "status", "first_failed_event", "failed_event", "amount_paid")
        ),
        "access": list(Membership.objects.filter(site=site).values(*access)),
        "card": list(Customer.objects.filter(site=site).values(*card)),
    }


@pytest.fixture
def lives(shop, sandbox):
    """Return a function that lives so many lives."""
    Life.shop, Life.sandbox = shop, sandbox
    Life.gazette = second_tenant(shop)
    product = shop.stripe.v1.products.create({"name": "A mug a month"})
    Life.mug = make_price(shop.stripe, product, 1500, "month")

    def live(count):
        run_state_machine_as_test(
            Life,
            settings=settings(
                max_examples=count,
                stateful_step_count=12,
                deadline=None,
                print_blob=True,
                suppress_health_check=list(HealthCheck),
            ),
        )

    return live


@pytest.mark.timeout(900)
def test_W5_any_history_in_any_order_ends_in_the_same_rows(lives):
    lives(50)


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_W5_five_hundred_histories(lives):
    lives(500)
