"""Payments on a member's page, in the list of members and on the admin's home (T3, T4, G5)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import (
    BillingSettings,
    Customer,
    Invoice,
    Reconciliation,
    Subscription,
    SubscriptionItem,
    TenantFeatures,
    WebhookEvent,
)
from billing.models.secrets import new_key
from membership.admin.home_panel import beginning_of_month
from membership.models import Membership
from membership.states import Standing
from tests.billing.conftest import set_up_billing
from tests.billing.stripe_objects import ANNUAL, MONTHLY, PRODUCT
from tests.factories import MembershipFactory, SiteFactory, team_member

NOW = timezone.now()
LIST = "/admin/members/"
NEXT_MONTH = (beginning_of_month(NOW) + timedelta(days=32)).replace(day=1)
MONTHS_END = NEXT_MONTH - timedelta(seconds=1)


def subscriber(site, name, *, price=MONTHLY, amount=900, interval="month", **fields):
    """Return a member who pays, with a customer, a subscription and an invoice at Stripe."""
    in_test = {"livemode": fields.pop("livemode", False)}
    membership = MembershipFactory(
        site=site,
        user__email=f"{name}@example.com",
        standing=fields.pop("standing", Standing.PRO),
        pro_until=fields.pop("pro_until", NOW + timedelta(days=20)),
    )
    customer = Customer.objects.create(
        site=site, user=membership.user, stripe_id=f"cus_{name}", **in_test
    )
    subscription = Subscription.objects.create(
        site=site,
        customer=customer,
        stripe_id=f"sub_{name}",
        status_at_stripe="active",
        **{"status": "active", "current_period_end": NOW + timedelta(days=20), **in_test, **fields},
    )
    SubscriptionItem.objects.create(
        subscription=subscription,
        stripe_id=f"si_{name}",
        price_id=price,
        product_id=PRODUCT,
        unit_amount=amount,
        currency="eur",
        interval=interval,
    )
    Invoice.objects.create(
        site=site, customer=customer, stripe_id=f"in_{name}", number=f"N-{name}", status="paid",
        total=amount, currency="eur", created=NOW,
    )  # fmt: skip
    WebhookEvent.objects.create(
        site=site, event_id=f"evt_{name}", type="invoice.paid", created=1, outcome="applied",
        customer_id_at_stripe=customer.stripe_id,
    )  # fmt: skip
    return membership


@pytest.fixture
def desk(at_panel, billing):
    """The admin's browser at a tenant that sells."""
    return at_panel


def text(response):
    return " ".join(response.content.decode().split())


def listed(response):
    return [row.user.email.split("@")[0] for row in response.context["object_list"]]


def test_R10_R11_a_members_page_has_subscription_invoices_and_events(desk, site):
    member = subscriber(site, "monthly")
    page = text(desk.get(f"{LIST}{member.pk}/"))
    for words in ("sub_monthly", "€9.00 a month", "Active", "N-monthly", "invoice.paid"):
        assert words in page


@pytest.mark.parametrize(("livemode", "mode"), [(False, "/test"), (True, "")])
def test_records_link_to_stripes_dashboard_of_their_mode(desk, site, livemode, mode):
    member = subscriber(site, "monthly", livemode=livemode)
    page = text(desk.get(f"{LIST}{member.pk}/"))
    for place in ("customers/cus_monthly", "subscriptions/sub_monthly", "invoices/in_monthly"):
        assert f'href="https://dashboard.stripe.com{mode}/{place}"' in page


def test_a_members_card_is_called_as_the_member_reads_it(desk, site):
    member = subscriber(site, "monthly")
    Customer.objects.update(card_brand="amex", card_last4="0005")
    page = text(desk.get(f"{LIST}{member.pk}/"))
    assert "Card: American Express ending in 0005" in page


def test_T3_without_billing_no_page_speaks_of_money(desk, site):
    member = subscriber(site, "monthly")
    TenantFeatures.objects.filter(site=site).update(billing_enabled=False)
    page = text(desk.get(f"{LIST}{member.pk}/"))
    for words in ("Payments", "cus_monthly", "N-monthly", "Stripe again"):
        assert words not in page
    listing, home = text(desk.get(LIST)), text(desk.get("/admin/"))
    assert "Pro until" not in listing
    assert 'name="plan"' not in listing
    for words in ("recurring revenue", "Last event from Stripe", "Past due"):
        assert words not in home
    assert desk.post(f"/admin/billing/members/{member.pk}/ask/").status_code == 302


def test_T4_nobody_asks_about_another_tenants_member(desk):
    other = SiteFactory(billing=True)
    set_up_billing(other)
    member = subscriber(other, "theirs")
    assert desk.post(f"/admin/billing/members/{member.pk}/ask/").status_code == 404


def test_editors_ask_nothing(client_at, site, billing):
    member = subscriber(site, "monthly")
    client = client_at(site)
    client.force_login(team_member(site, "editors"))
    assert client.post(f"/admin/billing/members/{member.pk}/ask/").status_code == 302
    assert "recurring revenue" not in text(client.get("/admin/"))
    assert "At a glance" not in text(client.get("/admin/"))


def test_G5_stripe_is_asked_again_and_what_it_said_is_told(at_panel, at_stripe):
    member = at_stripe.member()
    at_stripe.subscribe(member)
    membership = Membership.objects.get(pk=member.pk)
    assert not membership.is_pro
    page = text(at_panel.post(f"/admin/billing/members/{member.pk}/ask/", follow=True))
    membership.refresh_from_db()
    assert membership.is_pro
    assert "Stripe was asked. Pro until" in page


def test_B9_asking_while_stripe_is_down_changes_nothing_and_says_so(at_panel, at_stripe, sandbox):
    member = at_stripe.member()
    sandbox.mischief(answer=500)
    page = text(at_panel.post(f"/admin/billing/members/{member.pk}/ask/", follow=True))
    assert "Stripe can&#x27;t be reached at the moment" in page


@pytest.fixture
def payers(site, billing):
    """Members of every plan, and some whose money doesn't recur."""
    subscriber(site, "monthly")
    subscriber(site, "annual", price=ANNUAL, amount=10_000, interval="year")
    subscriber(
        site, "leaving", standing=Standing.ENDING, cancel_at_period_end=True, pro_until=MONTHS_END
    )  # fmt: skip
    subscriber(site, "trial", standing=Standing.TRIAL, status="trialing")
    subscriber(site, "late", standing=Standing.PAST_DUE, status="past_due", amount=1)
    subscriber(site, "former", standing=Standing.ENDED, status="canceled", pro_until=None)
    subscriber(site, "book", price="price_book", amount=5000)
    SubscriptionItem.objects.filter(stripe_id="si_book").update(product_id="prod_book")
    MembershipFactory(site=site, user__email="free@example.com")


@pytest.mark.database
@pytest.mark.parametrize(
    ("plan", "found"),
    [
        ("month", {"monthly", "leaving", "trial", "late"}),
        ("year", {"annual"}),
        ("paying", {"monthly", "annual", "late"}),
    ],
)
def test_members_are_found_by_plan(desk, payers, plan, found):
    assert set(listed(desk.get(LIST, {"plan": plan}))) == found


def test_the_list_names_the_plan_in_as_many_queries_for_all(
    desk, payers, django_assert_max_num_queries
):
    assert "Annual" in text(desk.get(LIST))
    with django_assert_max_num_queries(30):
        desk.get(LIST)


@pytest.mark.database
def test_revenue_counts_annual_plans_by_twelfths_and_leaves_out_what_does_not_recur(desk, payers):
    home = text(desk.get("/admin/"))
    # 9.00 monthly, 100.00 / 12 annual, and 0.01 past due: 17.343 in all.
    assert "€17.34" in home
    assert "2 monthly, 1 annual" in home


def test_revenue_is_told_by_currency(desk, site, payers):
    SubscriptionItem.objects.filter(stripe_id="si_late").update(currency="usd", unit_amount=700)
    assert "€17.33 · $7.00" in text(desk.get("/admin/"))


def test_who_holds_none_of_a_plan_is_counted_by_none(desk, payers):
    SubscriptionItem.objects.filter(interval="year").update(quantity=0)
    assert "2 monthly, 1 annual" not in text(desk.get("/admin/"))


def test_what_members_pay_with_real_money_is_counted_after_the_keys_are_gone(desk, payers):
    Customer.objects.update(livemode=True)
    Subscription.objects.update(livemode=True)
    BillingSettings.objects.update(publishable_key="", secret_key="")
    home = text(desk.get("/admin/"))
    assert "€17.34" in home
    assert "2 monthly, 1 annual" in home
    assert listed(desk.get(LIST, {"plan": "year"})) == ["annual"]


def test_keys_that_cannot_be_read_close_no_page_of_the_admin(desk, payers, settings):
    BillingSettings.objects.update(publishable_key="")
    settings.KRATE_ENCRYPTION_KEYS = [new_key()]
    assert "€17.34" in text(desk.get("/admin/"))
    assert listed(desk.get(LIST, {"plan": "year"})) == ["annual"]
    assert desk.get("/admin/billing/events/").status_code == 200


def test_each_number_of_the_home_leads_to_as_many_members(desk, payers):
    panel = next(p for p in desk.get("/admin/").context["panels"] if p.name == "numbers")
    numbers = {str(number.label): number for number in panel.get_context_data()["numbers"]}
    expected = {
        "Members": 8,
        "New this month": 8,
        "Pro members": 6,
        "Complimentary": 0,
        "To be cancelled this month": 1,
        "Past due": 1,
    }
    for label, count in expected.items():
        assert numbers[label].value == str(count), label
        assert len(listed(desk.get(numbers[label].url))) == count, label
    assert set(listed(desk.get(numbers["Monthly recurring revenue"].url))) == {
        "monthly",
        "annual",
        "late",
    }


def test_before_a_key_is_entered_the_home_leads_to_the_settings_and_counts_no_money(
    client_at, site
):
    client = client_at(site)
    client.force_login(team_member(site))
    home = text(client.get("/admin/"))
    assert 'href="/admin/settings/billing/"' in home
    assert "enter the keys of your Stripe account" in home
    assert "recurring revenue" not in home


def test_the_home_tells_of_events_and_of_the_last_comparison(desk, site, payers):
    WebhookEvent.objects.filter(event_id="evt_late").update(outcome="dead")
    Reconciliation.objects.create(
        site=site, started_at=NOW, finished_at=NOW, findings={"paid_without_access": ["sub_x"]}
    )
    home = text(desk.get("/admin/"))
    assert "1 failed" in home
    assert "paid without access: 1" in home
    assert desk.get("/admin/billing/events/").status_code == 200


@pytest.mark.parametrize(("repaired", "left"), [([], 2), (["sub_x"], 1), (["sub_x", "sub_y"], 0)])
def test_W8_the_home_counts_what_a_comparison_left_and_not_what_it_repaired(
    desk, site, payers, repaired, left
):
    heading = "paid_without_access"
    Reconciliation.objects.create(
        site=site,
        started_at=NOW,
        finished_at=NOW,
        findings={heading: ["sub_x", "sub_y"]},
        repaired={heading: repaired},
    )
    panel = next(p for p in desk.get("/admin/").context["panels"] if p.name == "numbers")
    number = panel.get_context_data()["numbers"][-1]
    assert number.note == f"paid without access: {left}"
    assert number.needs_attention == (left > 0)
