"""The customer portal's sessions and configurations. https://docs.stripe.com/api/customer_portal"""

from . import customers, errors, shapes
from .cancellation import FINAL
from .changes import apply
from .identifiers import random_text
from .resources import at
from .world import Object, World

ON_BY_DEFAULT = (
    "customer_update", "invoice_history", "payment_method_update", "subscription_cancel",
)  # fmt: skip


def make_default(world: World) -> Object:
    """As if the owner had pressed "Save" on the portal's page in the dashboard."""
    made = shapes.new(world, "billing_portal.configuration", is_default=True)
    for name in ON_BY_DEFAULT:
        made["features"][name]["enabled"] = True
    return world.add(made)


def change(world: World, held: Object, params: Object) -> None:
    update = at(params, "features.subscription_update") or {}
    for index, product in enumerate(update.get("products") or []):
        param = f"features[subscription_update][products][{index}]"
        world.get("product", product["product"], f"{param}[product]")
        product.setdefault("adjustable_quantity", {"enabled": False, "maximum": None, "minimum": 1})
        for price in product["prices"]:
            world.get("price", price, f"{param}[prices]")
    apply(held, params, "active", "business_profile", "default_return_url", "features", "name")


def create_session(world: World, params: Object) -> Object:
    customer = customers.of(world, params)
    held = configuration_for(world, params.get("configuration"))
    return_url = params.get("return_url") or held["default_return_url"]
    if not return_url:
        raise errors.refused("missing", param="return_url")
    secret = f"{world.mode}_{random_text(48)}"
    session = shapes.new(
        world, "billing_portal.session", configuration=held["id"], customer=customer["id"],
        flow=flow(world, params.get("flow_data"), customer, held), locale=params.get("locale"),
        return_url=return_url, url=f"{world.account.base_url()}/p/session/{secret}",
        _secret=secret,
    )  # fmt: skip
    return world.add(session, "billing_portal.session.created")


def configuration_for(world: World, id: str | None) -> Object:
    if id:
        return world.get("billing_portal.configuration", id, "configuration")
    default = world.all("billing_portal.configuration", is_default=True)
    if not default:
        raise errors.refused("no_portal", mode=world.mode)
    return default[0]


def flow(world: World, wanted: Object | None, customer: Object, held: Object) -> Object | None:
    """Straight to one task, whose feature must be on.

    https://docs.stripe.com/customer-management/portal-deep-links
    """
    if wanted is None:
        return None
    kind = wanted["type"]
    if not held["features"][kind]["enabled"]:
        raise errors.refused("portal_feature", feature=kind.replace("_", " "))
    made: Object = shapes.at_rest("portal_flow") | {"type": kind}
    made["after_completion"].update(wanted.get("after_completion") or {})
    if kind != "payment_method_update":
        made[kind] = subscription_flow(world, wanted.get(kind), kind, customer)
    return made


def subscription_flow(world: World, wanted: Object | None, kind: str, customer: Object) -> Object:
    param = f"flow_data[{kind}]"
    if not wanted:
        raise errors.refused("missing", param=param)
    id, param = wanted["subscription"], f"{param}[subscription]"
    subscription = world.get("subscription", id, param)
    if subscription["customer"] != customer["id"] or subscription["status"] in FINAL:
        raise errors.no_such("subscription", id, param=param)
    if kind == "subscription_update":
        return {"subscription": id}
    if subscription["cancel_at"]:
        raise errors.refused("portal_canceled", param=param, id=id)
    return {"retention": None, "subscription": id}
