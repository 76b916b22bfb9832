"""Identifiers and keys that look like Stripe's."""

import random
import string

ALPHABET = string.ascii_letters + string.digits
SHORT = ("cus", "prod", "si")


def new_id(prefix: str) -> str:
    """24 characters after the prefix, as most of Stripe's newer objects have."""
    return f"{prefix}_" + (random_text(14) if prefix in SHORT else f"1{random_text(23)}")


def random_text(length: int) -> str:
    return "".join(random.choices(ALPHABET, k=length))


def derived_text(seed: str, length: int) -> str:
    """The same text for the same seed, so that a demo's keys stay valid over restarts."""
    return "".join(random.Random(seed).choices(ALPHABET, k=length))


def api_key(kind: str, mode: str, name: str) -> str:
    """Publishable, secret or restricted ("pk", "sk", "rk"): 107 characters, as Stripe's have."""
    start = f"{kind}_{mode}_51" + "".join(letter for letter in name if letter in ALPHABET)[:20]
    return start + derived_text(f"{kind} {mode} {name}", 107 - len(start))
