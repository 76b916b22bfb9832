"""The member's buttons that lead to Stripe's portal and invoices (R19, R23 to R25; rules B1, B9, T4)."""

import re

import pytest
from django.urls import reverse

from billing.models import Customer, Invoice, Subscription, TenantFeatures
from membership.models import Membership
from tests.factories import UserFactory

BUTTONS = ["billing_portal", "billing_pay", "billing_resume"]


@pytest.fixture
def pro(reader, shop, buy, relay):
    """The person's browser once he has bought the annual plan, and Stripe told us."""
    buy(reader, shop)
    relay(shop)
    return reader


def press(reader, name, **fields):
    return reader.post(reverse(name), fields)


def portal_page(client_response, sandbox):
    import requests

    location = client_response.headers["Location"]
    assert location.startswith(f"{sandbox.url}/p/session/")
    return requests.get(location, timeout=5).text


def live_subscription(shop):
    return shop.stripe.v1.subscriptions.list({"limit": 1}).data[0]


def test_R19_the_portal_opens_for_the_members_own_customer(pro, person, shop, sandbox):
    response = press(pro, "billing_portal")
    assert response.status_code == 303
    assert person.email in portal_page(response, sandbox)


@pytest.mark.parametrize(
    ("flow", "wanted"), [("card", "payment_method_update"), ("cancel", "subscription_cancel"),
                         ("switch", "subscription_update")],
)  # fmt: skip
def test_R23_R25_deep_links_lead_to_one_task(pro, shop, sandbox, flow, wanted):
    allow_everything(shop)
    assert press(pro, "billing_portal", flow=flow).status_code == 303
    asked = sandbox.requests(method="POST", path="/v1/billing_portal/sessions")[-1]
    assert wanted in str(asked)


def test_a_task_that_the_portal_does_not_offer_leads_to_its_front_page(pro, shop, sandbox):
    configuration = shop.stripe.v1.billing_portal.configurations.list().data[0]
    shop.stripe.v1.billing_portal.configurations.update(
        configuration.id, {"features": {"subscription_cancel": {"enabled": False}}}
    )
    assert press(pro, "billing_portal", flow="cancel").status_code == 303


def test_an_unknown_task_leads_to_the_front_page(pro):
    assert press(pro, "billing_portal", flow="steal").status_code == 303


def test_a_member_without_a_customer_is_told_so(reader, shop):
    response = press(reader, "billing_portal")
    assert response.headers["Location"] == "/account/#billing"
    assert "nothing to manage" in reader.get("/account/").content.decode()


def test_T4_nobody_opens_another_members_portal(pro, make_reader, shop, sandbox):
    stranger = make_reader(UserFactory())
    subscription = Subscription.objects.get()
    for name in BUTTONS:
        response = press(
            stranger, name, customer=subscription.customer.stripe_id,
            subscription=subscription.stripe_id, flow="cancel",
        )  # fmt: skip
        assert response.headers["Location"] == "/account/#billing"
    assert live_subscription(shop).cancel_at is None


def test_T4_a_customer_of_one_tenant_opens_nothing_at_another(
    pro, make_reader, person, other_shop, sandbox
):
    there = make_reader(person, other_shop.site)
    assert press(there, "billing_portal").headers["Location"] == "/account/#billing"


@pytest.mark.parametrize("name", BUTTONS)
def test_buttons_are_posts_of_signed_in_members_with_a_token(pro, client_at, site, name):
    assert pro.get(reverse(name)).headers["Location"] == "/account/"
    pro.handler.enforce_csrf_checks = True
    assert press(pro, name).status_code == 403
    visitor = client_at(site)
    assert press(visitor, name).headers["Location"].startswith("/accounts/login/")


def test_who_must_sign_in_after_pressing_a_button_comes_to_its_page(pro, client_at, site, person):
    visitor = client_at(site)
    sign_in = press(visitor, "billing_portal", flow="cancel").headers["Location"]
    visitor.force_login(person)
    page = visitor.get(sign_in, follow=True)
    assert page.redirect_chain[-1][0] == "/account/"
    assert "Cancel subscription" in page.content.decode()


@pytest.mark.parametrize("name", ["billing_portal", "billing_pay"])
def test_B9_stripe_down_is_said_on_the_account_page(pro, sandbox, name):
    sandbox.mischief(answer=500)
    assert press(pro, name).headers["Location"] == "/account/#billing"
    page = pro.get("/account/").content.decode()
    assert "can&#x27;t be reached" in page
    assert "Next charge" in page


def test_R25_R4_cancelling_in_the_portal_shows_when_the_member_is_back(pro, shop):
    subscription = live_subscription(shop)
    shop.stripe.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    assert pro.get(reverse("billing_return")).headers["Location"] == "/account/#billing"
    page = " ".join(pro.get("/account/").content.decode().split())
    assert "Your subscription is cancelled. You read on until" in page
    assert "<dt>Last day</dt>" in page
    assert "Resume the subscription" in page
    assert Membership.objects.get().is_pro


def test_R25_the_member_is_told_of_the_switch_even_if_the_webhook_came_first(pro, shop, relay):
    allow_everything(shop)
    press(pro, "billing_portal", flow="switch")
    item = live_subscription(shop)["items"].data[0]
    shop.stripe.v1.subscription_items.update(item.id, {"price": shop.monthly.id})
    relay(shop)
    page = pro.get(reverse("billing_return"), follow=True).content.decode()
    assert "You have switched to the monthly plan: €9.00 a month." in page
    again = pro.get(reverse("billing_return"), follow=True).content.decode()
    assert "You have switched" not in again


@pytest.mark.parametrize("how", ["flag", "date"])
def test_R25_a_cancellation_is_taken_back_in_one_click(pro, shop, how):
    subscription = live_subscription(shop)
    end = subscription["items"].data[0].current_period_end
    changes = {"cancel_at_period_end": True} if how == "flag" else {"cancel_at": end}
    shop.stripe.v1.subscriptions.update(subscription.id, changes)
    pro.get(reverse("billing_return"))
    press(pro, "billing_resume")
    assert live_subscription(shop).cancel_at is None
    page = pro.get("/account/").content.decode()
    assert "Next charge" in page
    assert "Your subscription goes on" in page


def test_R25_resuming_takes_back_a_cancellation_that_is_not_known_here_yet(pro, shop):
    row = Subscription.objects.get()
    shop.stripe.v1.subscriptions.update(row.stripe_id, {"cancel_at_period_end": True})
    press(pro, "billing_resume")
    assert "Your subscription goes on" in pro.get("/account/").content.decode()
    assert not shop.stripe.v1.subscriptions.retrieve(row.stripe_id).cancel_at_period_end


def test_R25_what_ended_at_stripe_meanwhile_is_not_said_to_go_on(pro, shop):
    row = Subscription.objects.get()
    shop.stripe.v1.subscriptions.cancel(row.stripe_id)
    press(pro, "billing_resume")
    assert "no subscription to resume" in pro.get("/account/").content.decode()
    row.refresh_from_db()
    assert row.status == "canceled"


def test_there_is_nothing_to_resume_without_a_subscription(reader, shop):
    press(reader, "billing_resume")
    assert "no subscription to resume" in reader.get("/account/").content.decode()


def test_R3_a_failed_renewal_is_paid_at_stripe(pro, shop, sandbox, relay):
    fail_the_renewal(shop, sandbox)
    relay(shop)
    page = pro.get("/account/").content.decode()
    assert "A payment failed on" in page
    assert "Pay now" in page
    response = press(pro, "billing_pay")
    assert response.status_code == 303
    (invoice,) = shop.stripe.v1.invoices.list({"status": "open"}).data
    assert response.headers["Location"] == invoice.hosted_invoice_url


def test_paying_where_nothing_is_open_says_so(pro):
    assert press(pro, "billing_pay").headers["Location"] == "/account/#billing"
    assert "There is no open invoice" in pro.get("/account/").content.decode()


def test_R24_invoices_lead_to_fresh_links(pro, shop):
    invoice = Invoice.objects.get()
    response = pro.get(reverse("billing_invoice", args=[invoice.pk]))
    assert response.status_code == 302
    assert (
        response.headers["Location"]
        == shop.stripe.v1.invoices.retrieve(invoice.stripe_id).invoice_pdf
    )


def test_T4_another_members_invoice_is_unknown(pro, make_reader, person, shop, other_shop, sandbox):
    url = reverse("billing_invoice", args=[Invoice.objects.get().pk])
    before = len(sandbox.requests())
    assert make_reader(UserFactory()).get(url).status_code == 404
    assert make_reader(person, other_shop.site).get(url).status_code == 404
    assert pro.get(reverse("billing_invoice", args=[999999])).status_code == 404
    assert len(sandbox.requests()) == before


def test_B9_an_invoice_while_stripe_is_down_is_no_error_page(pro, sandbox):
    sandbox.mischief(answer=500)
    response = pro.get(reverse("billing_invoice", args=[Invoice.objects.get().pk]))
    assert response.headers["Location"] == "/account/#billing"


def test_T3_billing_off_keeps_the_account_page_and_the_portal(pro, site):
    TenantFeatures.objects.filter(site=site).update(billing_enabled=False)
    page = pro.get("/account/").content.decode()
    assert "Next charge" in page
    assert "Cancel subscription" in page
    assert press(pro, "billing_portal", flow="cancel").status_code == 303
    assert "/pro/" not in re.findall(r'href="([^"]+)"', page)


def test_buttons_are_limited_for_each_account(pro):
    assert [press(pro, "billing_resume").status_code for _ in range(31)][-1] == 429


def test_B1_R29_no_page_of_ours_asks_for_a_card(pro):
    for path in ("/pro/", "/account/"):
        page = pro.get(path).content.decode()
        assert not re.search(r'name="(card|number|cvc|exp)', page)


def allow_everything(shop):
    """Configure the portal as the README says."""
    configuration = shop.stripe.v1.billing_portal.configurations.list().data[0]
    prices = [shop.monthly.id, shop.annual.id]
    shop.stripe.v1.billing_portal.configurations.update(
        configuration.id,
        {
            "features": {
                "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
                "subscription_update": {
                    "enabled": True,
                    "default_allowed_updates": ["price"],
                    "products": [{"product": shop.product.id, "prices": prices}],
                },
            }
        },
    )


def fail_the_renewal(shop, sandbox):
    """Let the card of the shop's only customer be declined when the year is over."""
    customer = Customer.objects.get()
    method = shop.stripe.v1.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": customer.stripe_id}
    )
    shop.stripe.v1.customers.update(
        customer.stripe_id, {"invoice_settings": {"default_payment_method": method.id}}
    )
    shop.stripe.v1.subscriptions.update(
        live_subscription(shop).id, {"default_payment_method": method.id}
    )
    sandbox.advance(366 * 86400)
