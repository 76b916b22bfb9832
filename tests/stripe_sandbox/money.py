"""Amounts in words."""

from __future__ import annotations

from typing import Any

SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "chf": "CHF ", "jpy": "¥", "cad": "CA$"}
# https://docs.stripe.com/currencies#zero-decimal
WHOLE = {"jpy", "krw", "vnd", "clp", "isk", "ugx"}


def amount_text(amount: int, currency: str) -> str:
    symbol = SYMBOLS.get(currency, currency.upper() + " ")
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    number = f"{size:,}" if currency in WHOLE else f"{size / 100:,.2f}"
    return f"{sign}{symbol}{number}"


def interval_text(recurring: dict[str, Any]) -> str:
    count, interval = recurring["interval_count"], recurring["interval"]
    return str(interval) if count == 1 else f"{count} {interval}s"


def price_text(price: dict[str, Any]) -> str:
    text = amount_text(price["unit_amount"], price["currency"])
    return f"{text} / {interval_text(price['recurring'])}" if price["recurring"] else text
