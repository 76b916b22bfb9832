"""Checkout sessions: https://docs.stripe.com/api/checkout/sessions, and what paying one does.

https://docs.stripe.com/payments/checkout/how-checkout-works: a subscription comes to be only when
the payment worked, so that a declined card leaves the session open and nothing behind.
"""

from typing import Any

from . import catalog, collection, customers, payment_methods, payments, shapes, subscriptions
from .changes import apply, need
from .errors import ConfirmationNeededError, DeclinedError, StripeError, not_played, refused
from .identifiers import random_text
from .periods import DAY, HOUR
from .resources import page, present
from .world import Object, World

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
    subscriptions.trial_end_from(data, now)
    id = f"cs_{world.mode}_a1{random_text(56)}"
    session = shapes.new(
        world, "checkout.session", id=id, customer=customer and customer["id"],
        url=f"{world.account.base_url()}/c/pay/{id}", _subscription_data=data,
        _lines=lines(world, params["line_items"], mode),
        _discounts=params.get("discounts") or [],
        _payment_intent_data=params.get("payment_intent_data") or {},
    )  # fmt: skip
    apply(session, params)
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
    same = {key: customer[key] for key in ("address", "name")} if customer else {"name": name}
    return {**shapes.at_rest("customer_details"), **same, "email": email}


def count_up(world: World, session: Object) -> None:
    """What is to be paid today: nothing during a trial."""
    subtotal = sum(item["amount_total"] for item in line_objects(world, session))
    left, shown = subtotal, []
    for index, wanted in enumerate(session["_discounts"]):
        code, coupon = catalog.discount_meant(world, wanted, f"discounts[{index}]")
        left -= catalog.amount_off(coupon, left)
        code_id = code["id"] if code else None
        shown.append({"coupon": None if code else coupon["id"], "promotion_code": code_id})
    totals = {"amount_discount": subtotal - left, "amount_shipping": 0, "amount_tax": 0}
    session["currency"] = world.get("price", session["_lines"][0]["price"])["currency"]
    session.update(amount_subtotal=subtotal, amount_total=left)
    session.update(total_details=totals, discounts=shown)


def apply_code(world: World, session: Object, code: str) -> str | None:
    """A promotion code typed on the page; returns what is wrong with it, if anything."""
    if not session["allow_promotion_codes"]:
        return "This code is invalid."
    found = catalog.usable_code(world, code, session["customer"])
    if isinstance(found, str):
        return found
    session["_discounts"] = [{"promotion_code": found["id"]}]
    count_up(world, session)
    return None


def line_objects(world: World, session: Object) -> list[Object]:
    made, data = [], session["_subscription_data"]
    is_trial = data.get("trial_period_days") or data.get("trial_end")
    for line in session["_lines"]:
        price = world.get("price", line["price"])
        product = world.find("product", price["product"])
        amount = 0 if is_trial else price["unit_amount"] * line["quantity"]
        item = shapes.new(world, "item", amount_subtotal=amount, amount_total=amount, **line)
        item.update(price=present(price), currency=price["currency"])
        item["description"] = product["name"] if product else None
        made.append(item)
    return made


def list_line_items(world: World, params: Object, id: str) -> Object:
    session = world.get("checkout.session", id)
    return page(line_objects(world, session), params, f"/v1/checkout/sessions/{id}/line_items")


# The end of a session: expired, or paid


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


def complete(
    world: World, session: Object, method: Object | None, *, confirmed: bool = False
) -> Object:
    """The customer pressed the button: pay; or raise, with the session still open."""
    if session["status"] != "open":
        raise DeclinedError("This checkout session is no longer open.")
    if method is not None:
        try_out(world, session, method, confirmed=confirmed)
    customer = customer_for(world, session, method)
    if session["mode"] == "subscription":
        subscribe(world, session, customer, method, confirmed)
    else:
        pay_once(world, session, customer, method, confirmed)
    if method is not None and confirmed:
        method["_set_up"] = True
    session.update(status="complete", url=None)
    world.emit("checkout.session.completed", session)
    return session


def try_out(world: World, session: Object, method: Object, *, confirmed: bool) -> None:
    """A refusal is found out before anything is made."""
    outcome, code = payment_methods.outcome_of(method, confirmed=confirmed)
    if outcome == "requires_action":
        raise ConfirmationNeededError
    if outcome is None and (session["amount_total"] or payment_methods.refusal_to_save(method)):
        record_refusal(world, session, method, code)
        raise DeclinedError(payment_methods.decline(code)["message"])


def record_refusal(world: World, session: Object, method: Object, code: str) -> None:
    if amount := session["amount_total"]:
        intent = payments.new_intent(world, amount, session["currency"], session["customer"])
        payments.fail(world, intent, method, code)


def customer_for(world: World, session: Object, method: Object | None) -> Object | None:
    """Subscriptions always have a customer; one payment only when asked for."""
    if session["customer"]:
        return world.get("customer", session["customer"])
    known: Any = session["customer_details"] or (method or {}).get("billing_details") or {}
    session["customer_details"] = session["customer_details"] or details(
        known.get("email"), None, known.get("name")
    )
    if session["mode"] == "payment" and session["customer_creation"] != "always":
        return None
    facts = {name: known[name] for name in ("email", "name") if known.get(name)}
    customer = customers.create(world, facts)
    session["customer"] = customer["id"]
    return customer


def subscribe(
    world: World, session: Object, customer: Any, method: Object | None, confirmed: bool
) -> None:
    if method is not None:
        payment_methods.attach_to(world, method, customer)
    params = {
        **session["_subscription_data"],
        "customer": customer["id"],
        "items": [{name: line[name] for name in ("price", "quantity")} for line in session["_lines"]],
        "discounts": session["_discounts"],
        "default_payment_method": method["id"] if method else None,
    }  # fmt: skip
    subscription = subscriptions.build(world, params)
    session["subscription"] = subscription["id"]
    world.add(subscription, "customer.subscription.created")
    with world.changing(subscription):
        subscriptions.begin(world, subscription, params, payment_method=method, confirmed=confirmed)
    subscriptions.announce_trial_end(world, subscription)
    invoice = world.get("invoice", subscription["latest_invoice"])
    session.update(invoice=invoice["id"], _intent=invoice["_intent"])
    session["payment_status"] = "paid" if invoice["status"] == "paid" else "unpaid"
    if not session["amount_total"] and method is None:
        session["payment_status"] = "no_payment_required"


def pay_once(world: World, session: Object, customer: Any, method: Any, confirmed: bool) -> None:
    data, amount = session["_payment_intent_data"], session["amount_total"]
    intent = payments.new_intent(world, amount, session["currency"], customer and customer["id"])
    intent.update(description=data.get("description"), metadata=data.get("metadata") or {})
    session["payment_intent"] = session["_intent"] = intent["id"]
    payments.attempt(world, intent, method, confirmed=confirmed)
    session["payment_status"] = "paid" if intent["status"] == "succeeded" else "unpaid"


def debit_settles(world: World, intent: Object, *, succeeds: bool | None = None) -> None:
    """A bank debit made at checkout came through or bounced."""
    if intent["status"] != "processing":
        return
    worked = collection.debit_settled(world, intent, succeeds=succeeds)
    for session in world.all("checkout.session", _intent=intent["id"]):
        session["payment_status"] = "paid" if worked else "unpaid"
        outcome = "succeeded" if worked else "failed"
        world.emit(f"checkout.session.async_payment_{outcome}", session)


def retrieve_payment_page(world: World, params: Object, id: str) -> Object:
    return world.get("checkout.session", id)


def confirm_payment_page(world: World, params: Object, id: str) -> Object:
    session = world.get("checkout.session", id)
    method = payment_methods.resolve(world, params["payment_method"])
    try:
        return complete(world, session, method)
    except DeclinedError as declined:
        raise StripeError(str(declined), status=402, type="card_error") from declined
    except ConfirmationNeededError:
        return complete(world, session, method, confirmed=True)
