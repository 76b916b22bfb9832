"""Rule B3: what is stored, shown and exported of a tenant's secrets."""

import copy
import io
import sys

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.template import engines
from django.views.debug import get_exception_reporter_class

from billing.models import BillingSettings
from billing.models.secrets import Sealed, SecretUnreadableError, reveal
from billing.stripe_api.client import client_for_key, stripe_client
from billing.stripe_api.errors import StripeProblem, stripe_problems
from tests.factories import SiteFactory

SECRET = "sk_test_51Hq7wontbeshownanywhere"


@pytest.fixture
def stored(site):
    BillingSettings.objects.create(site=site, secret_key=SECRET)
    return BillingSettings.objects.get(site=site)


def stored_text(billing_settings, field="secret_key"):
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {field} FROM billing_billingsettings WHERE id = %s", [billing_settings.pk]
        )
        return cursor.fetchone()[0]


def test_B3_database_holds_ciphertext_only(stored):
    assert SECRET not in stored_text(stored)
    assert reveal(stored, "secret_key") == SECRET


def test_B3_plaintext_is_gone_from_the_instance_once_it_is_saved(site):
    billing_settings = BillingSettings(site=site, secret_key=SECRET)
    billing_settings.save()
    assert isinstance(billing_settings.secret_key, Sealed)
    assert SECRET not in repr(vars(billing_settings))


def test_an_empty_secret_is_empty(site):
    billing_settings = BillingSettings.objects.create(site=site)
    assert reveal(billing_settings, "secret_key") == ""


@pytest.mark.parametrize(
    "expression",
    ["secret_key", "secret_key.ciphertext", "secret_key.reveal", "secret_key|pprint"],
)
def test_B3_no_template_can_show_a_secret(stored, expression):
    template = engines["django"].from_string("{{ billing." + expression + " }}")
    assert SECRET not in template.render({"billing": stored})


@pytest.mark.parametrize("serializer", ["json", "xml", "python"])
def test_B3_exports_hold_ciphertext_only(stored, serializer):
    assert SECRET not in str(serializers.serialize(serializer, [stored]))


def test_an_export_can_be_loaded_again(stored):
    exported = serializers.serialize("json", [stored])
    stored.delete()
    for loaded in serializers.deserialize("json", exported):
        loaded.save()
    assert reveal(BillingSettings.objects.get(site=stored.site), "secret_key") == SECRET


def test_B3_rows_of_two_tenants_cannot_be_swapped(stored):
    other = BillingSettings.objects.create(site=SiteFactory(billing=True))
    BillingSettings.objects.filter(pk=other.pk).update(secret_key=stored.secret_key)
    other.refresh_from_db()
    with pytest.raises(SecretUnreadableError, match="another site or field") as caught:
        reveal(other, "secret_key")
    assert SECRET not in str(caught.value)


def test_B3_fields_of_one_tenant_cannot_be_swapped(stored):
    BillingSettings.objects.filter(pk=stored.pk).update(webhook_secret=stored.secret_key)
    stored.refresh_from_db()
    with pytest.raises(SecretUnreadableError):
        reveal(stored, "webhook_secret")


def test_B3_a_wrong_key_fails_closed_and_says_what_to_do(stored, settings):
    settings.KRATE_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(SecretUnreadableError, match="KRATE_ENCRYPTION_KEYS"):
        reveal(stored, "secret_key")


def test_B3_a_damaged_ciphertext_fails_closed(stored):
    stored.secret_key = Sealed(stored.secret_key.ciphertext[:-6] + "AAAAAA")
    with pytest.raises(SecretUnreadableError):
        reveal(stored, "secret_key")


def test_B3_plaintext_never_reaches_the_database_past_the_instance(stored):
    with pytest.raises(TypeError, match="encrypted"):
        BillingSettings.objects.filter(pk=stored.pk).update(secret_key=SECRET)
    assert reveal(stored, "secret_key") == SECRET


@pytest.mark.parametrize("keys", [[], ["short"]])
def test_B3_without_a_usable_key_nothing_is_stored(site, settings, keys):
    settings.KRATE_ENCRYPTION_KEYS = keys
    refusal = pytest.raises(ImproperlyConfigured, match="rotate_keys --new-key")
    with refusal, transaction.atomic():
        BillingSettings.objects.create(site=site, secret_key=SECRET)
    assert not BillingSettings.objects.exists()


def test_B3_rotation_moves_every_secret_to_the_newest_key(stored, settings):
    old = settings.KRATE_ENCRYPTION_KEYS
    new = [Fernet.generate_key().decode()]
    settings.KRATE_ENCRYPTION_KEYS = new + old
    output = io.StringIO()
    call_command("rotate_keys", stdout=output)
    assert "1" in output.getvalue()

    settings.KRATE_ENCRYPTION_KEYS = new
    stored.refresh_from_db()
    assert reveal(stored, "secret_key") == SECRET


def test_B3_rotation_names_what_it_cannot_read_and_leaves_it(stored, settings):
    before = stored_text(stored)
    settings.KRATE_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="secret_key"):
        call_command("rotate_keys", stdout=io.StringIO())
    assert stored_text(stored) == before


def test_a_fresh_key_is_printed_even_where_no_key_is_set(settings):
    settings.KRATE_ENCRYPTION_KEYS = []
    output = io.StringIO()
    call_command("rotate_keys", "--new-key", stdout=output)
    assert Fernet(output.getvalue().strip())


def test_saving_again_keeps_the_secret(stored):
    again = copy.copy(stored)
    again.trial_days = 7
    again.save()
    assert reveal(BillingSettings.objects.get(pk=stored.pk), "secret_key") == SECRET


def test_B3_no_error_report_holds_a_key(rf, shop):
    secret = shop.secret_key
    try:
        raise RuntimeError(f"Something broke with {secret}")
    except RuntimeError:
        reporter = get_exception_reporter_class(None)(rf.get("/"), *sys.exc_info())
    for report in (reporter.get_traceback_text(), reporter.get_traceback_html()):
        assert "Something broke with" in report
        assert secret not in report
        assert "sk_test_••••" in report


def test_B3_problems_with_stripe_are_logged_without_the_key(shop, sandbox, caplog):
    caplog.set_level("DEBUG")
    sandbox.mischief(answer=500)
    with pytest.raises(StripeProblem) as caught, stripe_problems():
        stripe_client(shop.settings).v1.customers.list()
    sandbox.mischief()
    with pytest.raises(StripeProblem), stripe_problems():
        client_for_key("sk_test_5100000000000000").v1.customers.list()
    for text in (caplog.text, str(caught.value), repr(caught.value)):
        assert shop.secret_key not in text
        assert "sk_test_5100000000000000" not in text
