"""Subscription items: what is subscribed to. https://docs.stripe.com/api/subscription_items"""

from . import catalog, errors, shapes
from .changes import apply
from .invoices import item_line, proration_lines
from .periods import next_end
from .resources import page, present
from .world import Object, World

PASSED_ON = ("proration_behavior", "payment_behavior", "off_session")


def new_item(
    world: World, subscription: str, params: Object, param: str, period: tuple[int, int]
) -> Object:
    sold = sold_as(world, params, param)
    item = shapes.new(world, "subscription_item", subscription=subscription, **sold)
    apply(item, params, "quantity")
    return item | dict(zip(("current_period_start", "current_period_end"), period, strict=True))


def sold_as(world: World, params: Object, param: str) -> Object:
    price = catalog.sold(world, params, param, recurring_only=True)
    return {"price": present(price), "plan": catalog.plan_of(price)}


def next_period(item: Object, anchor: int) -> Object:
    start = item["current_period_end"]
    end = next_end(anchor, item["price"]["recurring"], start)
    return {"current_period_start": start, "current_period_end": end}


def renewed(
    world: World, subscription: Object, items: list[Object]
) -> tuple[list[Object], list[Object]]:
    """Items in their next period, and the lines that charge it.

    A `cancel_at` within that period ends it, and only that part is charged: "if set during a future
    period, this will always cause a proration for that period".
    https://docs.stripe.com/api/subscriptions/update#update_subscription-cancel_at
    """
    whole = [item | next_period(item, subscription["billing_cycle_anchor"]) for item in items]
    last = None if subscription["cancel_at_period_end"] else subscription["cancel_at"]
    cut = [
        item
        | {
            "current_period_end": min(
                last or item["current_period_end"], item["current_period_end"]
            )
        }
        for item in whole
    ]
    lines = [
        item_line(world, item, whole=long["current_period_end"])
        for item, long in zip(cut, whole, strict=True)
    ]
    return cut, lines


def cycle(item: Object) -> tuple[str, int]:
    recurring = item["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]


def check_alike(items: list[Object]) -> None:
    """Stripe's flexible mode allows mixed intervals; the sandbox doesn't."""
    if len(set(map(cycle, items))) > 1:
        raise errors.not_played("different intervals in one subscription", "items")
    if len({item["price"]["currency"] for item in items}) > 1:
        raise errors.refused("currencies")


def changed_items(world: World, subscription: Object, params: list[Object]) -> list[Object]:
    """The items after an update's `items`; untouched ones are the same objects."""
    items = {item["id"]: item for item in subscription["items"]["data"]}
    now = world.time_for(subscription)
    end = subscription["items"]["data"][0]["current_period_end"]
    for index, wanted in enumerate(params):
        param = f"items[{index}]"
        if "id" not in wanted:
            made = new_item(world, subscription["id"], wanted, param, (now, end))
            items[made["id"]] = made
        elif wanted["id"] not in items:
            raise errors.no_such("subscription_item", wanted["id"], param=f"{param}[id]")
        elif wanted.get("deleted"):
            del items[wanted["id"]]
        else:
            sold = sold_as(world, wanted, param) if "price" in wanted else {}
            items[wanted["id"]] = changed = items[wanted["id"]] | sold
            apply(changed, wanted, "quantity")
    if not items:
        raise errors.refused("no_items")
    check_alike(list(items.values()))
    return list(items.values())


def prorations(world: World, before: list[Object], after: list[Object], at: int) -> list[Object]:
    """Lines for what changed between two lists of items."""
    kept = {item["id"]: item for item in after}
    lines: list[Object] = []
    for old in before:
        new = kept.pop(old["id"], None)
        if new is None or paid_for(new) != paid_for(old):
            lines += proration_lines(world, old, new, at)
    for added in kept.values():
        if added["current_period_end"] > at:
            lines += proration_lines(world, {**added, "quantity": 0}, added, at)
    return lines


def paid_for(item: Object) -> tuple[str, int]:
    return item["price"]["id"], item["quantity"]


def stored(world: World, id: str) -> tuple[Object, Object]:
    """An item lives in its subscription."""
    for subscription in world.table("subscription").values():
        for item in subscription["items"]["data"]:
            if item["id"] == id:
                return subscription, item
    raise errors.no_such("subscription_item", id)


def retrieve(world: World, params: Object, id: str) -> Object:
    return stored(world, id)[1]


def list_items(world: World, params: Object) -> Object:
    subscription = world.get("subscription", params["subscription"], "subscription")
    return page(subscription["items"]["data"], params, "/v1/subscription_items")


def change(world: World, subscription: str, params: Object, item: Object) -> Object:
    """An item's own calls are updates of its subscription."""
    from . import subscription_updates

    rest = {name: params.pop(name) for name in PASSED_ON if name in params}
    wanted = {"items": [{**params, **item}], **rest}
    return subscription_updates.update(world, wanted, subscription)


def create(world: World, params: Object) -> Object:
    subscription = world.get("subscription", params.pop("subscription"), "subscription")
    return change(world, subscription["id"], params, {})["items"]["data"][-1]


def update(world: World, params: Object, id: str) -> Object:
    change(world, stored(world, id)[0]["id"], params, {"id": id})
    return stored(world, id)[1]


def delete(world: World, params: Object, id: str) -> Object:
    change(world, stored(world, id)[0]["id"], params, {"id": id, "deleted": True})
    return {"id": id, "object": "subscription_item", "deleted": True}
