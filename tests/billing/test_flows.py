"""A webhook and a click on *Subscribe* go through few files (see `tests/flows.py`)."""

import pytest

from krate_site.tenancy import sites
from tests.billing.at_checkout import choose
from tests.billing.stripe_objects import deliver, event, invoice, now, subscription
from tests.factories import UserFactory
from tests.flows import Way


@pytest.fixture(autouse=True)
def _tenant_stays_known(monkeypatch):
    monkeypatch.setattr(sites, "SECONDS_A_READING_HOLDS", 3600)


@pytest.fixture
def subscribed(client, site, member):
    """A member whose subscription is known and was changed before."""
    for second, (type, told) in enumerate(
        (
            ("customer.subscription.created", subscription()),
            ("customer.subscription.updated", subscription(cancel_at_period_end=True)),
            ("invoice.paid", invoice("paid", id="in_0")),
        )
    ):
        assert deliver(client, site, event(type, told, created=now() + second)).status_code == 200


def test_a_paid_invoice_goes_through_few_files(client, site, subscribed):
    with Way("webhook: invoice.paid") as way:
        assert deliver(client, site, event("invoice.paid", invoice("paid"))).status_code == 200
    assert 10 < way.files <= 39
    assert way.functions <= 139


def test_a_changed_subscription_goes_through_few_files(client, site, subscribed):
    told = event("customer.subscription.updated", subscription(), created=now() + 5)
    with Way("webhook: subscription.updated") as way:
        assert deliver(client, site, told).status_code == 200
    assert 10 < way.files <= 39
    assert way.functions <= 147
    assert way.changes <= 155


def test_a_click_on_subscribe_goes_through_few_files(make_reader, shop):
    choose(make_reader(UserFactory()))
    reader = make_reader(UserFactory())
    with Way("click on Subscribe") as way:
        assert choose(reader).status_code == 303
    assert 10 < way.files <= 35
