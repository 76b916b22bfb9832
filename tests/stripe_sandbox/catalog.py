"""What is for sale, and for how much less: products, prices, coupons, promotion codes, discounts.

https://docs.stripe.com/api/products, https://docs.stripe.com/billing/subscriptions/coupons
"""

from . import shapes
from .changes import apply, need
from .errors import refused
from .identifiers import random_text
from .periods import after
from .resources import at
from .world import Object, World


def create_price(world: World, params: Object) -> Object:
    """https://docs.stripe.com/api/prices/create"""
    need(params, "product", "unit_amount")
    product, amount = world.get("product", params["product"], "product"), params["unit_amount"]
    if amount < 0:
        raise refused("negative", param="unit_amount")
    price = shapes.new(world, "price", product=product["id"], currency=params["currency"].lower())
    price.update(unit_amount=amount, unit_amount_decimal=str(amount))
    if recurring := params.get("recurring"):
        resting = {"interval_count": 1, "trial_period_days": None, "usage_type": "licensed"}
        price.update(type="recurring", recurring={"meter": None, **resting, **recurring})
    change_price(world, price, params)
    return world.add(price, "price.created")


def change_price(world: World, price: Object, params: Object) -> None:
    """A lookup key names one active price; it moves only with `transfer_lookup_key`."""
    apply(price, params, "active", "nickname", "tax_behavior")
    if "lookup_key" not in params:
        return
    for other in world.all("price", lookup_key=params["lookup_key"]):
        if not params.get("transfer_lookup_key"):
            raise refused("lookup_key_taken", id=other["id"])
        world.change(other, lookup_key=None)
    price["lookup_key"] = params["lookup_key"]


def sold(world: World, line: Object, param: str, *, recurring_only: bool) -> Object:
    """The price of a subscription item or checkout line, with Stripe's complaints."""
    param = f"{param}[price]"
    if not line.get("price"):
        raise refused("missing", param=param)
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


# Discounts


def fill_coupon(world: World, coupon: Object, params: Object) -> None:
    need(params, "currency" if "amount_off" in params else "percent_off")
    if params.get("duration") == "repeating":
        need(params, "duration_in_months")
    apply(coupon, {"id": random_text(8), **params})


def fill_promotion_code(world: World, code: Object, params: Object) -> None:
    world.get("coupon", params["promotion"]["coupon"], "promotion[coupon]")
    apply(code, {"code": random_text(8).upper(), **params})


def usable_code(world: World, typed: str, customer: str | None) -> Object | str:
    """The promotion code that a customer typed, or the sentence that says why not."""
    wanted = typed.strip().lower()
    active = world.all("promotion_code", active=True)
    found = next((code for code in active if code["code"].lower() == wanted), None)
    if found is None or found["customer"] not in (None, customer):
        return "This code is invalid."
    coupon = world.get("coupon", found["promotion"]["coupon"])
    if found["expires_at"] and found["expires_at"] <= world.now():
        return "This code has expired."
    if is_used_up(found) or is_used_up(coupon):
        return "This code has been used as often as it may be."
    return found


def is_used_up(thing: Object) -> bool:
    limit = thing["max_redemptions"]
    return limit is not None and thing["times_redeemed"] >= limit


def redeem(world: World, params: list[Object], customer: Object, subscription: str) -> list[str]:
    """Turn `discounts` parameters into discount objects; returns their ids."""
    ids = []
    for index, wanted in enumerate(params):
        code, coupon = discount_meant(world, wanted, f"discounts[{index}]")
        for used in filter(None, (code, coupon)):
            used["times_redeemed"] += 1
        start = world.time_for(customer)
        monthly = {"interval": "month", "interval_count": coupon["duration_in_months"] or 1}
        discount = shapes.new(
            world, "discount", customer=customer["id"], start=start, subscription=subscription,
            end=after(start, monthly, 1) if coupon["duration"] == "repeating" else None,
            promotion_code=code["id"] if code else None,
            source={"coupon": coupon["id"], "type": "coupon"},
            _coupon=coupon,  # stays known when the coupon is deleted
        )  # fmt: skip
        ids.append(world.add(discount, "customer.discount.created")["id"])
    return ids


def discount_meant(world: World, wanted: Object, param: str) -> tuple[Object | None, Object]:
    """The promotion code, if there is one, and the coupon."""
    if wanted.get("promotion_code"):
        code = world.get("promotion_code", wanted["promotion_code"], f"{param}[promotion_code]")
        return code, world.get("coupon", code["promotion"]["coupon"])
    return None, world.get("coupon", wanted["coupon"], f"{param}[coupon]")


def discounts_of(world: World, invoice: Object) -> list[Object]:
    """The discounts that count for an invoice."""
    id = at(invoice, "parent.subscription_details.subscription")
    ids = invoice["discounts"] or at(world.find("subscription", id), "discounts") or []
    return [world.get("discount", id) for id in ids]


def amount_off(coupon: Object, amount: int) -> int:
    if coupon["percent_off"]:
        return round(amount * coupon["percent_off"] / 100)
    return min(coupon["amount_off"] or 0, amount)


def drop_ended_discounts(world: World, subscription: Object) -> None:
    """After an invoice: "once" discounts are used, repeating ones may have run out."""
    now = world.time_for(subscription)
    for id in list(subscription["discounts"]):
        discount = world.get("discount", id)
        ended = discount["end"] and discount["end"] <= now
        if ended or discount["_coupon"]["duration"] == "once":
            subscription["discounts"].remove(id)
            world.emit("customer.discount.deleted", discount)
