"""The billing settings' form, as tests fill it in and read its page."""

from billing.models import BillingSettings

URL = "/admin/settings/billing/"


def save(client, entries, **changes):
    return client.post(URL, {**entries, **changes}, follow=True)


def stored(site):
    return BillingSettings.objects.get(site=site)


def text_of(response):
    return " ".join(response.content.decode().split())


def webhook_row(page):
    return next(row for row in page.context["rows"] if row.subject == "webhook")
