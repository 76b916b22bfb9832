"""The buttons beside the billing settings: endpoint, portal, check (rule B2; R21, R28)."""

import pytest
from django.urls import reverse

from billing.models.secrets import reveal
from tests.billing.panel import URL, save, stored
from tests.factories import SiteFactory, team_member
from tests.selling import WEBHOOK_SECRET


def test_B2_one_button_creates_the_webhook_endpoint_and_stores_its_secret(
    at_panel, site, shop, sandbox
):
    page = at_panel.post(reverse("billing_create_endpoint"), follow=True)
    endpoints = shop.stripe.v1.webhook_endpoints.list().data
    assert [endpoint.url for endpoint in endpoints] == [
        "http://courier.localhost/api/stripe/webhook"
    ]
    assert "invoice.payment_failed" in endpoints[0].enabled_events
    new_secret = reveal(stored(site), "webhook_secret")
    assert new_secret.startswith("whsec_")
    assert new_secret != WEBHOOK_SECRET
    assert reveal(stored(site), "previous_webhook_secret") == WEBHOOK_SECRET
    assert new_secret not in page.content.decode()
    assert "Stripe tells this site what happens" in page.content.decode()


def test_B2_pressing_it_again_replaces_the_endpoint(at_panel, site, shop):
    at_panel.post(reverse("billing_create_endpoint"))
    first = reveal(stored(site), "webhook_secret")
    at_panel.post(reverse("billing_create_endpoint"))
    assert len(shop.stripe.v1.webhook_endpoints.list().data) == 1
    assert reveal(stored(site), "previous_webhook_secret") == first


def test_B2_nothing_changes_where_stripe_does_not_make_the_endpoint(at_panel, site, sandbox, shop):
    sandbox.mischief(answer=500, path="webhook_endpoints")
    page = at_panel.post(reverse("billing_create_endpoint"), follow=True)
    assert "Stripe can&#x27;t be reached" in page.content.decode()
    assert reveal(stored(site), "webhook_secret") == WEBHOOK_SECRET


def test_R21_the_panel_says_that_the_integration_is_active(at_panel, shop, entries):
    configuration = shop.stripe.v1.billing_portal.configurations.list().data[0]
    shop.stripe.v1.billing_portal.configurations.update(
        configuration.id,
        {
            "features": {
                "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
                "payment_method_update": {"enabled": True},
                "invoice_history": {"enabled": True},
                "subscription_update": {
                    "enabled": True,
                    "default_allowed_updates": ["price"],
                    "products": [
                        {"product": shop.product.id, "prices": [shop.monthly.id, shop.annual.id]}
                    ],
                },
            }
        },
    )
    save(at_panel, entries)
    page = at_panel.post(reverse("billing_create_endpoint"), follow=True).content.decode()
    assert "The Stripe integration is active" in page
    assert "Needs attention" not in page


def test_B2_a_portal_that_cancels_at_once_is_warned_about(at_panel, shop, entries):
    configuration = shop.stripe.v1.billing_portal.configurations.list().data[0]
    shop.stripe.v1.billing_portal.configurations.update(
        configuration.id,
        {"features": {"subscription_cancel": {"enabled": True, "mode": "immediately"}}},
    )
    assert "The portal cancels at once" in save(at_panel, entries).content.decode()


def test_R28_test_mode_is_warned_about(at_panel, shop):
    assert "These are test keys: no real payment is taken" in at_panel.get(URL).content.decode()


def test_R21_the_portal_opens_for_a_customer_of_the_admins_own(at_panel, sandbox, shop, admin):
    response = at_panel.post(reverse("billing_test_portal"))
    assert response.status_code in (302, 303)
    assert response.headers["Location"].startswith(f"{sandbox.url}/p/session/")
    customers = shop.stripe.v1.customers.list().data
    assert [customer.email for customer in customers] == [admin.email]
    at_panel.post(reverse("billing_test_portal"))
    assert len(shop.stripe.v1.customers.list().data) == 1


def test_R21_the_portal_opens_where_stripe_does_not_know_that_customer_any_more(
    at_panel, sandbox, shop, admin
):
    at_panel.post(reverse("billing_test_portal"))
    (first,) = shop.stripe.v1.customers.list().data
    shop.stripe.v1.customers.delete(first.id)
    response = at_panel.post(reverse("billing_test_portal"))
    assert response.headers["Location"].startswith(f"{sandbox.url}/p/session/")
    assert [customer.email for customer in shop.stripe.v1.customers.list().data] == [admin.email]


def test_R21_in_live_mode_the_button_leads_to_the_configuration(at_panel, site, shop):
    live = stored(site)
    live.publishable_key = shop.account.live_publishable_key
    live.secret_key = shop.account.live_secret_key
    live.save()
    response = at_panel.post(reverse("billing_test_portal"))
    assert response.headers["Location"].startswith("https://dashboard.stripe.com/settings/")
    assert shop.stripe.v1.customers.list().data == []


@pytest.mark.parametrize(
    "name", ["billing_check", "billing_create_endpoint", "billing_test_portal"]
)
def test_buttons_work_by_post_with_a_token_only(at_panel, shop, name):
    assert at_panel.get(reverse(name)).status_code == 405
    at_panel.handler.enforce_csrf_checks = True
    assert at_panel.post(reverse(name)).status_code == 403


def test_a_tenant_without_keys_sees_what_to_do(client_at, db):
    site = SiteFactory(billing=True)
    client = client_at(site)
    client.force_login(team_member(site))
    page = client.get(URL).content.decode()
    assert "Nothing is entered yet" in page
    assert (
        "Enter and save a secret key first"
        in client.post(reverse("billing_test_portal"), follow=True).content.decode()
    )
