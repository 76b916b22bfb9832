"""Error pages and error mails without keys, wherever in a traceback one would stand (rule B3)."""

import re

from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter

SECRET = re.compile(r"\b(sk_test|sk_live|rk_test|rk_live|whsec)_[A-Za-z0-9+/=_-]+")


def masked(text: str) -> str:
    """Return a text with every Stripe secret in it cut down to its prefix."""
    return SECRET.sub(r"\1_••••", text)


class MaskingReporter(ExceptionReporter):
    """Django's report, looked through once more: the SDK's frames have the key in their headers."""

    def get_traceback_html(self) -> SafeString:
        return SafeString(masked(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        return SafeString(masked(super().get_traceback_text()))
