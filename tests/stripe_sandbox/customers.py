"""Customers: https://docs.stripe.com/api/customers"""

from . import errors, payment_methods, shapes
from .changes import apply, need
from .identifiers import random_text
from .world import Object, World


def create(world: World, params: Object) -> Object:
    customer = shapes.new(world, "customer", invoice_prefix=random_text(8).upper())
    if id := params.get("test_clock"):
        clock = world.get("test_helpers.test_clock", id, "test_clock")
        customer.update(test_clock=id, created=clock["frozen_time"])
    world.add(customer)
    attached = None
    if "payment_method" in params:
        method = payment_methods.resolve(world, params["payment_method"])
        attached = payment_methods.attach_to(world, method, customer)["id"]
    change(world, customer, params, attached)
    world.emit("customer.created", customer)
    return customer


def change(world: World, customer: Object, params: Object, attached: str | None = None) -> None:
    settings = params.get("invoice_settings") or {}
    if method := settings.get("default_payment_method"):
        # With the test names, the payment method that the same call attached is meant.
        if not attached:
            world.get("payment_method", method, "default_payment_method")
        settings["default_payment_method"] = attached or method
    apply(customer, params)
    # Only shown where they are set.
    apply(customer, params, "business_name", "individual_name")


def of(world: World, params: Object) -> Object:
    """The customer that a call is about."""
    need(params, "customer")
    return alive(world, params["customer"], "customer")


def alive(world: World, id: str, param: str = "id") -> Object:
    customer = world.get("customer", id, param)
    if customer.get("deleted"):
        raise errors.no_such("customer", id, param=param)
    return customer


def delete(world: World, params: Object, id: str) -> Object:
    """Cancels all its subscriptions at once: https://docs.stripe.com/api/customers/delete"""
    from . import cancellation

    customer = alive(world, id)
    for subscription in world.all("subscription", customer=id):
        if subscription["status"] not in cancellation.FINAL:
            cancellation.end(world, subscription, reason="cancellation_requested")
    for method in world.all("payment_method", customer=id):
        method["customer"] = None
    stub = world.table("customer")[id] = world.delete(customer)
    return stub
