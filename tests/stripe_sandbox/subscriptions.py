"""Making and finding subscriptions. https://docs.stripe.com/api/subscriptions"""

from . import catalog, collection, customers, errors, invoices, payment_methods, shapes
from .cancellation import FINAL
from .changes import apply, need
from .identifiers import new_id
from .invoices import item_line
from .periods import DAY, HOUR, next_end
from .resources import wrap
from .subscription_items import check_alike, new_item
from .world import Object, World

PLAIN = ("description", "payment_settings", "trial_settings")


def create(world: World, params: Object) -> Object:
    """https://docs.stripe.com/api/subscriptions/create"""
    subscription = build(world, params)
    pay = params.get("payment_behavior") != "default_incomplete"
    has_method = collection.payment_method_for(world, subscription) is not None
    if pay and subscription["trial_end"] is None and not has_method:
        raise errors.refused("no_source")
    begin(world, subscription, params, pay=pay)
    world.emit("customer.subscription.created", subscription)
    announce_trial_end(world, subscription)
    return subscription


def build(world: World, params: Object) -> Object:
    """A subscription as the parameters want it, not saved and nothing charged."""
    customer = customers.of(world, params)
    need(params, "items")
    id, now = new_id("sub"), world.time_for(customer)
    items = [
        new_item(world, id, line, f"items[{index}]", (now, now))
        for index, line in enumerate(params["items"])
    ]
    check_alike(items)
    trial_end = trial_end_from(params, now)
    anchor = trial_end or now
    for item in items:
        item["current_period_end"] = next_end(anchor, item["price"]["recurring"], now)
    subscription = shapes.new(
        world, "subscription", id=id, customer=customer["id"], start_date=now,
        billing_cycle_anchor=anchor, cancel_at=cancel_at_from(params, items),
        cancel_at_period_end=params.get("cancel_at_period_end", False),
        currency=items[0]["price"]["currency"], test_clock=customer["test_clock"],
        items=wrap(items, f"/v1/subscription_items?subscription={id}"),
    )  # fmt: skip
    apply(subscription, params, *PLAIN)
    payment_methods.take_default(world, subscription, params)
    if trial_end:
        subscription.update(status="trialing", trial_start=now, trial_end=trial_end)
    return subscription


def trial_end_from(params: Object, now: int) -> int | None:
    trial_end, days = params.get("trial_end"), params.get("trial_period_days")
    if trial_end == "now":
        return None
    if trial_end is None and days:
        trial_end = now + days * DAY
    if trial_end is not None and trial_end <= now:
        raise errors.refused("not_future", param="trial_end")
    if trial_end is not None and trial_end > now + 730 * DAY:
        raise errors.refused("far_future", param="trial_end")
    return trial_end


def cancel_at_from(params: Object, items: list[Object]) -> int | None:
    if params.get("cancel_at_period_end"):
        return min(item["current_period_end"] for item in items)
    return params.get("cancel_at") or None


def begin(
    world: World, subscription: Object, params: Object, *, pay: bool = True,
    payment_method: Object | None = None, confirmed: bool = False,
) -> None:  # fmt: skip
    """Save it, make its first invoice, and try to collect that."""
    customer, currency = world.get("customer", subscription["customer"]), subscription["currency"]
    world.add(subscription)
    world.change(customer, currency=customer["currency"] or currency)
    wanted = params.get("discounts") or []
    subscription["discounts"] = catalog.redeem(world, wanted, customer, subscription["id"])
    trial = subscription["trial_end"] is not None
    lines = [item_line(world, item, trial=trial) for item in subscription["items"]["data"]]
    invoice = invoices.draft_of(world, subscription, lines, reason="subscription_create")
    subscription["latest_invoice"] = invoice["id"]
    world.add(invoice, "invoice.created")
    invoices.finalize(world, invoice)
    catalog.drop_ended_discounts(world, subscription)
    schedule_next(world, subscription)
    if invoice["status"] == "paid":
        if subscription["status"] == "incomplete":
            subscription["status"] = "active"
        return
    world.schedule(subscription["created"] + 23 * HOUR, "subscription.incomplete", subscription)
    if pay:
        # What becomes of it now, the event of its creation will tell.
        subscription["_untold"] = True
        collection.collect(world, invoice, payment_method, confirmed=confirmed)
        del subscription["_untold"]


def schedule_next(world: World, subscription: Object) -> None:
    """Have the clock look at what comes next: the period's end, a trial's last days, an end."""
    ends = [item["current_period_end"] for item in subscription["items"]["data"]]
    world.schedule(min(ends), "subscription.period", subscription)
    if subscription["cancel_at"]:
        world.schedule(subscription["cancel_at"], "subscription.period", subscription)
    if subscription["status"] == "trialing":
        warning = subscription["trial_end"] - 3 * DAY
        world.schedule(warning, "subscription.trial_will_end", subscription)


def announce_trial_end(world: World, subscription: Object) -> None:
    """Three days before, or at once for a shorter trial."""
    if subscription["status"] != "trialing" or subscription.get("_warned"):
        return
    if subscription["trial_end"] - world.time_for(subscription) <= 3 * DAY:
        subscription["_warned"] = True
        world.emit("customer.subscription.trial_will_end", subscription)


def is_wanted(world: World, params: Object, subscription: Object) -> bool:
    """For lists: those that are over only with status=canceled, ended or all."""
    status, has = params.get("status"), subscription["status"]
    prices = [item["price"]["id"] for item in subscription["items"]["data"]]
    kinds = {None: has not in FINAL, "ended": has in FINAL, "all": True}
    return kinds.get(status, has == status) and params.get("price") in (None, *prices)
