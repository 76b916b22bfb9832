"""What Stripe's ids and keys look like, and which mode a key belongs to (rules B2, R28).

Source: https://docs.stripe.com/keys
"""

import re
from typing import Literal

Mode = Literal["test", "live"]

# By it the database tells a tenant that has gone live: nobody goes live without one.
LIVE_PUBLISHABLE = "pk_live_"
PUBLISHABLE_KEY = re.compile(r"pk_(test|live)_[A-Za-z0-9]{8,}")
SECRET_KEY = re.compile(r"(?:sk|rk)_(test|live)_[A-Za-z0-9]{8,}")
WEBHOOK_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=_-]{8,}")
SESSION_ID = re.compile(r"cs_[A-Za-z0-9_]{1,250}")
PRICE_ID = re.compile(r"price_[A-Za-z0-9_]+")


def key_mode(key: str) -> Mode | None:
    """Return whether a publishable, secret or restricted key is for test or live mode."""
    match = PUBLISHABLE_KEY.fullmatch(key) or SECRET_KEY.fullmatch(key)
    if match is None:
        return None
    return "live" if match[1] == "live" else "test"
