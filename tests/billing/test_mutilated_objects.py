"""Whatever is missing from a real object, or is of another type or size: 200, and the same access (W1).

Each example is an object of Stripe's of which some fields are dropped, nulled, retyped or enlarged,
under a right signature, in every type of event that has a handler.
"""

import copy
from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from billing.models import Subscription, WebhookEvent
from billing.webhooks import EVENT_TYPES
from tests.billing.stripe_objects import (
    CREATED,
    DAY,
    card,
    customer,
    deliver,
    event,
    in_old_shape,
    invoice,
    now,
    session,
    subscription,
)

KINDS = {
    "customer.subscription": "subscription",
    "invoice": "invoice",
    "payment_method": "payment_method",
    "checkout.session": "checkout.session",
    "customer": "customer",
    "charge.dispute": "dispute",
    "charge": "charge",
}
START = now() - 10 * DAY
# It ends the access by its very name, whatever else it says.
ENDING = "customer.deleted"


def kind_of(type):
    return KINDS[type.rpartition(".")[0]]


@cache
def objects():
    """Return examples of each kind, all of them of the member's own subscription and customer."""
    found = {
        "subscription": [subscription(start=START), subscription(start=START, customer=customer())],
        "invoice": [invoice("paid"), invoice("paid", reason="subscription_create")],
        "payment_method": [card()],
        "checkout.session": [session()],
        "customer": [customer(card="pm_1")],
        "charge": [{"object": "charge", "id": "ch_1", "customer": "cus_1", "amount_refunded": 900}],
        "dispute": [{"object": "dispute", "id": "dp_1", "charge": "ch_1", "amount": 900}],
    }
    for type, thing in ((CREATED, subscription(start=START)), ("invoice.paid", invoice("paid"))):
        old = in_old_shape(event(type, thing))["data"]["object"]
        found[old["object"]].append(old)
    return found


def paths(thing, at=()):
    """Yield the place of each value inside, of the objects and lists too."""
    steps = thing.items() if isinstance(thing, dict) else enumerate(thing)
    for step, inner in steps:
        yield (*at, step)
        if isinstance(inner, dict | list):
            yield from paths(inner, (*at, step))


DROPPED = object()
OTHER_VALUES = [
    DROPPED, None, True, False, 1.5, -1, 2**63, 2**70, -(2**63) - 1, 9_404_000_000_000, 1e300,
    "x" * 300, "x" * 5000, "", "☃", [], [None], [[]], {}, {"id": 7}, {"data": None}, {"id": "x" * 300},
]  # fmt: skip
# Some that mean something where they stand, and so change access by right.
MEANING = {
    "cancel_at_period_end": (True,),
    "data": ([],),
    "id": ("☃",),
    "object": ("", DROPPED, None),
    "status": ("☃",),
}


@st.composite
def mutilated(draw, type):
    thing = copy.deepcopy(draw(st.sampled_from(objects()[kind_of(type)])))
    for _time in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(sorted(paths(thing), key=repr) or [("id",)]))
        value = draw(st.sampled_from(OTHER_VALUES))
        value = value if value is DROPPED else copy.deepcopy(value)
        *outer, last = path
        inner = thing
        for step in outer:
            inner = inner[step]
        if value in MEANING.get(last, ()):
            continue
        if value is not DROPPED:
            inner[last] = value
        elif isinstance(inner, list) or last in inner:
            del inner[last]
    return thing


def fuzz(examples):
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture
def subscriber(stripe_tells, site, member):
    """A member who is Pro. Nobody can be asked at Stripe."""
    site.billingsettings.secret_key = ""
    site.billingsettings.save()
    stripe_tells(event(CREATED, subscription(start=START), created=now() - 60))
    return member


def access_of(member):
    member.refresh_from_db()
    return member.is_pro, member.pro_until, member.standing


def mutilate(client, site, subscriber, examples):
    before = access_of(subscriber)

    @fuzz(examples)
    @given(data=st.data(), type=st.sampled_from([type for type in EVENT_TYPES if type != ENDING]))
    def try_one(data, type):
        told = event(type, data.draw(mutilated(type)))
        assert deliver(client, site, told).status_code == 200
        assert WebhookEvent.objects.filter(event_id=told["id"]).exists()
        if type != "invoice.payment_failed":
            assert access_of(subscriber) == before
        assert access_of(subscriber)[0]

    try_one()
    assert Subscription.objects.get(stripe_id="sub_1").status == "active"


def test_W1_no_mutilated_object_is_refused_or_changes_access(client, site, subscriber):
    mutilate(client, site, subscriber, 150)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_W1_no_mutilated_object_is_refused_or_changes_access_in_long(client, site, subscriber):
    mutilate(client, site, subscriber, 3000)
