"""Webhooks: signed, in order, again when they fail, and in every kind of disorder."""

import json
import time

import pytest

from tests.sandbox.conftest import DAY
from tests.stripe_sandbox import webhook_endpoints

ACACIA = "2025-02-24.acacia"


def test_deliveries_are_signed_and_name_the_tenants_host(sandbox, api, site):
    api.customers.create({"email": "ada@example.com"})
    assert sandbox.flush(5)
    event, body = site.received[0]
    assert event.type == "customer.created"
    assert event.host.startswith("gazette.localhost:")
    assert json.loads(body)["api_version"] == sandbox.api_version
    assert event.request.id.startswith("req_")
    assert api.events.retrieve(event.id).pending_webhooks == 0


def test_events_go_only_to_endpoints_that_want_them(sandbox, api, listener):
    wanted = {"url": listener.url, "enabled_events": ["customer.updated"]}
    listener.secret = api.webhook_endpoints.create(wanted).secret
    customer = api.customers.create({})
    api.customers.update(customer.id, {"name": "Ada"})
    sandbox.flush(5)
    assert listener.types() == ["customer.updated"]
    assert listener.received[0][0].data.previous_attributes.to_dict() == {"name": None}


def test_secret_is_shown_once(api, site):
    assert not hasattr(api.webhook_endpoints.retrieve(site.endpoint), "secret")


def test_failed_delivery_is_tried_again(sandbox, api, site):
    site.answers = [500, 302]
    api.customers.create({})
    assert sandbox.flush(5)
    delivery = sandbox.deliveries()[-1]
    assert delivery["state"] == "succeeded"
    assert [attempt["status"] for attempt in delivery["attempts"]] == [500, 302, 200]


def test_delivery_is_given_up_and_can_be_sent_by_hand(sandbox, api, site):
    site.answers = [500] * 5
    api.customers.create({})
    assert sandbox.flush(5)
    assert sandbox.deliveries()[-1]["state"] == "failed"
    sandbox.deliver(sandbox.events("gazette")[-1]["id"])
    sandbox.flush(5)
    assert site.types() == ["customer.created"]


def test_nothing_is_sent_to_other_machines(sandbox, api):
    api.webhook_endpoints.create({"url": "https://example.com/hook", "enabled_events": ["*"]})
    api.customers.create({})
    sandbox.flush(5)
    answer = sandbox.deliveries()[-1]["attempts"][-1]["answer"]
    assert "this machine only" in answer


def test_late_twice_and_not_at_all(sandbox, api, site):
    sandbox.mischief(delay=0.2, copies=2)
    began = time.monotonic()
    api.customers.create({})
    sandbox.flush(5)
    assert time.monotonic() - began >= 0.2
    assert site.types() == ["customer.created"] * 2
    sandbox.mischief(drop=True, copies=1, delay=0)
    site.clear()
    api.customers.create({})
    sandbox.flush(5)
    assert site.received == []
    assert sandbox.deliveries()[-1]["state"] == "withheld"


def test_shuffled(sandbox, api, site, subscribe):
    sandbox.mischief(shuffle=True)
    subscribe()
    sandbox.flush(10)
    made = [event["type"] for event in sandbox.events("gazette")]
    assert sorted(site.types()) == sorted(made[-len(site.types()) :])
    assert site.types() != made[-len(site.types()) :]


def test_in_parallel(sandbox, api, site):
    api.customers.create({})
    sandbox.flush(5)
    site.takes = 0.05
    sandbox.deliver(sandbox.events("gazette")[-1]["id"], times=20, at_once=True)
    sandbox.flush(5)
    assert len(site.received) == 21
    assert site.most_at_once > 1


@pytest.mark.parametrize(("parallel", "at_once"), [(1, False), (4, True)])
def test_as_many_at_once_as_wanted(sandbox, api, site, parallel, at_once):
    sandbox.mischief(parallel=parallel)
    site.takes = 0.05
    for _ in range(8):
        api.customers.create({})
    sandbox.flush(10)
    assert (len(site.received), site.most_at_once > 1) == (8, at_once)
    assert site.most_at_once <= parallel


def test_rolled_secret_signs_beside_the_old_one(sandbox, account, api, site):
    endpoint = account.test.get("webhook_endpoint", site.endpoint)
    old, site.secret = site.secret, webhook_endpoints.roll_secret(account.test, endpoint)
    api.customers.create({})
    sandbox.flush(5)
    site.secret = old
    api.customers.create({})
    sandbox.flush(5)
    assert len(site.received) == 2


@pytest.fixture
def old_site(api, listener):
    wanted = {"url": listener.url, "enabled_events": ["*"], "api_version": ACACIA}
    listener.secret = api.webhook_endpoints.create(wanted).secret
    return listener


def test_old_endpoint_gets_the_old_shapes(sandbox, api, old_site, subscribe):
    subscription = subscribe()
    sandbox.advance(32 * DAY)
    sandbox.flush(10)
    changed = old_site.of("customer.subscription.updated")[-1]
    end = subscription["items"].data[0].current_period_end
    assert changed.api_version == ACACIA
    assert changed.data.object.current_period_start == end
    assert not hasattr(changed.data.object["items"].data[0], "current_period_end")
    assert changed.data.previous_attributes.current_period_end == end
    invoice = old_site.of("invoice.payment_succeeded")[-1].data.object
    assert (invoice.subscription, invoice.paid) == (subscription.id, True)
    assert invoice.payment_intent.startswith("pi_")
    assert invoice.charge.startswith("ch_")
    line = invoice.lines.data[0]
    assert (line.type, line.price.unit_amount) == ("subscription", 500)
    assert not hasattr(invoice, "parent")
    assert old_site.of("checkout.session.completed")[0].data.object.ui_mode == "hosted"


@pytest.mark.parametrize("answer", [429, 500])
def test_api_answers_badly_as_often_as_wanted(sandbox, api, answer):
    sandbox.mischief(answer=answer, times=2, path="/v1/customers")
    for _ in range(2):
        with pytest.raises(Exception, match="unknown error" if answer == 500 else "rate limit"):
            api.customers.list()
    assert api.customers.list().data == []


def test_api_answers_slowly_or_not_at_all(sandbox, api):
    sandbox.mischief(latency=0.2)
    began = time.monotonic()
    api.customers.list()
    assert time.monotonic() - began >= 0.2
    sandbox.mischief(latency=0, answer="hang_up", times=1)
    with pytest.raises(Exception, match=r"communicating with Stripe|Connection"):
        api.customers.create({})
    assert api.customers.list().data == []


def test_api_hangs_up_having_done_it_and_the_key_saves_the_day(sandbox, api):
    sandbox.mischief(answer="hang_up_after", times=1)
    with pytest.raises(Exception, match=r"communicating with Stripe|Connection"):
        api.customers.create({"email": "a@example.com"}, {"idempotency_key": "k"})
    again = api.customers.create({"email": "a@example.com"}, {"idempotency_key": "k"})
    assert [found.id for found in api.customers.list().data] == [again.id]


def test_unknown_mischief_is_refused(sandbox):
    with pytest.raises(ValueError, match="unknown mischief: noise"):
        sandbox.mischief(noise=True)
