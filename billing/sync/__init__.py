"""The one way in: what Stripe says of subscriptions, invoices, customers and checkouts.

It may come from an event, from the success page, from reconciliation or from "ask Stripe again":

- `refresh_checkout_session(tenant, session_id)`, `refresh_subscription(tenant, id)` and
  `refresh_customer(tenant, id)` ask Stripe and apply the answer (`readings`);
- `link_customer(tenant, user, stripe_id)` ties a customer to a member, and applies what came
  before (`linking`);
- `books_of(tenant, customer_id)` opens a member's books under the customer's lock for everything
  else (`opening`), to be used with the `apply_…` functions.
"""
