"""Money in words: integers of the smallest unit in, the reader's own notation out."""

from decimal import Decimal

from babel.core import UnknownLocaleError
from babel.numbers import format_currency
from django.utils.translation import get_language

# Stripe's lists, which aren't ISO 4217's: https://docs.stripe.com/currencies#zero-decimal
ZERO_DECIMAL = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv"}
    | {"xaf", "xof", "xpf"}
)
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})


def format_money(amount: int, currency: str) -> str:
    """Return an amount in the smallest unit as the reader writes it: 900, "eur" → "€9.00".

    Whole amounts keep their decimals, so that two prices line up.
    """
    # Of some invoices Stripe doesn't say the currency.
    currency = currency or "usd"
    value = Decimal(amount).scaleb(-decimals(currency))
    code = currency.upper()
    locale = (get_language() or "en").replace("-", "_")
    try:
        return format_currency(value, code, locale=locale)
    except (UnknownLocaleError, ValueError):
        return format_currency(value, code, locale="en")


def decimals(currency: str) -> int:
    """Return how many decimals the API's smallest unit of a currency stands for."""
    code = currency.lower()
    if code in THREE_DECIMAL:
        return 3
    return 0 if code in ZERO_DECIMAL else 2
