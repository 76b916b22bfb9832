"""A stand-in for Stripe: its API, hosted pages, webhooks and clock, in one process of its own.

Nothing here is Stripe's, and no money moves. `python -m tests.stripe_sandbox --help` starts it.
"""
