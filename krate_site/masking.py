"""What is secret in a text that is to be read or kept: Stripe's keys, and passwords in URLs (rule B3).

One list for log lines, error pages and mails, and the settings dump.
"""

import re

# Secret, restricted and publishable keys, and webhook signing secrets, whole or in a text.
# Whatever stands before: in JSON and in addresses a letter may be the end of an escape ("\\nsk_…").
STRIPE_SECRET = re.compile(r"((?:sk|rk|pk)_(?:test|live)_|whsec_)[A-Za-z0-9+/=_-]+")
# As in redis://:password@host: up to the last @ before the path, since some passwords have one.
# It begins at "://" and not at the scheme, of whose letters each would begin a scan of the rest:
# text comes from strangers too, so each character must be looked at a fixed number of times.
PASSWORD_IN_URL = re.compile(r"((?<=[A-Za-z0-9+.-])://[^\s:/@'\"<>]*:)[^\s/'\"<>]+@")


def masked(text: str) -> str:
    """Return the text with every Stripe key cut down to its prefix, and no password in a URL."""
    return PASSWORD_IN_URL.sub(r"\1••••@", STRIPE_SECRET.sub(r"\1••••", text))
