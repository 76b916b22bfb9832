"""Signing secrets get the mode of the keys that they lie beside, and a previous one ends.

Nobody knows how old a previous one is, nor for which mode it was. Nothing is lost with it: Stripe
signs each attempt anew, and while a secret is being rolled by the new one, too.
https://docs.stripe.com/webhooks#roll-endpoint-secrets
"""

from django.core.exceptions import ImproperlyConfigured
from django.db import migrations, models

from billing.stripe_ids import key_mode
from billing.models.secrets import SecretUnreadableError, reveal, seal

FIELD = "webhook_secret"


def settle_secrets(apps, schema_editor):
    """One that can't be decrypted here stays as it is, and counts for the mode of the keys."""
    BillingSettings = apps.get_model("billing", "BillingSettings")
    rows = BillingSettings.objects.using(schema_editor.connection.alias)
    rows.exclude(previous_webhook_secret="").update(previous_webhook_secret="")
    for row in rows.exclude(webhook_secret="").iterator():
        try:
            sealed = sealed_with_mode(row)
        except (SecretUnreadableError, ImproperlyConfigured):
            continue
        # Unless somebody replaced it meanwhile.
        rows.filter(pk=row.pk, webhook_secret=row.webhook_secret).update(webhook_secret=sealed)


def sealed_with_mode(row):
    mode = key_mode(row.publishable_key) or key_mode(reveal(row, "secret_key")) or "test"
    return seal(reveal(row, FIELD), site_id=row.site_id, field=FIELD, mode=mode)


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0003_event_words'),
    ]

    operations = [
        migrations.AddField(
            model_name='billingsettings',
            name='webhook_secret_replaced_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunPython(settle_secrets, migrations.RunPython.noop),
    ]
