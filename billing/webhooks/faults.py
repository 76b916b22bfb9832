"""What is wrong with an event's object, found before anything is touched (rule W1).

Stripe sends an event once more for each answer that isn't 200, for days, and then switches the
endpoint off; so an event is taken in whatever its object has. Some have no id (`invoice.upcoming`,
`balance.available`, `cash_balance.funds_available`, `entitlements.active_entitlement_summary.updated`,
`tax.settings.updated`), thin ones have no object; a handler gets only what it can use.
"""

from collections.abc import Callable, Mapping

from billing.stripe_api.objects import (
    StripeObject,
    customer_of,
    default_payment_method_of,
    lists_all_items,
    project_card,
    project_invoice,
    project_subscription,
    subscription_of_invoice,
)
from billing.stripe_api.values import UnusableObjectError, flag, id_of, number, required, text


def fault_in(
    event_type: str, stripe_object: StripeObject, previous: StripeObject, *, livemode: bool
) -> str:
    """Return why the handlers of this type can't use an object, "" where they can.

    An object of the other mode than its event isn't Stripe's doing.
    """
    kind, read = KINDS.get(event_type.rpartition(".")[0], ("", None))
    if read is None:
        return ""
    try:
        if text(stripe_object, "object") not in ("", kind):
            raise UnusableObjectError(f"object is no {kind}")
        required(stripe_object, "id")
        if "livemode" in stripe_object and flag(stripe_object, "livemode") != livemode:
            raise UnusableObjectError("livemode is another than the event's")
        owner_of(stripe_object, previous)
        read(stripe_object)
    except UnusableObjectError as error:
        return str(error)
    return ""


def owner_of(stripe_object: StripeObject, previous: StripeObject) -> str:
    """Return the customer's id; a detached payment method has it among its previous values.

    Raises UnusableObjectError.
    """
    return customer_of(stripe_object) or id_of(previous, "customer")


def read_subscription(subscription: StripeObject) -> None:
    required_id(subscription, "customer")
    project_subscription(subscription)
    lists_all_items(subscription)


def read_invoice(invoice: StripeObject) -> None:
    """One that is for a subscription is somebody's; what a mail about it says is read, too."""
    project_invoice(invoice)
    required(invoice, "status")
    if subscription_of_invoice(invoice):
        required_id(invoice, "customer")
    text(invoice, "hosted_invoice_url")
    number(invoice, "amount_remaining")


def read_checkout_session(session: StripeObject) -> None:
    required(session, "status")
    required(session, "payment_status")
    id_of(session, "subscription")


def required_id(of: StripeObject, name: str) -> None:
    if not id_of(of, name):
        raise UnusableObjectError(f"{name} is missing")


# By what stands before the last dot of an event's type: the object's kind, and what reads it.
KINDS: Mapping[str, tuple[str, Callable[[StripeObject], object]]] = {
    "customer.subscription": ("subscription", read_subscription),
    "invoice": ("invoice", read_invoice),
    "payment_method": ("payment_method", project_card),
    "checkout.session": ("checkout.session", read_checkout_session),
    "customer": ("customer", default_payment_method_of),
}
