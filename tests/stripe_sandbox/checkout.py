"""Checkout sessions: https://docs.stripe.com/api/checkout/sessions"""

from typing import Any

from . import catalog, collection, customers, discounts, shapes
from .changes import apply, need
from .errors import not_played, refused
from .identifiers import random_text
from .periods import DAY, HOUR
from .presentation import present
from .resources import page, wrap
from .subscriptions import trial_end_from
from .world import Object, World

FIELDS = (
    "allow_promotion_codes", "billing_address_collection", "cancel_url", "client_reference_id",
    "currency", "customer_creation", "customer_email", "expires_at", "locale", "mode",
    "origin_context", "submit_type", "success_url",
)  # fmt: skip
TOGETHER = ("customer", "customer_email"), ("allow_promotion_codes", "discounts")
OF_MODE = ("subscription_data", "subscription"), ("payment_intent_data", "payment")


def create(world: World, params: Object) -> Object:
    params = {"mode": "payment", **params}
    mode = params["mode"]
    refuse_contradictions(params, mode)
    customer: Any = customers.of(world, params) if "customer" in params else None
    now = world.time_for(customer)
    if not now + HOUR // 2 <= params.setdefault("expires_at", now + DAY) <= now + DAY:
        raise refused("checkout_expiry")
    data = params.get("subscription_data") or {}
    trial_end_from(data, now)
    id = f"cs_{world.mode}_a1{random_text(56)}"
    session = shapes.new(
        world, "checkout.session", id=id, customer=customer and customer["id"],
        url=f"{world.account.base_url()}/c/pay/{id}", _subscription_data=data,
        _lines=lines(world, params["line_items"], mode),
        _discounts=params.get("discounts") or [],
        _payment_intent_data=params.get("payment_intent_data") or {},
    )  # fmt: skip
    apply(session, params, *FIELDS)
    if mode == "subscription":
        session["payment_method_collection"] = params.get("payment_method_collection", "always")
    email = params.get("customer_email") or (customer and customer["email"])
    session["customer_details"] = details(email, customer) if email else None
    count_up(world, session)
    world.schedule(session["expires_at"], "checkout.expires", session)
    return world.add(session)


def refuse_contradictions(params: Object, mode: str) -> None:
    need(params, "success_url", "line_items")
    for pair in TOGETHER:
        if params.keys() >= set(pair):
            raise refused("together", param=pair[0], names=", ".join(pair))
    for name, wanted in OF_MODE:
        if name in params and mode != wanted:
            raise refused("checkout_mode", param=name, mode=mode)


def lines(world: World, line_items: list[Object], mode: str) -> list[Object]:
    made, kinds = [], set()
    for index, wanted in enumerate(line_items):
        price = catalog.sold(world, wanted, f"line_items[{index}]", recurring_only=False)
        kinds.add(price["type"])
        line = shapes.new(world, "item", quantity=wanted.get("quantity", 1))
        made.append({"id": line["id"], "price": price["id"], "quantity": line["quantity"]})
    if mode == "subscription" and "recurring" not in kinds:
        raise refused("no_recurring")
    if mode == "subscription" and "one_time" in kinds:
        raise not_played("one-time prices beside recurring ones", "line_items")
    if mode == "payment" and "recurring" in kinds:
        raise refused("recurring")
    return made


def details(email: str | None, customer: Object | None, name: str | None = None) -> Object:
    known = customer or {"address": None, "name": name}
    blank = dict.fromkeys(("business_name", "individual_name", "phone", "tax_ids"))
    same = {"address": known["address"], "name": known["name"]}
    return {**blank, **same, "email": email, "tax_exempt": "none"}


def count_up(world: World, session: Object) -> None:
    """What is to be paid today: nothing during a trial."""
    subtotal = sum(amount_of(world, session, line) for line in session["_lines"])
    left, shown = subtotal, []
    for index, wanted in enumerate(session["_discounts"]):
        code, coupon = discounts.meant(world, wanted, f"discounts[{index}]")
        left -= discounts.amount_off(coupon, left)
        code_id = code["id"] if code else None
        shown.append({"coupon": None if code else coupon["id"], "promotion_code": code_id})
    totals = {"amount_discount": subtotal - left, "amount_shipping": 0, "amount_tax": 0}
    session["currency"] = world.get("price", session["_lines"][0]["price"])["currency"]
    session.update(amount_subtotal=subtotal, amount_total=left)
    session.update(total_details=totals, discounts=shown)


def amount_of(world: World, session: Object, line: Object) -> int:
    price, data = world.get("price", line["price"]), session["_subscription_data"]
    is_trial = data.get("trial_period_days") or data.get("trial_end")
    return 0 if is_trial else int(price["unit_amount"] * line["quantity"])


def apply_code(world: World, session: Object, code: str) -> str | None:
    """A promotion code typed on the page; returns what is wrong with it, if anything."""
    if not session["allow_promotion_codes"]:
        return "This code is invalid."
    found = discounts.usable(world, code, session["customer"], session["amount_subtotal"])
    if isinstance(found, str):
        return found
    session["_discounts"] = [{"promotion_code": found["id"]}]
    count_up(world, session)
    return None


def expire(world: World, params: Object, id: str) -> Object:
    session = world.get("checkout.session", id)
    if session["status"] != "open":
        raise refused("checkout_not_open", status=session["status"])
    expire_if_open(world, session)
    return session


def expire_if_open(world: World, session: Object) -> None:
    if session["status"] == "open":
        session.update(status="expired", url=None)
        world.emit("checkout.session.expired", session)


def debit_settles(world: World, intent: Object, *, succeeds: bool | None = None) -> None:
    """A bank debit made at checkout came through or bounced."""
    if intent["status"] != "processing":
        return
    worked = collection.debit_settled(world, intent, succeeds=succeeds)
    for session in world.all("checkout.session", _intent=intent["id"]):
        session["payment_status"] = "paid" if worked else "unpaid"
        outcome = "succeeded" if worked else "failed"
        world.emit(f"checkout.session.async_payment_{outcome}", session)


def line_items_of(world: World, session: Object) -> Object:
    stored = world.get("checkout.session", session["id"])
    return wrap(line_objects(world, stored), f"/v1/checkout/sessions/{session['id']}/line_items")


def list_line_items(world: World, params: Object, id: str) -> Object:
    session = world.get("checkout.session", id)
    return page(line_objects(world, session), params, f"/v1/checkout/sessions/{id}/line_items")


def line_objects(world: World, session: Object) -> list[Object]:
    made = []
    for line in session["_lines"]:
        price = world.get("price", line["price"])
        product = world.find("product", price["product"])
        amount = amount_of(world, session, line)
        item = shapes.new(world, "item", amount_subtotal=amount, amount_total=amount, **line)
        item.update(price=present(price), currency=price["currency"])
        item["description"] = product["name"] if product else None
        made.append(item)
    return made
