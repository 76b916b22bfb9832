"""Identifiers and keys that look like Stripe's."""

import hashlib
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
    number = int.from_bytes(hashlib.shake_256(seed.encode()).digest(length), "big")
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[index])
    return "".join(letters)


def account_id(name: str) -> str:
    return "acct_1" + derived_text(f"account {name}", 15)


def api_keys(mode: str, name: str) -> list[str]:
    """The publishable, secret and restricted key: 107 characters, as Stripe's are."""
    readable = "".join(letter for letter in name if letter in ALPHABET)[:20]
    starts = {kind: f"{kind}_{mode}_51{readable}" for kind in ("pk", "sk", "rk")}
    return [
        start + derived_text(f"{kind} {mode} {name}", 107 - len(start))
        for kind, start in starts.items()
    ]
