"""Customers: https://docs.stripe.com/api/customers"""

from __future__ import annotations

from typing import Any

from . import errors, payment_methods, shapes, test_clocks
from .changes import apply
from .identifiers import random_text
from .listing import wrap
from .presentation import present
from .world import Object, World

PLAIN = (
    "address", "balance", "business_name", "description", "email", "individual_name", "name",
    "phone", "preferred_locales", "shipping", "tax_exempt",
)  # fmt: skip


def create(world: World, params: Object) -> Object:
    customer = shapes.new(world, "customer", invoice_prefix=random_text(8).upper())
    apply(customer, params, PLAIN)
    if "test_clock" in params:
        test_clocks.adopt(world, customer, params["test_clock"])
    world.add(customer)
    attached = None
    if "payment_method" in params:
        method = payment_methods.resolve(world, params["payment_method"])
        attached = payment_methods.attach_to(world, method, customer)["id"]
    set_invoice_settings(world, customer, params.get("invoice_settings") or {}, attached)
    world.emit("customer.created", customer)
    return customer


def set_invoice_settings(
    world: World, customer: Object, settings: Any, attached: str | None = None
) -> None:
    for name, value in settings.items():
        if name == "default_payment_method" and value:
            # With the test names, the payment method that the same call attached is meant.
            chosen = attached or world.get("payment_method", value, "default_payment_method")["id"]
            customer["invoice_settings"][name] = chosen
        else:
            customer["invoice_settings"][name] = value or None


def update(world: World, params: Object, id: str) -> Object:
    customer = alive(world, id)
    with world.changing(customer, "customer.updated"):
        apply(customer, params, PLAIN)
        set_invoice_settings(world, customer, params.get("invoice_settings") or {})
    return customer


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
    world.emit("customer.deleted", customer)
    stub = {"id": id, "object": "customer", "deleted": True}
    world.table("customer")[id] = {**stub, "_was": customer}
    return stub


def delete_discount(world: World, params: Object, id: str) -> Object:
    discount = alive(world, id)["discount"]
    raise errors.no_such("discount", discount or id)


def subscriptions_of(world: World, customer: Object) -> Object:
    """The field that only `expand[]=subscriptions` shows: those that aren't canceled."""
    mine = world.all("subscription", customer=customer["id"])
    live = [present(found) for found in mine if found["status"] != "canceled"]
    return wrap(reversed(live), f"/v1/customers/{customer['id']}/subscriptions")
