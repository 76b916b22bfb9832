"""schemathesis asks every GET operation that the sandbox offers, by Stripe's description."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.outside import description
from tests.outside.lives import play_all
from tests.stripe_sandbox.routes import ROUTES

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
OFFERED = sorted(
    template
    for route in ROUTES
    if route.method == "GET"
    and (template := description.path_template("GET", route.path.replace("{id}", "x")))
)
EXAMPLES = 25


@pytest.fixture(scope="module")
def described():
    paths = {path: {"get": description.DESCRIPTION["paths"][path]["get"]} for path in OFFERED}
    return schemathesis.openapi.from_dict({**description.DESCRIPTION, "paths": paths})


@pytest.fixture(scope="module")
def stage(module_sandbox):
    """A stage on which every life was led, and everything that came to be, by kind."""
    stage, recorder = play_all(module_sandbox)
    kinds: dict[str, dict[str, dict]] = {}
    for answer in recorder.answers:
        gather(answer.body, kinds)
    gather([event["data"]["object"] for event in module_sandbox.events("lives")], kinds)
    gather(module_sandbox.events("lives"), kinds)
    return stage, {kind: list(objects.values())[-10:] for kind, objects in kinds.items()}


def gather(value, kinds):
    """Note every object inside that has a kind and an id."""
    if isinstance(value, dict):
        if "object" in value and "id" in value and not value.get("deleted"):
            kinds.setdefault(value["object"], {})[value["id"]] = value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            gather(item, kinds)


@pytest.mark.long
@pytest.mark.parametrize("path", OFFERED)
def test_no_answer_breaks_the_schema_of(path, described, stage, module_sandbox):
    stage, known = stage
    assert 200 in ask(path, described[path]["GET"], stage, known, module_sandbox.url)


@pytest.mark.long
def test_an_answer_that_breaks_the_schema_is_found(described, stage, module_sandbox):
    stage, known = stage
    for product in module_sandbox.world_for(stage.key).all("product"):
        product["active"] = "yes"
    operation = described["/v1/products"]["GET"]
    with pytest.raises(FailureGroup, match="Response violates schema"):
        ask("/v1/products", operation, stage, known, module_sandbox.url)


def ask(path, operation, stage, known, url):
    """Ask one operation many questions, check each answer, and return the status codes."""
    answered = []

    @given(case=operation.as_strategy(), choice=st.data())
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def question(case, choice):
        name_what_exists(case, path, known, choice)
        response = case.call(base_url=url, headers={"Authorization": f"Bearer {stage.key}"})
        case.validate_response(response, checks=CHECKS)
        answered.append(response.status_code)

    question()
    return answered


def name_what_exists(case, path, known, choice):
    """What schemathesis invents exists nowhere: half of the time, name what does."""
    if path.endswith("}") and choice.draw(st.booleans()):
        case.query = {}  # else an expansion that isn't possible hides the object
    for place in (case.query, case.path_parameters):
        for name in place or {}:
            objects = known.get(kind_named(name, path), [])
            if objects and choice.draw(st.booleans()):
                chosen = choice.draw(st.sampled_from(objects))
                place[name] = chosen["id"]
                if "customer" in place and chosen.get("customer"):
                    place["customer"] = chosen["customer"]  # whose card, for one, is asked for


# What parameters of other objects' paths and queries are called, where not by their kind.
NAMES = {"session": "checkout.session", "intent": "payment_intent"}


def kind_named(parameter, path):
    """The kind of object that a parameter names: `{customer}`, `?subscription=`, a cursor."""
    is_last = path.endswith(f"{{{parameter}}}")
    if is_last or parameter in ("starting_after", "ending_before"):
        return answers_with(path)
    return NAMES.get(parameter, parameter)


def answers_with(path):
    """The kind of object, or of objects in a list, that a path answers with."""
    success = description.DESCRIPTION["paths"][path]["get"]["responses"]["200"]
    schema = success["content"]["application/json"]["schema"]
    schema = schema.get("properties", {}).get("data", {}).get("items", schema)
    schema = schema.get("anyOf", [schema])[0]
    referred = description.DESCRIPTION["components"]["schemas"][schema["$ref"].split("/")[-1]]
    return referred["properties"]["object"]["enum"][0]
