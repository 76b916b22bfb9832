"""Stripe's machine-readable description judges what the sandbox emits, and the judge is judged."""

import copy
import functools

import pytest
import stripe

from tests.outside import description, differences, sdk_types
from tests.outside.lives import play_all
from tests.stripe_sandbox import parameters, routes
from tests.stripe_sandbox.resources import present

# Rule B10, as far as a life at Stripe brings them.
EVENTS_THAT_MATTER = {
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "invoice.payment_succeeded",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "payment_method.automatically_updated",
    "payment_method.attached",
    "payment_method.updated",
    "payment_method.detached",
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "customer.updated",
    "customer.deleted",
    "charge.dispute.created",
    "charge.refunded",
}


@pytest.fixture(scope="module")
def lives(module_sandbox):
    return play_all(module_sandbox)


@pytest.fixture(scope="module")
def events(module_sandbox, lives):
    return [present(event) for event in module_sandbox.events("lives")]


def test_every_answer_of_the_sandbox_is_as_stripe_describes_it(lives):
    _stage, recorder = lives
    faults = {
        f"{answer.method} {answer.path}: {fault}"
        for answer in recorder.answers
        for fault in (
            description.faults_of_object(answer.body)
            if answer.status < 400
            else description.faults_by(description.judge_of("error"), answer.body)
        )
    }
    assert faults == set()


def test_every_event_of_the_sandbox_is_as_stripe_describes_it(events):
    assert {fault for event in events for fault in description.faults_of_object(event)} == set()


def test_every_object_of_the_sandbox_is_as_the_sdk_has_it_today(lives, events):
    _stage, recorder = lives
    objects = [answer.body for answer in recorder.answers if answer.status < 400]
    objects += [event["data"]["object"] for event in events]
    assert {fault for obj in objects for fault in sdk_types.faults_of_object(obj)} == set()


def test_B10_every_event_that_matters_occurs_in_the_lives(events):
    assert EVENTS_THAT_MATTER - {event["type"] for event in events} == set()


def test_stripe_knows_every_event_type_that_the_sandbox_sends(events):
    body = description.DESCRIPTION["paths"]["/v1/webhook_endpoints"]["post"]["requestBody"]
    known = body["content"][description.FORM]["schema"]["properties"]["enabled_events"]
    assert {event["type"] for event in events} - set(known["items"]["enum"]) == set()


def test_every_request_of_the_lives_is_as_stripe_describes_it(module_sandbox, lives):
    assert description.faults_of_requests(module_sandbox.requests("lives")) == set()


# The test of the test: what is wrong is caught


def spoiled(value, path, new=...):
    """A copy with one thing changed, or without it."""
    copied = copy.deepcopy(value)
    *way, last = path
    holder = copied
    for step in way:
        holder = holder[step]
    if new is ...:
        del holder[last]
    else:
        holder[last] = new
    return copied


ITEM = ("items", "data", 0)


@pytest.mark.parametrize(
    ("path", "new", "fault"),
    [
        (("items",), ..., '"items" is a required property'),
        (("status",), "cancelled", ".status"),
        (("status",), None, ".status"),
        (("customer",), {"id": "cus_1"}, ".customer"),
        (("current_period_end",), 1, "'current_period_end' was unexpected"),
        ((*ITEM, "current_period_end"), ..., '"current_period_end" is a required property'),
        ((*ITEM, "current_period_end"), "soon", ".items.data[0].current_period_end"),
        ((*ITEM, "price", "unit_amount"), "9.00", ".items.data[0].price.unit_amount"),
        (("metadata",), [], ".metadata"),
        (("object",), "subscribtion", "no object is called"),
    ],
)
def test_a_wrong_subscription_is_caught(lives, path, new, fault):
    stage, _recorder = lives
    subscription = stage.v1.subscriptions.list({"status": "all"}).data[0].to_dict(for_json=True)
    assert description.faults_of_object(subscription) == []
    faults = description.faults_of_object(spoiled(subscription, path, new))
    assert any(fault in found for found in faults), faults


@pytest.mark.parametrize(
    ("path", "new", "fault"),
    [
        (("items",), ..., "items is missing"),
        (("status",), 1, "subscription.status"),
        (("status_details",), {"paused": {"by": "me"}}, "by is unknown"),
        ((*ITEM, "current_period_end"), True, "items[].current_period_end"),
        ((*ITEM, "price", "object"), "plan", "a plan is no Price"),
        (("current_period_end",), 1, "current_period_end is unknown"),
    ],
)
def test_a_subscription_of_another_day_is_caught(lives, path, new, fault):
    stage, _recorder = lives
    subscription = stage.v1.subscriptions.list({"status": "all"}).data[0].to_dict(for_json=True)
    assert sdk_types.faults_of_object(subscription) == []
    faults = sdk_types.faults_of_object(spoiled(subscription, path, new))
    assert any(fault in found for found in faults), faults


@pytest.mark.parametrize(
    ("path", "new", "fault"),
    [
        (("data", "object", "items"), ..., '"items" is a required property'),
        (("data", "previous_attributes"), {}, "are empty"),
        (("data", "previous_attributes"), {"plan": None}, "which subscription hasn't"),
        (("pending_webhooks",), "1", "event.pending_webhooks"),
        (("livemode",), ..., '"livemode" is a required property'),
    ],
)
def test_a_wrong_event_is_caught(events, path, new, fault):
    event = next(one for one in events if one["type"] == "customer.subscription.updated")
    faults = description.faults_of_object(spoiled(event, path, new))
    assert any(fault in found for found in faults), faults


@pytest.mark.parametrize(
    ("method", "path", "params", "fault"),
    [
        ("POST", "/v1/checkout/sessions", {"modus": "subscription"}, "'modus' was unexpected"),
        ("POST", "/v1/checkout/sessions", {"mode": "subscribe"}, ".mode"),
        ("POST", "/v1/checkout/sessions", {"line_items": [{"quantity": "one"}]}, ".quantity"),
        ("POST", "/v1/checkout/sessions", {"line_items": {"price": "price_1"}}, ".line_items"),
        ("POST", "/v1/checkout/sessions", {"allow_promotion_codes": "True"}, ".allow_promotion"),
        ("POST", "/v1/billing_portal/sessions", {"flow_data": {}}, '"type" is a required'),
        (
            "POST",
            "/v1/webhook_endpoints",
            {"url": "https://a.example"},
            '"enabled_events" is a req',
        ),
        ("POST", "/v1/webhook_endpoints", {"enabled_events": ["invoice.payed"]}, "[0]"),
        ("GET", "/v1/subscriptions", {"status": "live"}, ".status"),
        ("GET", "/v1/subscriptions", {"created": {"since": "1"}}, "'since' was unexpected"),
        ("GET", "/v1/subscribers", {}, "no such operation"),
        ("PUT", "/v1/customers/cus_1", {}, "no such operation"),
        ("GET", "/v1/invoices/upcoming/now", {}, "no such operation"),
    ],
)
def test_a_wrong_request_is_caught(method, path, params, fault):
    faults = description.faults_of_request(method, path, params)
    assert any(fault in found for found in faults), faults


# The list of differences excuses nothing but what really differs


def sdk_class(schema):
    if schema in differences.PARTS:
        return functools.reduce(getattr, differences.PARTS[schema].split("."), stripe)
    return sdk_types.classes()[schema]


@pytest.mark.parametrize("schema", differences.ADDED_FIELDS)
def test_added_fields_are_in_the_sdk_and_not_in_the_description(schema):
    described = description.DESCRIPTION["components"]["schemas"][schema]["properties"]
    for field in differences.ADDED_FIELDS[schema]:
        assert field in sdk_class(schema).__annotations__
        assert field not in described


@pytest.mark.parametrize("operation", differences.ADDED_PARAMETERS)
def test_added_parameters_are_in_the_sdk(operation):
    route, _ids = routes.find(*operation)
    types = parameters.params_type(route.params).__annotations__
    assert set(differences.ADDED_PARAMETERS[operation]) <= set(types)


@pytest.mark.parametrize("operation", differences.ADDED_OPERATIONS)
def test_added_operations_are_in_the_sdk_and_not_in_the_description(operation):
    route, _ids = routes.find(*operation)
    assert parameters.params_type(route.params)
    assert description.path_template(*operation) is None
