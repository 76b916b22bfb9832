"""Checkout sessions: https://docs.stripe.com/api/checkout/sessions"""

from __future__ import annotations

from typing import Any

from . import catalog, collection, customers, discounts, errors, shapes
from .changes import apply
from .identifiers import random_text
from .listing import page, wrap
from .periods import DAY, HOUR
from .presentation import present
from .subscriptions import NOT_PLAYED, trial_end_from
from .world import Object, World

FIELDS = (
    "allow_promotion_codes", "billing_address_collection", "cancel_url", "client_reference_id",
    "currency", "customer_creation", "customer_email", "locale", "origin_context", "submit_type",
    "success_url",
)  # fmt: skip
# What would change the page or the invoice: refused, since ignoring it would teach a wrong lesson.
NOT_ON_THE_PAGE = (
    "automatic_tax", "consent_collection", "custom_fields", "custom_text", "invoice_creation",
    "optional_items", "phone_number_collection", "shipping_address_collection", "shipping_options",
    "tax_id_collection",
)  # fmt: skip
TOGETHER = "You may only specify one of these parameters: {}."
NO_RECURRING = (
    "You must provide at least one recurring price in `subscription` mode when using prices."
)
RECURRING = (
    "You specified `payment` mode but passed a recurring price. Either switch to `subscription` "
    "mode or use only one-time prices."
)
EXPIRY = (
    "The `expires_at` timestamp must be at least 30 minutes and less than 24 hours from Checkout "
    "Session creation."
)


def create(world: World, params: Object) -> Object:
    mode = params.get("mode") or "payment"
    refuse_contradictions(params, mode)
    customer: Any = None
    if "customer" in params:
        customer = customers.alive(world, params["customer"], "customer")
    now = world.time_for(customer)
    expires_at = params.get("expires_at", now + DAY)
    if not now + HOUR // 2 <= expires_at <= now + DAY:
        raise errors.StripeError(EXPIRY, param="expires_at")
    data = params.get("subscription_data") or {}
    for name in data.keys() & set(NOT_PLAYED):
        raise errors.not_played(name, f"subscription_data[{name}]")
    trial_end_from(data, now)
    id = f"cs_{world.mode}_a1{random_text(56)}"
    session = shapes.new(
        world,
        "checkout.session",
        id=id,
        customer=customer and customer["id"],
        expires_at=expires_at,
        mode=mode,
        url=f"{world.account.base_url()}/c/pay/{id}",
        _lines=lines(world, params.get("line_items") or [], mode),
        _discounts=params.get("discounts") or [],
        _subscription_data=data,
        _payment_intent_data=params.get("payment_intent_data") or {},
    )
    apply(session, params, FIELDS)
    if mode == "subscription":
        session["payment_method_collection"] = params.get("payment_method_collection", "always")
    email = params.get("customer_email") or (customer and customer["email"])
    session["customer_details"] = details(email, customer) if email else None
    count_up(world, session)
    world.add(session)
    world.schedule(expires_at, "checkout.expires", session)
    return session


def refuse_contradictions(params: Object, mode: str) -> None:
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise errors.not_played(f"ui_mode {params['ui_mode']}", "ui_mode")
    for name in NOT_ON_THE_PAGE:
        if params.get(name) not in (None, "", [], {"enabled": False}):
            raise errors.not_played(name, name)
    if "success_url" not in params:
        raise errors.missing("success_url")
    if mode != "setup" and not params.get("line_items"):
        raise errors.missing("line_items")
    pairs = (("customer", "customer_email"), ("allow_promotion_codes", "discounts"))
    for pair in pairs:
        if params.keys() >= set(pair):
            raise errors.StripeError(TOGETHER.format(", ".join(pair)), param=pair[0])
    for name, wanted in (("subscription_data", "subscription"), ("payment_intent_data", "payment")):
        if name in params and mode != wanted:
            raise errors.StripeError(f"You can not pass `{name}` in `{mode}` mode.", param=name)


def lines(world: World, line_items: list[Object], mode: str) -> list[Object]:
    made, kinds = [], set()
    for index, wanted in enumerate(line_items):
        price = catalog.sold(world, wanted, f"line_items[{index}]", recurring_only=False)
        kinds.add(price["type"])
        line = shapes.new(world, "item", quantity=wanted.get("quantity", 1))
        made.append({"id": line["id"], "price": price["id"], "quantity": line["quantity"]})
    if mode == "subscription" and "recurring" not in kinds:
        raise errors.StripeError(NO_RECURRING, param="line_items")
    if mode == "payment" and "recurring" in kinds:
        raise errors.StripeError(RECURRING, param="line_items")
    return made


def details(email: str | None, customer: Object | None, name: str | None = None) -> Object:
    known = customer or {"address": None, "name": name}
    blank = dict.fromkeys(("business_name", "individual_name", "phone", "tax_ids"))
    same = {"address": known["address"], "name": known["name"]}
    return {**blank, **same, "email": email, "tax_exempt": "none"}


def is_trial(session: Object) -> bool:
    data = session["_subscription_data"]
    return bool(data.get("trial_period_days") or data.get("trial_end"))


def count_up(world: World, session: Object) -> None:
    """What is to be paid today: nothing but one-time lines during a trial."""
    if session["mode"] == "setup":
        session["payment_status"] = "no_payment_required"
        return
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
    price = world.get("price", line["price"])
    free = is_trial(session) and price["type"] == "recurring"
    return 0 if free else int(price["unit_amount"] * line["quantity"])


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


def update(world: World, params: Object, id: str) -> Object:
    session = world.get("checkout.session", id)
    apply(session, params, ())
    return session


def has_email(world: World, params: Object, session: Object) -> bool:
    email = (params.get("customer_details") or {}).get("email")
    return email in (None, (session["customer_details"] or {}).get("email"))


def expire(world: World, params: Object, id: str) -> Object:
    session = world.get("checkout.session", id)
    if session["status"] != "open":
        message = (
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of {session['status']}."
        )
        raise errors.StripeError(message)
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
