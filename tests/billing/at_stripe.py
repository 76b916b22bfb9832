"""What happens at the stand-in for Stripe without our doing, and its events delivered by hand."""

import stripe

from billing.tenant_billing import load_tenant
from billing.webhooks.linking import link_customer
from tests.billing.stripe_objects import deliver
from tests.clients import TenantClient
from tests.factories import MembershipFactory
from tests.selling import WEBHOOK_SECRET

GOOD_CARD, DECLINED_CARD = "pm_card_visa", "pm_card_chargeCustomerFail"


class AtStripe:
    """A tenant's account at the sandbox, and its way of telling us."""

    def __init__(self, shop, sandbox):
        self.shop, self.sandbox = shop, sandbox
        self.stripe: stripe.StripeClient = shop.stripe
        self.told = set()

    def member(self, *, link=True):
        """Return a member with a customer, card and all, at Stripe."""
        membership = MembershipFactory(site=self.shop.site)
        customer = self.stripe.v1.customers.create(
            {
                "email": membership.user.email,
                "metadata": {
                    "site": str(self.shop.site.pk),
                    "user": str(membership.user.pk),
                },
            }
        )
        self.use_card(customer.id, GOOD_CARD)
        if link:
            tenant = load_tenant(self.shop.site)
            link_customer(tenant, membership.user, customer.id, livemode=False)
        membership.customer = customer.id
        return membership

    def use_card(self, customer, card):
        """Put a card on file and let everything be charged to it."""
        attached = self.stripe.v1.payment_methods.attach(card, {"customer": customer})
        self.stripe.v1.customers.update(
            customer, {"invoice_settings": {"default_payment_method": attached.id}}
        )

    def subscribe(self, membership, price=None, **params):
        """Return the id of a new subscription."""
        return self.stripe.v1.subscriptions.create(
            {
                "customer": membership.customer,
                "items": [{"price": price or self.shop.monthly.id}],
                **params,
            }
        ).id

    def events(self):
        """Return the events that weren't delivered yet, as they came about."""
        new = [
            event
            for event in self.sandbox.events(self.shop.account)
            if event["id"] not in self.told
        ]
        self.told |= {event["id"] for event in new}
        return sorted(new, key=lambda event: event["created"])

    def tells(self, *events):
        """Deliver these events, or whatever is new, each of which must be taken."""
        for event in events or self.events():
            answer = deliver(TenantClient(), self.shop.site, event, secret=WEBHOOK_SECRET)
            assert answer.status_code == 200, (event["type"], answer.content)

    def reads(self):
        """Return how often Stripe has been asked about subscriptions."""
        return len(
            [
                entry
                for entry in self.sandbox.requests(self.shop.account.name, "GET")
                if entry["path"].startswith("/v1/subscriptions/")
            ]
        )
