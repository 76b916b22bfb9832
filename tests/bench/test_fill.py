"""S3: `manage.py fill` makes a tenant as large as wanted, and runs again without harm."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from wagtail.models import Page

from bench.filling import email_of
from bench.management.commands.fill import Command
from billing.models import Invoice, Subscription, WebhookEvent
from home.models import ArticlePage
from membership.models import Membership, User
from tests.factories import ArticlePageFactory, SectionPageFactory

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def fill(site, **numbers):
    call_command(Command(), tenant=site.hostname, stdout=StringIO(), **numbers)


def test_half_of_the_members_never_paid_and_four_of_ten_are_pro(site, billing_prices):
    fill(site, members=40)
    members = Membership.objects.filter(site=site)
    assert [members.filter(standing=each).count() for each in ("free", "pro", "ended")] == [
        20,
        16,
        4,
    ]
    assert members.pro().count() == 16
    paying = members.get(user__email=email_of(5))
    assert paying.standing_at(paying.joined_at).is_pro
    subscription = Subscription.objects.get(site=site, stripe_id="sub_fill_5")
    assert subscription.customer.user == paying.user
    assert subscription.items.get().price_id == "price_monthly"
    assert Invoice.objects.filter(customer=subscription.customer, status="paid").count() == 1


def test_a_second_run_adds_what_is_missing_and_changes_nothing_else(site):
    fill(site, members=10, events=10)
    first = Membership.objects.get(user__email=email_of(0))
    fill(site, members=10, events=10)
    fill(site, members=25, events=15)
    fill(site, members=5)
    assert User.objects.filter(email__endswith="@fill.example").count() == 25
    assert Membership.objects.filter(site=site).count() == 25
    assert WebhookEvent.objects.filter(site=site).count() == 15
    assert Membership.objects.get(user__email=email_of(0)) == first


def test_articles_are_copies_that_can_be_read_and_found(site, client_at):
    section = SectionPageFactory(parent=site.root_page, title="Harbour")
    ArticlePageFactory(parent=section, title="The ferry", access="public")
    fill(site, articles=30)
    fill(site, articles=30)
    copies = ArticlePage.objects.descendant_of(site.root_page).filter(slug__contains="-fill-")
    assert copies.count() == 30
    assert copies.get(title="The ferry 29").slug.endswith("-fill-29")
    client = client_at(site)
    assert b"kettle" in client.get(copies.get(title="The ferry 7").get_url()).content
    found = client.get("/search/?q=ferry").content.decode()
    assert "The ferry 29" in found or "The ferry 1" in found
    assert Page.find_problems() == ([], [], [], [], [])


def test_a_tenant_that_does_not_exist_is_named(db):
    with pytest.raises(CommandError, match=r"No tenant has the host nowhere\.localhost"):
        call_command(Command(), tenant="nowhere.localhost", members=1)


def test_a_tenant_without_an_article_has_none_to_copy(site):
    with pytest.raises(CommandError, match="no article"):
        fill(site, articles=1)


@pytest.fixture
def billing_prices(site):
    from tests.billing.conftest import set_up_billing

    return set_up_billing(site)
