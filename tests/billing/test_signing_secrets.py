"""A signing secret counts for its own mode, and for a day once it is replaced (rules W1, W2, B3)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import BillingSettings, Subscription, WebhookEvent
from billing.models.secrets import reveal
from membership.models import TenantLogEntry
from tests.billing.panel import save, stored, text_of, webhook_row
from tests.billing.stripe_objects import (
    CREATED,
    deliver,
    event,
    subscription,
)
from tests.factories import MembershipFactory, SiteFactory, team_member
from tests.selling import WEBHOOK_SECRET

LIVE_SECRET = "whsec_live0123456789abcdefghijkl"
OTHER_SECRET = "whsec_another0123456789abcdefgh"


def nobody_is_pro(site):
    return not site.memberships.filter(pro_until__isnull=False).exists()


@pytest.mark.parametrize("entered", [LIVE_SECRET, ""], ids=["its secret is entered", "left blank"])
def test_W1_R28_whoever_has_the_secret_of_test_mode_makes_nobody_pro_after_going_live(
    at_panel, site, live_entries, tells, reader_of, entered
):
    reader_of(livemode=True)
    save(at_panel, live_entries, webhook_secret=entered)
    assert stored(site).mode == "live"
    assert tells(WEBHOOK_SECRET, livemode=True) == 400
    assert not WebhookEvent.objects.exists()
    assert not Subscription.objects.exists()
    assert nobody_is_pro(site)
    assert tells(reveal(stored(site), "webhook_secret"), livemode=True) == 200
    assert Subscription.objects.get().livemode
    assert not nobody_is_pro(site)


def test_W2_what_the_endpoint_of_test_mode_tells_after_going_live_is_noted_for_a_day(
    at_panel, site, live_entries, tells, reader_of
):
    reader_of(livemode=False)
    save(at_panel, live_entries)
    assert tells(WEBHOOK_SECRET) == "noted"
    row = WebhookEvent.objects.get()
    assert (row.outcome, row.reason) == ("ignored", "other_mode")
    assert nobody_is_pro(site)
    a_day_passes()
    assert tells(WEBHOOK_SECRET) == 400


def a_day_passes(hours=25):
    earlier = timezone.now() - timedelta(hours=hours)
    BillingSettings.objects.update(webhook_secret_replaced_at=earlier)


def test_W1_a_refusal_says_nothing_of_which_secrets_there_are(client, at_panel, site, live_entries):
    save(at_panel, live_entries)
    answers = [
        deliver(
            client, site, event(CREATED, subscription(livemode=True), livemode=True), secret=secret
        )
        for secret in (WEBHOOK_SECRET, OTHER_SECRET)
    ]
    assert answers[0].content == answers[1].content
    assert [answer.status_code for answer in answers] == [400, 400]


def test_W1_a_replaced_secret_counts_for_a_day_and_never_after(
    at_panel, site, entries, tells, reader_of
):
    reader_of(livemode=False)
    save(at_panel, entries, webhook_secret=OTHER_SECRET)
    assert [tells(WEBHOOK_SECRET), tells(OTHER_SECRET)] == [200, 200]
    a_day_passes(hours=23)
    assert [tells(WEBHOOK_SECRET), tells(OTHER_SECRET)] == [200, 200]
    a_day_passes()
    assert [tells(WEBHOOK_SECRET), tells(OTHER_SECRET)] == [400, 200]


def test_W1_replacing_it_twice_in_a_day_ends_the_oldest_at_once(at_panel, site, entries, tells):
    save(at_panel, entries, webhook_secret=OTHER_SECRET)
    at_panel.post(reverse("billing_create_endpoint"))
    newest = reveal(stored(site), "webhook_secret")
    assert [tells(secret) for secret in (WEBHOOK_SECRET, OTHER_SECRET, newest)] == [400, 200, 200]


def test_W1_entering_the_same_secret_again_ends_nothing(at_panel, site, entries, tells):
    save(at_panel, entries, webhook_secret=OTHER_SECRET)
    replaced_at = stored(site).webhook_secret_replaced_at
    save(at_panel, entries, webhook_secret=OTHER_SECRET)
    assert stored(site).webhook_secret_replaced_at == replaced_at
    assert [tells(WEBHOOK_SECRET), tells(OTHER_SECRET)] == [200, 200]


def test_W1_the_panel_says_until_when_the_previous_secret_counts_and_ends_it(
    at_panel, site, entries, tells
):
    assert "previous signing secret" not in text_of(at_panel.get(reverse("billing_settings")))
    page = text_of(save(at_panel, entries, webhook_secret=OTHER_SECRET))
    assert f"of test mode, ends with {WEBHOOK_SECRET[-4:]}. It was replaced on " in page
    assert " and is valid until " in page
    page = text_of(at_panel.post(reverse("billing_end_previous_secret"), follow=True))
    assert "The previous signing secret isn&#x27;t valid any more." in page
    assert "and is valid until" not in page
    assert [tells(WEBHOOK_SECRET), tells(OTHER_SECRET)] == [400, 200]
    assert TenantLogEntry.objects.filter(action="billing.end_previous_secret").exists()


def test_W1_a_previous_secret_that_is_over_is_no_longer_spoken_of(at_panel, entries):
    save(at_panel, entries, webhook_secret=OTHER_SECRET)
    a_day_passes()
    assert "and is valid until" not in text_of(at_panel.get(reverse("billing_settings")))


@pytest.mark.parametrize("role", ["member", "editors", "admins of another tenant"])
def test_T4_W1_only_those_who_look_after_the_money_end_it(client_at, site, shop, role):
    shop.settings.previous_webhook_secret = OTHER_SECRET
    shop.settings.save()
    stranger = {
        "member": lambda: MembershipFactory(site=site).user,
        "editors": lambda: team_member(site, "editors"),
        "admins of another tenant": lambda: team_member(SiteFactory(billing=True)),
    }
    client = client_at(site)
    client.force_login(stranger[role]())
    client.post(reverse("billing_end_previous_secret"))
    assert reveal(stored(site), "previous_webhook_secret") == OTHER_SECRET


def test_W1_opening_its_address_ends_nothing(at_panel, site, entries):
    save(at_panel, entries, webhook_secret=OTHER_SECRET)
    assert at_panel.get(reverse("billing_end_previous_secret")).status_code == 405
    assert stored(site).previous_webhook_secret


# Changes of mode


def test_R28_going_live_without_an_endpoint_is_said_everywhere_and_the_button_mends_it(
    at_panel, site, sandbox, live_entries, tells, reader_of
):
    reader_of(livemode=True)
    sandbox.mischief(answer=500, path="webhook_endpoints")
    page = save(at_panel, live_entries)
    assert stored(site).mode == "live"
    assert "The webhook endpoint of live mode is missing: Stripe can&#x27;t be" in text_of(page)
    assert "Until there is one, Stripe&#x27;s events are refused." in text_of(page)
    assert webhook_row(page).state == "attention"
    assert "the stored signing secret was saved for test mode" in webhook_row(page).words
    assert "Stored for test mode" in text_of(page)
    banner = "but Stripe's events are refused: the stored signing secret is of test mode"
    assert text_of(at_panel.get("/admin/")).count(banner) == 1
    assert tells(WEBHOOK_SECRET, livemode=True) == 400

    sandbox.mischief()
    page = at_panel.post(reverse("billing_create_endpoint"), follow=True)
    assert webhook_row(page).state == "works"
    assert "Stored for live mode" in text_of(page)
    assert banner not in text_of(at_panel.get("/admin/"))
    assert tells(reveal(stored(site), "webhook_secret"), livemode=True) == 200
    assert tells(WEBHOOK_SECRET, livemode=True) == 400


def test_R28_a_live_secret_that_was_entered_before_the_live_keys_counts_once_it_is_entered_again(
    at_panel, site, sandbox, live_entries, entries, tells, reader_of
):
    """It was saved beside test keys, and nobody could know better."""
    reader_of(livemode=True)
    save(at_panel, entries, webhook_secret=LIVE_SECRET)
    assert tells(LIVE_SECRET, livemode=True) == "noted"
    sandbox.mischief(answer=500, path="webhook_endpoints")
    page = save(at_panel, live_entries)
    assert "or enter the signing secret of your endpoint of live mode" in webhook_row(page).words
    assert tells(LIVE_SECRET, livemode=True) == 400
    page = save(at_panel, {**live_entries, "secret_key": ""}, webhook_secret=LIVE_SECRET)
    assert webhook_row(page).state != "attention"
    assert tells(LIVE_SECRET, livemode=True) == 200


def test_R28_the_way_back_to_test_mode_makes_the_endpoint_of_test_mode(
    at_panel, site, shop, entries, live_entries, tells, reader_of
):
    save(at_panel, live_entries, webhook_secret=LIVE_SECRET)
    page = save(at_panel, entries, secret_key=shop.secret_key)
    assert stored(site).mode == "test"
    assert webhook_row(page).state == "works"
    assert len(shop.stripe.v1.webhook_endpoints.list().data) == 1
    reader_of(livemode=False)
    assert tells(LIVE_SECRET) == 400
    assert tells(LIVE_SECRET, livemode=True) == "noted"
    assert WebhookEvent.objects.get().reason == "other_mode"
    assert tells(reveal(stored(site), "webhook_secret")) == 200
    assert not nobody_is_pro(site)


def test_R28_going_back_while_stripe_is_away_says_that_events_are_refused(
    at_panel, site, shop, sandbox, entries, live_entries, tells
):
    save(at_panel, live_entries)
    sandbox.mischief(answer=500)
    page = save(at_panel, entries, secret_key=shop.secret_key)
    assert stored(site).mode == "test"
    assert "the stored signing secret was saved for live mode" in webhook_row(page).words
    assert "Stripe's events are refused: the stored signing secret is of live mode" in text_of(
        at_panel.get("/admin/")
    )
    sandbox.mischief()
    page = at_panel.post(reverse("billing_create_endpoint"), follow=True)
    assert webhook_row(page).state == "works"
