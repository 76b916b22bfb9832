"""The one way in: what Stripe says of subscriptions, invoices, customers and checkouts.

It may come from an event, from the success page, from reconciliation or from "ask Stripe again":

- `refresh_checkout_session(tenant, session_id)`, `refresh_subscription(tenant, id)` and
  `refresh_customer(tenant, id)` ask Stripe and apply the answer (`retrieve`);
- `books_of(tenant, customer_id)` opens a member's books under the customer's lock for everything
  else (`settle`), to be used with the `apply_…` functions of the rows.

Who is a member comes from `billing.webhooks.linking`, which applies what came before by the same.
"""
