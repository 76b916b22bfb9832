"""Money: a tenant's Stripe settings, checkout, portal, webhooks, and the records kept in step with Stripe."""
