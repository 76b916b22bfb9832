"""The billing settings, as a tenant's admin fills them in (rules T3, B2, B3; R16 to R18, R28)."""

import pytest
from cryptography.fernet import Fernet
from django.urls import reverse

from billing.models import Price
from billing.models.secrets import reveal
from membership.models import TenantLogEntry
from tests.billing.panel import URL, save, stored, text_of
from tests.selling import WEBHOOK_SECRET, make_price


def test_R17_keys_and_prices_are_saved_and_checked(at_panel, site, sandbox, shop, entries):
    site_before = stored(site)
    page = save(at_panel, entries, secret_key=shop.secret_key, webhook_secret="whsec_brandnew123")
    assert page.status_code == 200
    assert "Stripe accepts the key" in text_of(page)
    assert reveal(stored(site), "secret_key") == shop.secret_key
    assert reveal(stored(site), "webhook_secret") == "whsec_brandnew123"
    assert stored(site).checked_at != site_before.checked_at


def test_R16_amounts_of_both_prices_are_shown_and_remembered(at_panel, site, entries):
    Price.objects.all().delete()
    page = text_of(save(at_panel, entries))
    assert "€9.00 a month" in page
    assert "€90.00 a year" in page
    assert set(Price.objects.values_list("site", "unit_amount", "interval")) == {
        (site.pk, 900, "month"),
        (site.pk, 9000, "year"),
    }


def test_B3_secrets_never_come_back_to_the_browser(at_panel, shop, entries):
    pages = [
        at_panel.get(URL),
        save(at_panel, entries, secret_key=shop.secret_key),
        save(at_panel, entries, secret_key=shop.secret_key, publishable_key="wrong"),
    ]
    for page in pages:
        assert shop.secret_key not in page.content.decode()
        assert WEBHOOK_SECRET not in page.content.decode()
        assert shop.secret_key[-4:] in page.content.decode()


def test_B3_blank_keeps_the_stored_secrets(at_panel, site, shop, entries):
    save(at_panel, entries, trial_days="7")
    assert stored(site).trial_days == 7
    assert reveal(stored(site), "secret_key") == shop.secret_key
    assert reveal(stored(site), "webhook_secret") == WEBHOOK_SECRET


def test_a_restricted_key_will_do(at_panel, site, shop, entries):
    save(at_panel, entries, secret_key=shop.account.restricted_key)
    assert reveal(stored(site), "secret_key") == shop.account.restricted_key


def test_R18_the_webhook_address_and_its_events_are_there_to_copy(at_panel, shop):
    page = at_panel.get(URL).content.decode()
    assert "http://courier.localhost/api/stripe/webhook" in page
    for event_type in (
        "customer.subscription.deleted",
        "customer.subscription.updated",
        "invoice.payment_failed",
        "invoice.payment_succeeded",
    ):
        assert event_type in page


# What is refused


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("publishable_key", "sk_test_123456789abc", "This isn&#x27;t a publishable key"),
        ("secret_key", "pk_test_123456789abc", "This isn&#x27;t a secret key"),
        ("webhook_secret", "sk_test_123456789abc", "This isn&#x27;t a signing secret"),
        ("monthly_price_id", "prod_123456789", "This is a product&#x27;s id"),
        ("annual_price_id", "9.99", "A price&#x27;s id begins with price_"),
        ("secret_key", "sk_test_5100000000000000", "Stripe refuses the secret key"),
        ("monthly_price_id", "price_unknown", "Stripe knows no such price"),
        ("trial_days", "1000", "730"),
    ],
)
def test_R17_what_cannot_work_is_refused_with_the_reason(
    at_panel, site, shop, entries, field, value, words
):
    page = save(at_panel, entries, **{field: value})
    assert words in page.content.decode()
    assert reveal(stored(site), "secret_key") == shop.secret_key
    assert stored(site).monthly_price_id == shop.monthly.id


def test_R28_keys_of_mixed_modes_are_refused(at_panel, site, shop, entries):
    for changes in (
        {"publishable_key": shop.account.live_publishable_key},
        {"secret_key": shop.account.live_secret_key},
    ):
        page = save(at_panel, entries, **changes)
        assert "Both must be of the same mode" in page.content.decode()
    assert stored(site).publishable_key == shop.publishable_key
    assert reveal(stored(site), "secret_key") == shop.secret_key


def test_R28_test_prices_are_refused_with_live_keys(at_panel, shop, entries):
    page = save(
        at_panel,
        entries,
        publishable_key=shop.account.live_publishable_key,
        secret_key=shop.account.live_secret_key,
    )
    assert "same mode, test or live" in page.content.decode()


def test_R16_a_price_of_the_wrong_interval_is_refused(at_panel, site, shop, entries):
    page = save(at_panel, entries, monthly_price_id=shop.annual.id, annual_price_id=shop.monthly.id)
    assert "is charged every year. Here belongs a price that is charged every month" in text_of(
        page
    )
    assert stored(site).monthly_price_id == shop.monthly.id


def wrong_prices(shop):
    client = shop.stripe
    other_product = client.v1.products.create({"name": "Mugs"})
    archived = make_price(client, shop.product, 800, "year")
    client.v1.prices.update(archived.id, {"active": False})
    once = client.v1.prices.create(
        {"product": shop.product.id, "unit_amount": 500, "currency": "eur"}
    )
    return {
        "Both must be prices of one product": make_price(client, other_product, 9000, "year"),
        "Both must be in one currency": make_price(client, shop.product, 9000, "year", "usd"),
        "is archived at Stripe": archived,
        "is charged once": once,
        "is charged every 2 × year": make_price(
            client, shop.product, 9000, "year", recurring={"interval": "year", "interval_count": 2}
        ),
    }


def test_R16_other_prices_that_cannot_be_sold_are_refused(at_panel, site, shop, entries):
    for words, price in wrong_prices(shop).items():
        page = save(at_panel, entries, annual_price_id=price.id)
        assert words in text_of(page)
        assert stored(site).annual_price_id == shop.annual.id


def test_a_price_cannot_be_both(at_panel, shop, entries):
    page = save(at_panel, entries, annual_price_id=shop.monthly.id)
    assert "This is the monthly price already" in page.content.decode()


# Stripe in trouble


def test_B2_settings_are_saved_while_stripe_is_down_and_it_is_said(
    at_panel, site, sandbox, shop, entries
):
    sandbox.mischief(answer=500)
    page = save(at_panel, entries, trial_days="5", secret_key=shop.account.restricted_key)
    assert stored(site).trial_days == 5
    assert reveal(stored(site), "secret_key") == shop.account.restricted_key
    assert "couldn&#x27;t be reached, so this wasn&#x27;t checked" in page.content.decode()
    assert "Saved, but Stripe couldn&#x27;t be reached" in page.content.decode()


def test_B2_the_panel_itself_asks_stripe_nothing(at_panel, sandbox, shop):
    sandbox.mischief(answer=500)
    before = len(sandbox.requests())
    assert at_panel.get(URL).status_code == 200
    assert len(sandbox.requests()) == before


def test_a_price_nobody_bought_is_forgotten_when_it_is_replaced(at_panel, site, shop, entries):
    dearer = make_price(shop.stripe, shop.product, 1200, "month")
    save(at_panel, entries, monthly_price_id=dearer.id)
    assert not Price.objects.filter(site=site, stripe_id=shop.monthly.id).exists()
    assert Price.objects.filter(site=site, stripe_id=dearer.id).exists()


def test_W1_a_signing_secret_that_is_replaced_by_hand_stays_valid_as_the_previous_one(
    at_panel, site, entries
):
    save(at_panel, entries, webhook_secret="whsec_copiedfromstripe1")
    assert reveal(stored(site), "webhook_secret") == "whsec_copiedfromstripe1"
    assert reveal(stored(site), "previous_webhook_secret") == WEBHOOK_SECRET


def test_B3_secrets_that_cannot_be_read_here_are_said_to_be_so(at_panel, site, shop, settings):
    settings.KRATE_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    page = at_panel.get(URL).content.decode()
    assert "can&#x27;t be decrypted on this server" in page
    for name in ("billing_check", "billing_test_portal", "billing_create_endpoint"):
        assert at_panel.post(reverse(name), follow=True).status_code == 200
    assert at_panel.get("/pro/").status_code == 200


def test_B3_entering_them_again_is_the_way_out(at_panel, site, shop, settings, entries):
    settings.KRATE_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    save(at_panel, entries, secret_key=shop.secret_key, webhook_secret="whsec_copiedfromstripe1")
    assert reveal(stored(site), "secret_key") == shop.secret_key


def test_names_from_stripe_are_text_and_no_markup(at_panel, shop, entries):
    shop.stripe.v1.products.update(shop.product.id, {"name": "<script>alert(1)</script> 100%(x)s"})
    page = save(at_panel, entries).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_B3_saving_writes_no_secret_into_the_log_of_changes(at_panel, shop, entries):
    save(at_panel, entries, secret_key=shop.secret_key)
    rows = TenantLogEntry.objects.values()
    assert rows
    assert shop.secret_key not in str(list(rows))


def test_B2_a_restricted_key_that_may_too_little_is_told_what_it_lacks(
    at_panel, site, sandbox, shop, entries
):
    sandbox.create_account(shop.account.name, restricted_to=["plan_read"])
    page = save(at_panel, entries, secret_key=shop.account.restricted_key).content.decode()
    assert reveal(stored(site), "secret_key") == shop.account.restricted_key
    assert "The restricted key may not read this" in page
    assert "Stripe accepts the restricted key" in page
    page = at_panel.post(reverse("billing_create_endpoint"), follow=True).content.decode()
    assert "The restricted key may not do this" in page
