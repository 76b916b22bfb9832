"""The grace of a failed payment is for who has paid before (rule B5), and no payer loses it.

What our rows can't show is asked of Stripe, once for each invoice that fails.
"""

import random

import pytest

from billing.models import Invoice, Notice, Subscription, WebhookEvent
from billing.models.ledger import Heading
from billing.reconcile.run import reconcile
from billing.sync.settle import recompute_memberships
from billing.tenant_billing import load_tenant
from billing.webhooks import EVENT_TYPES
from billing.webhooks.linking import link_customer
from tests.billing.at_stripe import DECLINED_CARD, GOOD_CARD
from tests.billing.stripe_objects import DAY
from tests.billing.terms import page_of
from tests.factories import ArticlePageFactory, SectionPageFactory

pytestmark = pytest.mark.database

MONTH = 31 * DAY
HOURS = 2 * 3600
ORDERS = 10
NO_GRACE = (False, "past_due", "subscription_never_paid", "past_due")
GRACE = (True, "past_due", "subscription_past_due_in_grace", "past_due")


@pytest.fixture
def member(at_stripe):
    return at_stripe.member()


@pytest.fixture
def declined_trial(at_stripe, member, sandbox):
    """A trial of a week, over, whose first charge was declined; nothing is told yet."""
    stripe_id = at_stripe.subscribe(member, trial_period_days=7)
    at_stripe.use_card(member.customer, DECLINED_CARD)
    sandbox.advance(7 * DAY + HOURS)
    return stripe_id


def outcome(member):
    member.refresh_from_db()
    row = Subscription.objects.get(site=member.site)
    assert not row.needs_sync
    return member.is_pro, member.standing, member.reason_code, row.status


def new_events(at_stripe):
    """What is new at Stripe, without what belongs to nobody's subscription."""
    return [one for one in at_stripe.events() if one["type"] in EVENT_TYPES]


def in_orders(events):
    """Yield these events as they came, reversed, and shuffled, each with repeats."""
    yield events
    yield [*reversed(events), *events]
    for seed in range(ORDERS):
        shuffled = [*events, *events]
        random.Random(seed).shuffle(shuffled)
        yield shuffled


def forget(member):
    """As if nothing had ever been told."""
    Subscription.objects.all().delete()
    Invoice.objects.all().delete()
    WebhookEvent.objects.all().delete()
    Notice.objects.all().delete()
    member.pro_until, member.standing, member.reason_code = None, "free", "never_subscribed"
    member.save()


def test_B5_a_trial_whose_first_charge_is_declined_is_over_and_asks_for_the_payment(
    declined_trial, member, make_reader, told
):
    """Not a word of days that are left, in mails, on the account, on the wall."""
    mails = told()
    assert outcome(member) == NO_GRACE
    assert member.pro_until is None
    (asking,) = [one for one in mails if one.subject == "Your payment to The Courier failed"]
    for words in (asking.body, asking.alternatives[0].content):
        assert "Please pay with the same card or another one" in words
        assert "You can go on reading until" not in words

    reader = make_reader(member.user)
    account = page_of(reader)
    assert "Pro has stopped" in account
    assert "failed; Pro is open once it is paid." in account
    assert "Pay now" in account
    assert "access ends on" not in account
    section = SectionPageFactory(parent=member.site.root_page, title="World", slug="world")
    article = ArticlePageFactory(parent=section, access="pro", slug="kettle")
    wall = page_of(reader, article.url)
    assert "A payment for your Pro membership failed" in wall


def test_B5_W5_a_declined_trial_ends_the_same_in_any_order(declined_trial, at_stripe, member, told):
    events = new_events(at_stripe)
    for order in in_orders(events):
        forget(member)
        mails = told(*order)
        assert outcome(member) == NO_GRACE
        assert not any("You can go on reading until" in one.body for one in mails)


def test_B5_W5_who_paid_once_has_the_grace_in_any_order(at_stripe, member, sandbox, told):
    at_stripe.subscribe(member)
    at_stripe.use_card(member.customer, DECLINED_CARD)
    sandbox.advance(MONTH + HOURS)
    events = new_events(at_stripe)
    for order in in_orders(events):
        forget(member)
        told(*order)
        assert outcome(member) == GRACE


def test_B5_W3_of_who_has_paid_before_nothing_is_asked(at_stripe, member, sandbox, told):
    at_stripe.subscribe(member)
    at_stripe.use_card(member.customer, DECLINED_CARD)
    sandbox.advance(MONTH + HOURS)
    asked = len(sandbox.requests(at_stripe.shop.account.name, "GET"))
    mails = told()
    assert len(sandbox.requests(at_stripe.shop.account.name, "GET")) == asked
    assert any("You can go on reading until" in one.body for one in mails)
    assert outcome(member) == GRACE


def test_B5_a_trial_that_was_paid_and_then_fails_has_the_grace(at_stripe, member, sandbox, told):
    at_stripe.subscribe(member, trial_period_days=7)
    sandbox.advance(7 * DAY + HOURS)
    at_stripe.use_card(member.customer, DECLINED_CARD)
    sandbox.advance(MONTH + HOURS)
    told()
    assert outcome(member) == GRACE


def test_B5_a_payer_whose_payments_are_unknown_here_keeps_the_grace(
    at_stripe, member, sandbox, told
):
    """The endpoint was made after the first month, say: Stripe knows what was paid."""
    at_stripe.subscribe(member)
    at_stripe.use_card(member.customer, DECLINED_CARD)
    at_stripe.events()
    sandbox.advance(MONTH + HOURS)
    told()
    assert outcome(member) == GRACE
    assert Invoice.objects.filter(status="paid", total=900).exists()
    asked = at_stripe.reads()
    sandbox.advance(4 * DAY)
    told()
    assert at_stripe.reads() == asked


def test_B5_a_payer_who_is_linked_late_keeps_the_grace(at_stripe, sandbox, told):
    """What came before waits in the ledger, and some of it isn't kept there any more."""
    late = at_stripe.member(link=False)
    at_stripe.subscribe(late)
    at_stripe.use_card(late.customer, DECLINED_CARD)
    sandbox.advance(MONTH + HOURS)
    told()
    WebhookEvent.objects.filter(type__in=["invoice.paid", "invoice.payment_succeeded"]).update(
        payload=None
    )
    link_customer(load_tenant(late.site), late.user, late.customer, livemode=False)
    assert outcome(late) == GRACE


def test_B5_while_stripe_is_away_nobody_loses_the_grace_and_no_day_is_promised(
    declined_trial, at_stripe, member, sandbox, told
):
    sandbox.mischief(answer=500)
    mails = told()
    member.refresh_from_db()
    assert member.is_pro
    assert Subscription.objects.get().needs_sync
    assert mails
    assert not any("You can go on reading until" in one.body for one in mails)
    sandbox.mischief()
    report = reconcile(member.site, fix=True)
    assert report.findings[Heading.ACCESS_WITHOUT_PAYMENT] == [declined_trial]
    assert outcome(member) == NO_GRACE
    assert reconcile(member.site).drift == 0


@pytest.fixture
def free_month(at_stripe):
    """A coupon that takes all off the first invoice."""
    coupon = at_stripe.stripe.v1.coupons.create({"percent_off": 100, "duration": "once"})
    return [{"coupon": coupon.id}]


def test_B5_W5_a_first_month_for_nothing_opens_no_grace(
    at_stripe, member, sandbox, told, free_month
):
    at_stripe.subscribe(member, discounts=free_month)
    at_stripe.use_card(member.customer, DECLINED_CARD)
    sandbox.advance(MONTH + HOURS)
    events = new_events(at_stripe)
    assert {one["data"]["object"]["total"] for one in events if one["type"] == "invoice.paid"} == {
        0
    }
    for order in in_orders(events):
        forget(member)
        told(*order)
        assert outcome(member) == NO_GRACE


def test_B5_who_paid_outside_stripe_has_the_grace(at_stripe, member, sandbox, told, declined_trial):
    """By a bank transfer, say, which the tenant notes in Stripe's dashboard."""
    told()
    assert outcome(member) == NO_GRACE
    (owed,) = at_stripe.stripe.v1.invoices.list({"status": "open"}).data
    at_stripe.stripe.v1.invoices.pay(owed.id, {"paid_out_of_band": True})
    told()
    assert outcome(member)[:2] == (True, "pro")
    sandbox.advance(MONTH)
    told()
    assert outcome(member) == GRACE


def test_B5_what_is_paid_from_the_customers_balance_counts(at_stripe, member, sandbox, told):
    """A credit that the tenant gave: the invoice asks for nothing, but it was above zero."""
    customer = at_stripe.stripe.v1.customers.retrieve(member.customer)
    at_stripe.stripe.v1.customers.update(customer.id, {"balance": -900})
    at_stripe.subscribe(member)
    at_stripe.use_card(member.customer, DECLINED_CARD)
    sandbox.advance(MONTH + HOURS)
    told()
    assert outcome(member) == GRACE
    first = Invoice.objects.get(billing_reason="subscription_create")
    assert (first.total, first.amount_due) == (900, 0)


def test_B5_a_declined_trial_that_is_paid_is_pro_at_once(at_stripe, member, told, declined_trial):
    told()
    assert outcome(member) == NO_GRACE
    at_stripe.use_card(member.customer, GOOD_CARD)
    (owed,) = at_stripe.stripe.v1.invoices.list({"status": "open"}).data
    at_stripe.stripe.v1.invoices.pay(owed.id)
    events = new_events(at_stripe)
    (paid,) = [one for one in events if one["type"] == "invoice.paid"]
    told(paid)
    member.refresh_from_db()
    assert member.is_pro
    told(*events)
    assert outcome(member)[:2] == (True, "pro")


def test_B5_the_next_invoice_that_fails_is_asked_about_anew(
    at_stripe, member, sandbox, told, declined_trial
):
    """It was paid meanwhile, and all events of that month were lost."""
    told()
    assert outcome(member) == NO_GRACE
    at_stripe.use_card(member.customer, GOOD_CARD)
    (owed,) = at_stripe.stripe.v1.invoices.list({"status": "open"}).data
    at_stripe.stripe.v1.invoices.pay(owed.id)
    at_stripe.use_card(member.customer, DECLINED_CARD)
    at_stripe.events()
    sandbox.advance(MONTH + HOURS)
    told()
    assert outcome(member) == GRACE


def test_B5_of_one_failed_invoice_stripe_is_asked_once(
    at_stripe, member, sandbox, told, declined_trial
):
    told()
    asked = at_stripe.reads()
    sandbox.advance(4 * DAY)
    assert any(one.subject == "Your payment to The Courier failed" for one in told())
    assert outcome(member) == NO_GRACE
    assert at_stripe.reads() == asked


def test_B5_an_installation_of_before_keeps_what_it_granted_until_stripe_was_asked(
    at_stripe, member, sandbox, told
):
    """Rows of an older release: past due in grace, a payer without a paid invoice here."""
    at_stripe.subscribe(member)
    at_stripe.use_card(member.customer, DECLINED_CARD)
    sandbox.advance(MONTH + HOURS)
    told()
    Invoice.objects.filter(status="paid").delete()
    asked = at_stripe.reads()
    recompute_memberships(member.site)
    member.refresh_from_db()
    assert member.is_pro
    assert at_stripe.reads() == asked
    reconcile(member.site, fix=True)
    assert outcome(member) == GRACE
