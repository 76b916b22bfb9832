"""Carrying out what is due, in the order of time."""

import heapq
from collections.abc import Callable

from . import checkout, lifecycle, subscriptions
from .world import Object, World

Action = Callable[[World, Object], None]

# What was scheduled -> the kind of its object, and what to do.
ACTIONS: dict[str, tuple[str, Action]] = {
    "subscription.period": ("subscription", lifecycle.period_over),
    "subscription.trial_will_end": ("subscription", subscriptions.announce_trial_end),
    "subscription.incomplete": ("subscription", lifecycle.first_payment_overdue),
    "subscription.pause_over": ("subscription", lifecycle.pause_over),
    "invoice.finalize": ("invoice", lifecycle.finalize_due),
    "invoice.attempt": ("invoice", lifecycle.attempt_due),
    "debit.settles": ("payment_intent", checkout.debit_settles),
    "checkout.expires": ("checkout.session", checkout.expire_if_open),
}


def run_until(world: World, moment: int) -> None:
    """The sandbox's clock passes `moment`: each due thing happens at its own time."""
    with world.lock:
        while world.due and world.due[0][0] <= moment:
            at, _, what, id = heapq.heappop(world.due)
            world.instant = at
            try:
                act(world, what, id)
            finally:
                world.instant = None


def run_test_clock(world: World, clock: Object, moment: int) -> None:
    due = clock["_due"]
    while due and due[0][0] <= moment:
        at, _, what, id = heapq.heappop(due)
        clock["frozen_time"] = max(at, clock["frozen_time"])
        act(world, what, id)
    clock["frozen_time"] = moment


def act(world: World, what: str, id: str) -> None:
    kind, action = ACTIONS[what]
    obj = world.find(kind, id)
    if obj is not None and not obj.get("deleted"):
        action(world, obj)
