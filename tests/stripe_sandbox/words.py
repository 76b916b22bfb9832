"""Amounts, dates and intervals in words; the templates use them as filters."""

from datetime import UTC, datetime
from typing import Any

from django.template import Library

register = Library()
SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "chf": "CHF ", "jpy": "¥", "cad": "CA$"}
# https://docs.stripe.com/currencies#zero-decimal
WHOLE = {"jpy", "krw", "vnd", "clp", "isk", "ugx"}


@register.filter
def amount_text(amount: int | None, currency: str | None) -> str:
    currency = currency or "usd"
    sign, size = ("-" if (amount or 0) < 0 else ""), abs(amount or 0)
    number = f"{size:,}" if currency in WHOLE else f"{size / 100:,.2f}"
    return f"{sign}{SYMBOLS.get(currency, currency.upper() + ' ')}{number}"


@register.filter
def interval_text(recurring: dict[str, Any]) -> str:
    count, interval = recurring["interval_count"], recurring["interval"]
    return str(interval) if count == 1 else f"{count} {interval}s"


@register.filter
def price_text(price: dict[str, Any]) -> str:
    text = amount_text(price["unit_amount"], price["currency"])
    return f"{text} / {interval_text(price['recurring'])}" if price["recurring"] else text


@register.filter
def day(moment: int | None) -> str:
    shown = datetime.fromtimestamp(moment or 0, UTC)
    return f"{shown.day} {shown:%B %Y}" if moment else ""


@register.filter
def minute(moment: int | None) -> str:
    return f"{day(moment)}, {datetime.fromtimestamp(moment, UTC):%H:%M} UTC" if moment else ""


@register.filter
def in_pdf(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


@register.filter
def plain(name: str) -> str:
    """One of Stripe's names, for people."""
    return (name or "").replace("_", " ").capitalize()
