"""What is for sale: products and prices. https://docs.stripe.com/api/products"""

from . import shapes
from .changes import apply, need
from .errors import missing, refused
from .world import Object, World


def create_product(world: World, params: Object) -> Object:
    if world.find("product", params.get("id")):
        raise refused("exists", what="Product")
    product = shapes.new(world, "product", updated=world.now())
    apply(product, params)
    return world.add(product, "product.created")


def create_price(world: World, params: Object) -> Object:
    """https://docs.stripe.com/api/prices/create"""
    need(params, "product", "unit_amount")
    product, amount = world.get("product", params["product"], "product"), params["unit_amount"]
    if amount < 0:
        raise refused("negative", param="unit_amount")
    price = shapes.new(world, "price", product=product["id"], currency=params["currency"].lower())
    apply(price, params, "active", "nickname", "tax_behavior", "unit_amount")
    price["unit_amount_decimal"] = str(amount)
    if recurring := params.get("recurring"):
        resting = {"interval_count": 1, "trial_period_days": None, "usage_type": "licensed"}
        price.update(type="recurring", recurring={"meter": None, **resting, **recurring})
    take_lookup_key(world, price, params)
    return world.add(price, "price.created")


def take_lookup_key(world: World, price: Object, params: Object) -> None:
    """A lookup key names one active price; it moves only with `transfer_lookup_key`."""
    if "lookup_key" not in params:
        return
    for other in world.all("price", lookup_key=params["lookup_key"]):
        if not params.get("transfer_lookup_key"):
            raise refused("lookup_key_taken", id=other["id"])
        world.change(other, lookup_key=None)
    price["lookup_key"] = params["lookup_key"]


def update_price(world: World, params: Object, id: str) -> Object:
    price = world.get("price", id)
    with world.changing(price):
        apply(price, params, "active", "nickname", "tax_behavior")
        take_lookup_key(world, price, params)
    return price


def sold(world: World, line: Object, param: str, *, recurring_only: bool) -> Object:
    """The price of a subscription item or checkout line, with Stripe's complaints."""
    param = f"{param}[price]"
    if not line.get("price"):
        raise missing(param)
    price = world.get("price", line["price"], param)
    if not price["active"]:
        raise refused("price_inactive", param=param)
    if recurring_only and price["type"] != "recurring":
        raise refused("price_one_time", param=param, id=price["id"])
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
