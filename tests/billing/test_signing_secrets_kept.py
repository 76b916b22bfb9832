"""A signing secret keeps its mode: without keys, through upgrades, and through new encryption keys (W1, B3)."""

from importlib import import_module

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from billing.models import BillingSettings, WebhookEvent
from billing.models.secrets import seal
from tests.billing.conftest import set_up_billing
from tests.billing.panel import save, stored, webhook_row
from tests.billing.stripe_objects import SECRET
from tests.selling import WEBHOOK_SECRET

LIVE_SECRET = "whsec_live0123456789abcdefghijkl"
OTHER_SECRET = "whsec_another0123456789abcdefgh"


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
    assert [tells(SECRET), tells(LIVE_SECRET, livemode=True)] == ["noted", 200]
    settings.publishable_key = ""
    settings.save()
    assert [tells(SECRET), tells(LIVE_SECRET, livemode=True)] == [400, 200]


def test_R28_the_publishable_key_alone_tells_the_mode(client, site, tells):
    set_up_billing(site, publishable_key="pk_live_courier1234", secret_key="")
    assert [tells(SECRET), tells(SECRET, livemode=True)] == ["noted", 200]


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
    assert tells(SECRET, livemode=not livemode) == "noted"
    assert {tells(OTHER_SECRET, livemode=mode) for mode in (True, False)} == {400}
    # It has a mode of its own now, whatever becomes of the keys.
    other = "pk_test_courier1234" if livemode else "pk_live_courier1234"
    BillingSettings.objects.update(publishable_key=other)
    assert tells(SECRET, livemode=livemode) == "noted"
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
    assert [tells(SECRET, livemode=True), tells(SECRET)] == [200, "noted"]
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
    assert [tells(SECRET), tells(SECRET, livemode=True)] == [200, "noted"]
