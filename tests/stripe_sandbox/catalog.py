"""What is for sale: products and prices. https://docs.stripe.com/api/products"""

from __future__ import annotations

from . import errors, shapes
from .changes import apply
from .world import Object, World

PRODUCT_FIELDS = (
    "active", "description", "images", "marketing_features", "name", "package_dimensions",
    "shippable", "statement_descriptor", "tax_code", "unit_label", "url",
)  # fmt: skip


def create_product(world: World, params: Object) -> Object:
    if world.find("product", params.get("id")):
        raise errors.StripeError("Product already exists.", code="resource_already_exists")
    product = shapes.new(world, "product", id=params.get("id"), updated=world.now())
    apply(product, params, PRODUCT_FIELDS)
    world.add(product, "product.created")
    if "default_price_data" in params:
        price = create_price(world, {**params["default_price_data"], "product": product["id"]})
        product["default_price"] = price["id"]
    return product


def update_product(world: World, params: Object, id: str) -> Object:
    product = world.get("product", id)
    with world.changing(product, "product.updated"):
        apply(product, params, (*PRODUCT_FIELDS, "default_price"))
        product["updated"] = world.now()
    return product


def delete_product(world: World, params: Object, id: str) -> Object:
    product = world.get("product", id)
    if world.all("price", product=id):
        message = "This product cannot be deleted because it has one or more user-created prices."
        raise errors.StripeError(message)
    return world.delete(product, "product.deleted")


def has_one_of_ids(world: World, params: Object, product: Object) -> bool:
    return "ids" not in params or product["id"] in params["ids"]


def create_price(world: World, params: Object) -> Object:
    """https://docs.stripe.com/api/prices/create"""
    price = build_price(world, params)
    if "lookup_key" in params:
        take_lookup_key(world, price, params)
    return world.add(price, "price.created")


def build_price(world: World, params: Object) -> Object:
    if "product_data" in params:
        product = create_product(world, params["product_data"])["id"]
    elif "product" in params:
        product = world.get("product", params["product"], "product")["id"]
    else:
        raise errors.missing("product")
    if "unit_amount" not in params and "unit_amount_decimal" not in params:
        raise errors.missing("unit_amount")
    amount = round(
        float(params["unit_amount"] if "unit_amount" in params else params["unit_amount_decimal"])
    )
    if amount < 0:
        code = "parameter_invalid_integer"
        raise errors.StripeError("Invalid non-negative integer", code=code, param="unit_amount")
    recurring = params.get("recurring")
    price = shapes.new(
        world,
        "price",
        currency=params["currency"].lower(),
        product=product,
        type="recurring" if recurring else "one_time",
        unit_amount=amount,
        unit_amount_decimal=str(amount),
    )
    if recurring:
        resting = {"interval_count": 1, "trial_period_days": None, "usage_type": "licensed"}
        price["recurring"] = {"meter": None, **resting, **recurring}
    apply(price, params, ("active", "nickname", "tax_behavior"))
    return price


def take_lookup_key(world: World, price: Object, params: Object) -> None:
    """A lookup key names one active price; it moves only with `transfer_lookup_key`."""
    for other in world.all("price", lookup_key=params["lookup_key"]):
        if not params.get("transfer_lookup_key"):
            message = f"A price (`{other['id']}`) already uses that lookup key."
            raise errors.StripeError(message, param="lookup_key")
        with world.changing(other, "price.updated"):
            other["lookup_key"] = None
    price["lookup_key"] = params["lookup_key"]


def update_price(world: World, params: Object, id: str) -> Object:
    price = world.get("price", id)
    with world.changing(price, "price.updated"):
        apply(price, params, ("active", "nickname", "tax_behavior"))
        if "lookup_key" in params:
            take_lookup_key(world, price, params)
    return price


def is_price_wanted(world: World, params: Object, price: Object) -> bool:
    keys, wanted = params.get("lookup_keys"), params.get("recurring") or {}
    recurring = price["recurring"] or {}
    return (
        (not keys or price["lookup_key"] in keys)
        and all(recurring.get(name) == value for name, value in wanted.items())
        and not price.get("_inline")
    )


def sold(world: World, line: Object, param: str, *, recurring_only: bool) -> Object:
    """The price of a subscription item or checkout line, with Stripe's complaints."""
    if "price_data" in line:
        # Made for this one use, and so not active.
        inline = build_price(world, line["price_data"]) | {"active": False, "_inline": True}
        return world.add(inline)
    param = f"{param}[price]"
    if not line.get("price"):
        raise errors.missing(param)
    price = world.get("price", line["price"], param)
    if not price["active"] and not price.get("_inline"):
        message = "The price specified is inactive. This field only accepts active prices."
        raise errors.StripeError(message, param=param)
    if recurring_only and price["type"] != "recurring":
        message = (
            "The price specified is set to `type=one_time` but this field only accepts prices "
            f"with `type=recurring`: {price['id']}"
        )
        raise errors.StripeError(message, param=param)
    return price


def plan_of(price: Object) -> Object | None:
    """The old name of a recurring price, which Stripe still shows on subscription items."""
    if price["recurring"] is None:
        return None
    plan: Object = shapes.at_rest("plan")
    both = {**price, **price["recurring"]}
    plan.update({name: both[name] for name in plan.keys() & both.keys() - {"object"}})
    amount, decimal = price["unit_amount"], price["unit_amount_decimal"]
    return plan | {"amount": amount, "amount_decimal": decimal}
