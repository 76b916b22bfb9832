"""`manage.py reconcile_billing`: is what members may read what they pay for? (rule W8)."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from billing.models import Reconciliation, Subscription, WebhookEvent
from billing.reconcile.run import reconcile
from billing.sync.settle import recompute_memberships
from membership.models import Membership
from tests.billing.breaking import refusing_updates_of
from tests.billing.stripe_objects import DAY, event, invoice, now
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.database


@pytest.fixture
def run(capsys):
    """Return a function that runs the command, and gives its exit code and report."""

    def run(*arguments):
        try:
            call_command("reconcile_billing", "--json", *arguments)
            code = 0
        except SystemExit as stop:
            code = stop.code
        return code, json.loads(capsys.readouterr().out)[0]

    return run


def is_pro(member):
    member.refresh_from_db()
    return member.is_pro


def found(report):
    return {heading: len(ids) for heading, ids in report["findings"].items() if ids}


def test_W8_in_step_nothing_is_found(at_stripe, run):
    member = at_stripe.member()
    at_stripe.subscribe(member)
    at_stripe.tells()
    code, report = run()
    assert (code, found(report), report["compared"]) == (0, {}, 1)
    assert is_pro(member)


def test_W8_paid_without_access_is_the_headline_and_is_repaired(at_stripe, run):
    member = at_stripe.member()
    at_stripe.subscribe(member)
    code, report = run()
    assert (code, report["paid_without_access"]) == (1, 1)
    assert not is_pro(member)
    assert not Subscription.objects.exists()
    code, report = run("--fix")
    assert (code, report["paid_without_access"], report["drift"]) == (0, 0, 0)
    assert is_pro(member)
    assert run() == (
        0,
        {**report, "recovered_events": 0, "findings": empty(report), "repaired": empty(report)},
    )


def empty(report):
    return {heading: [] for heading in report["findings"]}


def test_W8_access_without_payment_is_taken_back(at_stripe, run):
    member = at_stripe.member()
    stripe_id = at_stripe.subscribe(member)
    at_stripe.tells()
    at_stripe.stripe.v1.subscriptions.cancel(stripe_id)
    assert found(run()[1]) == {"access_without_payment": 1}
    assert is_pro(member)
    assert run("--fix")[0] == 0
    assert not is_pro(member)


def test_W8_access_by_no_subscription_is_taken_back_but_never_what_was_given(at_stripe, run):
    soon = timezone.now() + timedelta(days=9)
    invented = MembershipFactory(site=at_stripe.shop.site, pro_until=soon, standing="pro")
    given = MembershipFactory(site=at_stripe.shop.site, complimentary_until=soon)
    assert found(run()[1]) == {"access_without_payment": 1}
    assert run("--fix")[0] == 0
    assert (is_pro(invented), is_pro(given)) == (False, True)


def test_W8_a_membership_that_says_something_else_is_drift(at_stripe, run):
    member = at_stripe.member()
    at_stripe.subscribe(member)
    at_stripe.tells()
    Membership.objects.filter(pk=member.pk).update(pro_until=None, standing="free")
    assert found(run()[1]) == {"paid_without_access": 1}
    assert run("--fix")[0] == 0
    assert is_pro(member)


def test_W8_a_flag_that_no_event_took_back_is_drift(at_stripe, run):
    """The payment failed, and was made up for; both notices of that were lost."""
    member = at_stripe.member()
    stripe_id = at_stripe.subscribe(member)
    at_stripe.tells()
    failed = invoice(subscription=stripe_id, customer=member.customer, start=now() - 40 * DAY)
    at_stripe.tells(event("invoice.payment_failed", failed, created=now() + 5))
    assert not is_pro(member)
    assert found(run()[1]) == {"paid_without_access": 1}
    assert run("--fix")[0] == 0
    assert is_pro(member)


def test_W8_a_first_payment_that_came_after_all_is_found(at_stripe, run):
    """The bank debit bounced; he paid another way, and nobody heard of it."""
    member = at_stripe.member()
    stripe_id = at_stripe.subscribe(member)
    at_stripe.tells(*[one for one in at_stripe.events() if "subscription" in one["type"]])
    member.site.checkout_sessions.create(
        user=member.user,
        customer=member.site.stripe_customers.get(),
        stripe_id="cs_1",
        price_id=at_stripe.shop.monthly.id,
        subscription_id_at_stripe=stripe_id,
        state="failed",
    )
    recompute_memberships(member.site)
    assert not is_pro(member)
    assert found(run()[1]) == {"paid_without_access": 1}
    assert run("--fix")[0] == 0
    assert is_pro(member)
    assert run()[0] == 0


def test_W8_other_differences_are_found_under_their_own_heading(at_stripe, run):
    member = at_stripe.member()
    stripe_id = at_stripe.subscribe(member)
    at_stripe.tells()
    at_stripe.stripe.v1.subscriptions.update(
        stripe_id, {"default_payment_method": at_stripe.shop.stripe.v1.payment_methods.list({"customer": member.customer}).data[0].id}
    )  # fmt: skip
    assert found(run()[1]) == {"different": 1}
    ended = at_stripe.subscribe(member, price=at_stripe.shop.annual.id)
    at_stripe.stripe.v1.subscriptions.cancel(ended)
    assert found(run()[1]) == {"different": 1, "missing_rows": 1}
    assert run("--fix")[0] == 0
    assert found(run()[1]) == {}


def test_W8_B7_two_subscriptions_of_one_member_are_shown_not_repaired(at_stripe, run):
    member = at_stripe.member()
    at_stripe.subscribe(member)
    at_stripe.subscribe(member, price=at_stripe.shop.annual.id)
    at_stripe.tells()
    code, report = run("--fix")
    assert (code, found(report)) == (1, {"duplicates": 1})
    assert Subscription.objects.live().count() == 2


def test_W8_somebody_elses_product_and_strangers_are_no_drift(at_stripe, run):
    stranger = at_stripe.stripe.v1.customers.create(
        {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    )  # fmt: skip
    stranger.customer = stranger.id
    at_stripe.subscribe(stranger)
    code, report = run("--fix")
    assert (code, found(report)) == (0, {"without_member": 1})


def test_W8_what_ended_with_a_deleted_account_is_not_found_for_ever(at_stripe, run):
    member = at_stripe.member()
    stripe_id = at_stripe.subscribe(member)
    at_stripe.stripe.v1.subscriptions.cancel(stripe_id)
    at_stripe.tells()
    member.user.delete()
    asked = len(at_stripe.sandbox.requests())
    code, report = run("--fix")
    assert (code, found(report), report["compared"]) == (0, {}, 1)
    paths = [entry["path"] for entry in at_stripe.sandbox.requests()[asked:]]
    assert not [path for path in paths if path.startswith("/v1/customers/")]


def test_W8_a_customer_that_was_made_and_never_written_down_is_adopted(at_stripe, run):
    """The process died between Stripe's answer and the commit; the webhooks came all the same."""
    member = at_stripe.member(link=False)
    at_stripe.subscribe(member)
    at_stripe.tells()
    code, report = run()
    assert (code, report["paid_without_access"]) == (1, 1)
    assert run("--fix")[0] == 0
    assert is_pro(member)


def test_W8_whoever_signed_up_after_the_backup_is_known_by_his_address_not_by_his_number(
    at_stripe, run
):
    """A restored database gives the same number to the next person."""
    lost = at_stripe.member(link=False)
    at_stripe.subscribe(lost)
    site, number, address = lost.site, lost.user.pk, lost.user.email
    lost.user.delete()
    stranger = MembershipFactory(site=site, user=UserFactory(id=number, email="next@example.com"))
    code, report = run("--fix")
    assert (code, found(report)) == (0, {"without_member": 1})
    assert not is_pro(stranger)
    back = MembershipFactory(site=site, user=UserFactory(email=address))
    assert run("--fix")[0] == 0
    assert (is_pro(back), is_pro(stranger)) == (True, False)


def test_W8_rows_that_stripe_does_not_know_are_shown_and_left(at_stripe, run):
    member = at_stripe.member()
    at_stripe.subscribe(member)
    at_stripe.tells()
    Subscription.objects.update(stripe_id="sub_of_another_account")
    code, report = run("--fix")
    assert code == 1
    assert report["findings"]["not_at_stripe"] == ["sub_of_another_account"]


def test_W8_ties_that_wait_for_stripe_are_read(at_stripe, run):
    member = at_stripe.member()
    at_stripe.subscribe(member)
    at_stripe.tells()
    Subscription.objects.update(needs_sync=True, status="unpaid", status_at_stripe="unpaid")
    assert run("--fix")[0] == 0
    assert not Subscription.objects.get().needs_sync


def test_W8_while_stripe_is_away_nothing_is_changed_and_the_command_fails(at_stripe, run, sandbox):
    member = at_stripe.member()
    at_stripe.subscribe(member)
    at_stripe.tells()
    sandbox.mischief(answer=500)
    code, report = run("--fix")
    assert code == 1
    assert "can't be reached" in report["error"]
    assert is_pro(member)


def test_W8_one_that_cannot_be_repaired_keeps_no_other_from_its_turn(at_stripe, run):
    """Whichever of the two comes first in Stripe's list."""
    members = [at_stripe.member() for _ in range(3)]
    for member in members:
        stripe_id = at_stripe.subscribe(member)
        member.stripe_id = stripe_id
    stuck = members[1]
    with refusing_updates_of("membership_membership", where=f"OLD.id = {stuck.pk}"):
        code, report = run("--fix")
    assert (code, report["findings"]["not_compared"]) == (1, [stuck.stripe_id])
    assert [is_pro(member) for member in members] == [True, False, True]
    assert run("--fix")[0] == 0
    assert is_pro(stuck)


def test_W8_it_goes_on_where_it_was_interrupted(at_stripe, monkeypatch):
    monkeypatch.setattr("billing.reconcile.run.PAGE", 2)
    members = [at_stripe.member() for _ in range(5)]
    for member in members:
        at_stripe.subscribe(member)
    site = at_stripe.shop.site
    seen = []

    def stop_after_three(count):
        seen.append(count)
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reconcile(site, fix=True, on_progress=stop_after_three)
    run = Reconciliation.objects.get()
    assert (run.compared, run.finished_at) == (2, None)
    report = reconcile(site, fix=True)
    assert (report.compared, report.drift) == (5, 0)
    assert all(is_pro(member) for member in members)
    run.refresh_from_db()
    assert run.finished_at
    assert run.cursor == ""


def test_W8_events_that_were_never_delivered_are_recovered(at_stripe, run):
    """Stripe had an endpoint that nobody answered at."""
    at_stripe.stripe.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/api/stripe/webhook", "enabled_events": ["*"]}
    )
    member = at_stripe.member()
    at_stripe.subscribe(member)
    at_stripe.sandbox.flush(2)
    code, report = run("--fix")
    assert (code, report["drift"]) == (0, 0)
    assert report["recovered_events"] > 0
    assert is_pro(member)
    assert WebhookEvent.objects.filter(type="customer.subscription.created").exists()
