"""A signing secret counts for its own mode, and for a day once it is replaced (rules W1, W2, B3)."""

from datetime import timedelta
from importlib import import_module

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from billing.models import BillingSettings, Customer, Subscription, WebhookEvent
from billing.secrets import reveal, seal
from membership.models import TenantLogEntry
from tests.billing.conftest import set_up_billing
from tests.billing.panel import save, stored, text_of
from tests.billing.stripe_objects import (
    CREATED,
    DAY,
    MONTH,
    MONTHLY,
    SECRET,
    deliver,
    event,
    item,
    now,
    subscription,
)
from tests.factories import MembershipFactory
from tests.selling import WEBHOOK_SECRET

LIVE_SECRET = "whsec_live0123456789abcdefghijkl"
OTHER_SECRET = "whsec_another0123456789abcdefgh"


def told(price=MONTHLY, *, livemode=False):
    """The news that somebody has bought Pro by this price."""
    start = now() - DAY
    rows = [item(price, start=start, end=start + MONTH)]
    return event(CREATED, subscription(livemode=livemode, items=rows), livemode=livemode)


@pytest.fixture
def tells(client, site):
    """Return a function that delivers the news of a purchase, and gives the answer's status."""

    def tells(secret, *, livemode=False):
        news = told(stored(site).monthly_price_id, livemode=livemode)
        return deliver(client, site, news, secret=secret).status_code

    return tells


@pytest.fixture
def reader_of(site):
    """Return a function that makes the member of whom the news are, whose customer is of a mode."""

    def reader_of(*, livemode):
        membership = MembershipFactory(site=site)
        Customer.objects.create(
            site=site, user=membership.user, stripe_id="cus_1", livemode=livemode
        )
        return membership

    return reader_of


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
    assert tells(WEBHOOK_SECRET) == 200
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
        deliver(client, site, told(livemode=True), secret=secret)
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


def test_T4_W1_only_those_who_look_after_the_money_end_it(client_at, site, shop):
    client = client_at(site)
    client.force_login(MembershipFactory(site=site).user)
    assert client.post(reverse("billing_end_previous_secret")).status_code in (302, 403)
    assert client.get(reverse("billing_end_previous_secret")).status_code in (302, 403, 405)


# Changes of mode


def webhook_row(page):
    return next(row for row in page.context["rows"] if row.subject == "webhook")


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
    assert tells(LIVE_SECRET, livemode=True) == 400
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
    assert tells(LIVE_SECRET, livemode=True) == 200
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


# Tenants without keys, or whose keys can't be read


def test_W1_a_secret_that_was_saved_without_keys_counts_for_test_mode_only(client, site, tells):
    BillingSettings(site=site, webhook_secret=SECRET).save()
    assert tells(SECRET) == 200
    assert tells(SECRET, livemode=True) == 400


def test_W1_without_keys_the_current_secrets_mode_is_the_tenants(client, site, tells, reader_of):
    reader_of(livemode=False)
    settings = set_up_billing(
        site, publishable_key="pk_live_courier1234", secret_key="", webhook_secret=LIVE_SECRET
    )
    settings.previous_webhook_secret = seal(
        SECRET, site_id=site.pk, field="previous_webhook_secret", mode="test"
    )
    settings.webhook_secret_replaced_at = timezone.now()
    settings.save()
    assert [tells(SECRET), tells(LIVE_SECRET, livemode=True)] == [200, 200]
    settings.publishable_key = ""
    settings.save()
    assert [tells(SECRET), tells(LIVE_SECRET, livemode=True)] == [400, 200]


def test_R28_the_publishable_key_alone_tells_the_mode(client, site, tells):
    set_up_billing(site, publishable_key="pk_live_courier1234", secret_key="")
    assert [tells(SECRET), tells(SECRET, livemode=True)] == [400, 200]


def test_W1_B3_keys_that_cannot_be_read_are_no_failure_of_an_event(
    client, site, tells, settings, member
):
    """Only the signing secret was entered again after the encryption key had been lost."""
    keys = settings.KRATE_ENCRYPTION_KEYS
    settings.KRATE_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    lost = seal("sk_test_courier1234", site_id=site.pk, field="secret_key")
    settings.KRATE_ENCRYPTION_KEYS = keys
    BillingSettings.objects.update(publishable_key="", secret_key=lost)
    assert tells(SECRET) == 503
    assert not WebhookEvent.objects.exists()


def test_B2_an_endpoint_is_made_where_the_stored_secret_cannot_be_read(at_panel, site, shop):
    lost = seal(WEBHOOK_SECRET, site_id=site.pk, field="secret_key")
    BillingSettings.objects.update(webhook_secret=lost)
    page = at_panel.post(reverse("billing_create_endpoint"), follow=True)
    assert webhook_row(page).state == "works"
    assert stored(site).previous_webhook_secret == ""


# Installations that are upgraded


def as_an_earlier_release_wrote(site, name, secret):
    """Store a secret as code without modes does, also while this migration has run already."""
    BillingSettings.objects.filter(site=site).update(
        **{name: seal(secret, site_id=site.pk, field=name)}
    )


@pytest.mark.database
@pytest.mark.parametrize(("keys", "livemode"), [("live", True), ("test", False)])
def test_W1_upgrading_gives_secrets_the_mode_of_their_keys_and_ends_the_previous_one(
    client, site, tells, keys, livemode
):
    set_up_billing(site, publishable_key=f"pk_{keys}_courier1234", secret_key="")
    as_an_earlier_release_wrote(site, "webhook_secret", SECRET)
    as_an_earlier_release_wrote(site, "previous_webhook_secret", OTHER_SECRET)
    upgrade()
    assert tells(SECRET, livemode=livemode) == 200
    assert tells(SECRET, livemode=not livemode) == 400
    assert {tells(OTHER_SECRET, livemode=mode) for mode in (True, False)} == {400}
    # It has a mode of its own now, whatever becomes of the keys.
    other = "pk_test_courier1234" if livemode else "pk_live_courier1234"
    BillingSettings.objects.update(publishable_key=other)
    assert tells(SECRET, livemode=livemode) == 200
    assert tells(SECRET, livemode=not livemode) == 400


def upgrade():
    migration = import_module("billing.migrations.0004_signing_secrets")
    migration.settle_secrets(apps, connection.schema_editor())


@pytest.mark.parametrize("keys", [[], [Fernet.generate_key().decode()]], ids=["none", "another"])
def test_W1_upgrading_where_nothing_can_be_decrypted_fails_nowhere(
    client, site, tells, settings, keys
):
    set_up_billing(site, publishable_key="pk_live_courier1234", secret_key="sk_live_courier1234")
    as_an_earlier_release_wrote(site, "webhook_secret", SECRET)
    as_an_earlier_release_wrote(site, "previous_webhook_secret", OTHER_SECRET)
    right = settings.KRATE_ENCRYPTION_KEYS
    settings.KRATE_ENCRYPTION_KEYS = keys
    upgrade()
    settings.KRATE_ENCRYPTION_KEYS = right
    assert [tells(SECRET, livemode=True), tells(SECRET)] == [200, 400]
    assert tells(OTHER_SECRET, livemode=True) == 400


def test_W1_what_the_old_code_stores_during_an_upgrade_makes_nobody_deaf_and_opens_nothing(
    at_panel, site, shop, live_entries, tells, reader_of
):
    reader_of(livemode=True)
    as_an_earlier_release_wrote(site, "previous_webhook_secret", WEBHOOK_SECRET)
    as_an_earlier_release_wrote(site, "webhook_secret", OTHER_SECRET)
    assert [tells(OTHER_SECRET), tells(WEBHOOK_SECRET)] == [200, 400]
    # The next step to live is taken with this code: the secret stays test mode's.
    save(at_panel, live_entries)
    assert tells(OTHER_SECRET, livemode=True) == 400
    # And where the old code took it, its new secret is live mode's, and the one before it nobody's.
    as_an_earlier_release_wrote(site, "previous_webhook_secret", WEBHOOK_SECRET)
    as_an_earlier_release_wrote(site, "webhook_secret", LIVE_SECRET)
    assert tells(LIVE_SECRET, livemode=True) == 200
    assert tells(WEBHOOK_SECRET, livemode=True) == 400


def test_W1_what_the_old_code_left_without_a_mode_is_test_modes_where_the_endpoint_cant_be_made(
    at_panel, site, sandbox, live_entries, tells
):
    as_an_earlier_release_wrote(site, "webhook_secret", OTHER_SECRET)
    sandbox.mischief(answer=500, path="webhook_endpoints")
    page = save(at_panel, live_entries)
    assert stored(site).mode == "live"
    assert webhook_row(page).state == "attention"
    assert tells(OTHER_SECRET, livemode=True) == 400


def test_B3_a_secrets_mode_lasts_through_new_encryption_keys(client, site, tells, settings):
    set_up_billing(site)
    settings.KRATE_ENCRYPTION_KEYS = [
        Fernet.generate_key().decode(),
        *settings.KRATE_ENCRYPTION_KEYS,
    ]
    call_command("rotate_keys")
    settings.KRATE_ENCRYPTION_KEYS = settings.KRATE_ENCRYPTION_KEYS[:1]
    assert [tells(SECRET), tells(SECRET, livemode=True)] == [200, 400]
