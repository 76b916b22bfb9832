"""Buying Pro at Stripe's hosted Checkout: plans, the member's customer, the session."""
