"""The webhook as an attacker sees it: whatever is sent, never a 500, never a row (rule W1).

Who doesn't know the signing secret gets a refusal, and a cheap one. Who knows it, and sends what
Stripe never would, gets a refusal where it is no event, and has it noted where it is one.
"""

import gzip
import json
import time
from contextlib import suppress

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from billing.models import Customer, Invoice, Notice, Price, Subscription, WebhookEvent
from billing.webhooks.event import Event, MalformedEventError, parse
from billing.webhooks.handlers import HANDLERS
from membership.models import Membership
from tests.billing.stripe_objects import deliver, event, invoice, now, signed, subscription

PATH = "/api/stripe/webhook"
LEDGERS = (WebhookEvent, Subscription, Invoice, Notice, Customer, Membership, Price)

# One database for all examples of a test: what must not be written can't pile up either.
fuzz = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)

words = st.text(max_size=30)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
# The fields that our code looks at, with anything in them.
FIELDS = sorted({*subscription(), *invoice(), "data", "recurring", "price", "parent", "lines"})
objects = st.fixed_dictionaries(
    {"object": st.sampled_from(["subscription", "invoice", "customer", "checkout.session", "x"])},
    optional={
        "id": values,
        "customer": st.just("cus_1") | values,
        **{name: values for name in FIELDS if name not in {"id", "customer", "object"}},
    },
)
events = st.fixed_dictionaries(
    {
        "object": st.just("event") | values,
        "id": words | values,
        "type": st.sampled_from(sorted(HANDLERS)) | values,
        "created": st.integers(1, 2**40) | values,
        "data": st.fixed_dictionaries({"object": objects}) | values,
    },
    optional={"livemode": values, "api_version": values, "extra": values},
)
headers = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\x00"), max_size=80)


def post(client, site, body, header=None, **extra):
    if header is not None:
        extra["HTTP_STRIPE_SIGNATURE"] = header
    return client.generic(
        "POST", PATH, body, content_type="application/json", HTTP_HOST=site.hostname, **extra
    )


def rows():
    return {model.__name__: model.objects.count() for model in LEDGERS}


@fuzz
@given(body=st.binary(max_size=300) | events.map(lambda told: json.dumps(told).encode()))
def test_W1_no_body_without_a_signature_is_taken(client, site, member, body):
    before = rows()
    for header in (None, "", signed(body, "whsec_guessed")):
        assert post(client, site, body, header).status_code == 400
    assert rows() == before


@fuzz
@given(header=headers)
@example(header="t=1,v1=" + "é" * 64)
@example(header="t=1,t=2,v1=00")
@example(header="v1=,t=")
@example(header="t=1_0,v1=0")
@example(header="\x7f" * 50)
def test_W1_no_header_is_taken_for_a_signature(client, site, member, header):
    before = rows()
    assert post(client, site, json.dumps(event("x", {})).encode(), header).status_code == 400
    assert rows() == before


@fuzz
@given(body=st.text(max_size=300) | events.map(json.dumps))
@example(body='{"object":"event","id":"e","type":"x","created":1,"data":{"object":{}}}')
def test_W1_whatever_is_read_is_an_event_or_refused(body):
    with suppress(MalformedEventError):
        assert isinstance(parse(body), Event)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "-Infinity"])
def test_W1_numbers_that_no_database_holds_are_refused(client, site, member, number):
    told = event("customer.subscription.updated", {**subscription(), "metadata": {"n": 1.5}})
    before = rows()
    body = json.dumps(told).replace("1.5", number).encode()
    assert deliver(client, site, body).status_code == 400
    assert rows() == before


@pytest.mark.parametrize(
    ("name", "status"), [("\\u0000", 200), ("\\\\u0000", 200), ("\x00", 400), ("\\\x00", 400)]
)
def test_W1_a_name_that_only_spells_a_nul_loses_no_event(client, site, member, name, status):
    told = event("customer.subscription.created", {**subscription(), "description": name})
    assert deliver(client, site, told).status_code == status


@pytest.mark.usefixtures("member")
@fuzz
@given(told=events)
def test_W1_what_stripe_would_never_sign_is_refused_or_noted(client, site, told):
    """It is no failure: Stripe would send that again for days."""
    before = rows()
    answer = deliver(client, site, told)
    assert answer.status_code in {200, 400}
    if answer.status_code == 400:
        assert rows() == before
    else:
        assert WebhookEvent.objects.filter(event_id=told["id"]).exists()


def big(size):
    return b'{"object":"event","padding":"' + b"x" * size + b'"}'


NESTED = {
    "a list": b"[" * 100_000 + b"]" * 100_000,
    "unclosed": b"[" * 100_000,
    "an object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
}
HOSTILE = {
    "10 MB": big(10_000_000),
    "gzip of 10 MB": gzip.compress(big(10_000_000)),
    "a NUL": b"\x00" * 100,
    **{f"100,000 brackets, {name}": body for name, body in NESTED.items()},
}


@pytest.mark.parametrize("is_signed", [True, False], ids=["signed", "unsigned"])
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_W1_hostile_bodies_are_refused_even_with_a_signature(client, site, member, body, is_signed):
    before = rows()
    header = signed(body) if is_signed else "t=1,v1=0"
    assert post(client, site, body, header).status_code == 400
    assert rows() == before


@pytest.mark.parametrize("depth", [50, 200, 400, 600, 800, 900, 950, 990])
@pytest.mark.parametrize("field", ["metadata", "parent", "items"])
def test_W1_objects_nested_deeper_than_stripes_are_refused(client, site, member, depth, field):
    """Some of them could be read, and would be too deep for whoever walks through them afterwards."""
    nested = f'{{"{field}":' * depth + "1" + "}" * depth
    told = event("customer.subscription.updated", {**subscription(), field: "NESTED"})
    body = json.dumps(told).replace('"NESTED"', nested).encode()
    before = rows()
    assert deliver(client, site, body).status_code == 400
    assert rows() == before


def test_W1_duplicate_keys_count_once_and_only_under_a_signature(client, site, member):
    """The last one holds, as for every reader of JSON; a signature covers the bytes, not the keys."""
    told = json.dumps(event("customer.subscription.created", subscription(), id="evt_last"))
    body = told.replace('"id": "evt_last"', '"id": "evt_first", "id": "evt_last"').encode()
    before = rows()
    assert post(client, site, body, "t=1,v1=0").status_code == 400
    assert rows() == before
    assert deliver(client, site, body).status_code == 200
    assert deliver(client, site, body).status_code == 200
    assert list(WebhookEvent.objects.values_list("event_id", flat=True)) == ["evt_last"]


@pytest.mark.parametrize("length", ["", "0", "-1", "nonsense", "5", "99999999999999999999", "1e3"])
def test_W1_lengths_that_lie_and_bodies_in_chunks(client, site, member, length):
    """A body in chunks has no length: the server hands us none of it."""
    body = json.dumps(event("customer.subscription.created", subscription())).encode()
    before = rows()
    lying = {"CONTENT_LENGTH": length, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = post(client, site, body, signed(body), **lying)
    assert answer.status_code in {200, 400}
    if answer.status_code == 400:
        assert rows() == before


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip", "\xff"])
def test_W1_encodings_are_not_undone(client, site, member, encoding):
    body = gzip.compress(json.dumps(event("invoice.paid", invoice())).encode())
    before = rows()
    answer = post(client, site, body, signed(body), HTTP_CONTENT_ENCODING=encoding)
    assert answer.status_code == 400
    assert rows() == before


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "post"]
)  # fmt: skip
def test_W1_no_other_method_does_anything(client, site, member, method):
    body = json.dumps(event("customer.subscription.created", subscription())).encode()
    before = rows()
    answer = client.generic(
        method, PATH, body, HTTP_HOST=site.hostname, HTTP_STRIPE_SIGNATURE=signed(body)
    )
    if method != "post":
        assert answer.status_code == 405
        assert rows() == before


@pytest.mark.parametrize("suffix", ["//", "/x", ";a", "%00", "/../webhook"])
def test_W1_no_other_spelling_of_the_address_is_the_endpoint(client, site, member, suffix):
    body = json.dumps(event("customer.subscription.created", subscription())).encode()
    before = rows()
    answer = client.post(
        PATH + suffix,
        data=body,
        content_type="application/json",
        headers={"host": site.hostname, "stripe-signature": signed(body)},
    )
    assert answer.status_code in {301, 400, 403, 404}
    assert rows() == before


def test_W1_a_refusal_writes_nothing_and_is_cheaper_than_an_event(client, site, member):
    def cost(send):
        started = time.perf_counter()
        with CaptureQueriesContext(
            connection,
        ) as asked:
            send()
        return time.perf_counter() - started, len(asked)

    told = json.dumps(event("invoice.upcoming", invoice())).encode()
    accepted = min(
        cost(lambda: deliver(client, site, event("customer.subscription.updated", subscription())))
        for _time in range(8)
    )
    for body in (told, HOSTILE["10 MB"], HOSTILE["100,000 brackets, a list"]):
        forged = f"t={now()},v1={'0' * 64}"
        refused = min(cost(lambda: post(client, site, body, forged)) for _time in range(8))  # noqa: B023
        assert refused[0] < accepted[0]
        assert refused[1] < accepted[1]
