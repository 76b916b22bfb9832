"""`python -m tests.outside.e2e_launcher`: billing-e2e, asking the sandbox in Stripe's place.

Its own client knows no address but Stripe's: it gets one here, and nothing else of it is changed.
"""

import functools
import os

import stripe
from billing_e2e import cli

if __name__ == "__main__":
    stripe.StripeClient = functools.partial(
        stripe.StripeClient, base_addresses={"api": os.environ["STRIPE_API_BASE"]}
    )
    cli.main()
