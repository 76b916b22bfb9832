"""The wall: one clear action for each state of a reader, and the way back to the page."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests.factories import HIDDEN, ArticlePageFactory

pytestmark = pytest.mark.django_db


def test_visitors_wall_leads_through_sign_up_and_the_plans_back(site, client_at, section, shop):
    article = ArticlePageFactory(parent=section, access="pro", slug="kettle")
    page = client_at(site).get(article.url).text
    assert "/accounts/signup/?next=%2Fpro%2F%3Fnext%3D%252Fworld%252Fkettle%252F" in page
    assert "/accounts/login/?next=%2Fworld%2Fkettle%2F" in page


def test_T3_wall_sells_nothing_where_billing_is_off(site, client, section, shop, as_member):
    shop.sells = False
    article = ArticlePageFactory(parent=section, access="pro")
    client.speak_to(site)
    for reader in (client, as_member()):
        wall = re.search(
            r'<section class="wall.*?</section>', reader.get(article.url).text, re.DOTALL
        )
        assert "This page is for Pro members" in wall[0]
        assert "<a " not in wall[0]


def test_access_ends_by_the_clock_without_any_notice(section, shop, as_member):
    article = ArticlePageFactory(parent=section, access="pro")
    client = as_member(pro=True, reason_code="subscription_active")
    assert HIDDEN in client.get(article.url).text
    with time_machine.travel(timezone.now() + timedelta(days=30, seconds=1)):
        page = client.get(article.url).text
    assert HIDDEN not in page
