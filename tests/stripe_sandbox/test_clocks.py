"""Test clocks: a time of its own for some customers. https://docs.stripe.com/api/test_clocks"""

from . import shapes
from .changes import apply
from .errors import refused
from .periods import DAY
from .world import Object, World

MOST_CUSTOMERS = 3


def create(world: World, params: Object) -> Object:
    if world.livemode:
        raise refused("clock_live")
    clock = shapes.new(world, "test_helpers.test_clock", _due=[])
    apply(clock, params)
    clock["deletes_after"] = world.now() + 30 * DAY
    return world.add(clock, "test_helpers.test_clock.created")


def adopt(world: World, customer: Object, id: str) -> None:
    """A new customer joins the clock, and lives at its time from the first moment."""
    clock = world.get("test_helpers.test_clock", id, "test_clock")
    if len(world.all("customer", test_clock=id)) >= MOST_CUSTOMERS:
        raise refused("clock_full")
    customer.update(test_clock=id, created=clock["frozen_time"])


def advance(world: World, params: Object, id: str) -> Object:
    from .lifecycle import run_test_clock

    clock, moment = world.get("test_helpers.test_clock", id), params["frozen_time"]
    if moment <= clock["frozen_time"]:
        raise refused("clock_backwards")
    clock["status"] = "advancing"
    clock["status_details"] = {"advancing": {"target_frozen_time": moment}}
    world.emit("test_helpers.test_clock.advancing", clock)
    run_test_clock(world, clock, moment)
    clock["status"], clock["status_details"] = "ready", {}
    world.emit("test_helpers.test_clock.ready", clock)
    return clock


def delete(world: World, params: Object, id: str) -> Object:
    """Takes its customers, with all that is theirs, along."""
    clock = world.get("test_helpers.test_clock", id)
    gone = {customer["id"] for customer in world.all("customer", test_clock=id)}
    for kind, table in world.tables.items():
        for obj in list(table.values()) if kind != "event" else []:
            if obj["id"] in gone or obj.get("customer") in gone:
                world.remove(obj)
    return world.delete(clock)
