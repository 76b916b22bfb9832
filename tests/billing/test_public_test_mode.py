"""Who meets a tenant's test keys is told that nothing is paid; at a live tenant no page speaks of tests."""

import re

import pytest

from billing.models import BillingSettings, Price
from krate_site.tenancy.models import Publication
from tests.billing.stripe_objects import deliver, event
from tests.selling import WEBHOOK_SECRET
from tests.states import BY_NAME

PAGES = ("/pro/", "/account/")


def words_of(response):
    main = re.search(r"<main.*?</main>", response.content.decode(), re.DOTALL)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


@pytest.fixture
def speak_german(site):
    Publication.objects.update_or_create(site=site, defaults={"language": "de"})


@pytest.mark.parametrize("state", ["free", "monthly", "ended", "past-due"])
def test_R28_pay_pages_say_once_that_this_is_a_test(reader, shop, person, state):
    BY_NAME[state].arrange(shop, person)
    for page in PAGES:
        assert words_of(reader.get(page)).count("No real payment: this is a test.") == 1


def test_R28_so_does_the_page_where_checkout_returns(reader, shop, buy):
    assert words_of(buy(reader, shop)).count("No real payment: this is a test.") == 1


def test_R28_it_is_said_in_german_too(reader, shop, speak_german):
    for page in PAGES:
        assert "Keine echte Zahlung: Dies ist ein Test." in words_of(reader.get(page))


@pytest.mark.parametrize("state", ["free", "monthly", "ended", "past-due"])
def test_R28_a_live_tenant_speaks_of_no_test(reader, shop, person, state):
    BillingSettings.objects.update(publishable_key=shop.publishable_key.replace("test", "live"))
    Price.objects.update(livemode=True)
    BY_NAME[state].arrange(shop, person)
    for page in PAGES:
        response = reader.get(page)
        assert response.status_code == 200
        assert "test" not in words_of(response)


def test_R28_a_key_that_cannot_be_read_takes_no_account_page_away(reader, shop, person, settings):
    BY_NAME["monthly"].arrange(shop, person)
    BillingSettings.objects.update(publishable_key="")
    settings.KRATE_ENCRYPTION_KEYS = ["A" * 43 + "="]
    assert "You are a Pro member" in words_of(reader.get("/account/"))


def test_B10_a_running_dispute_alone_changes_no_word_for_the_member(reader, shop, person, client):
    BY_NAME["monthly"].arrange(shop, person)
    before = [words_of(reader.get(page)) for page in PAGES]
    thing = {"object": "dispute", "id": "dp_1", "charge": "ch_1", "amount": 900, "currency": "eur"}
    answer = deliver(
        client, shop.site, event("charge.dispute.created", thing), secret=WEBHOOK_SECRET
    )
    assert answer.status_code == 200
    assert [words_of(reader.get(page)) for page in PAGES] == before
