"""Error pages and error mails without keys, wherever in a traceback one would stand (rule B3)."""

from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter

from krate_site.masking import masked


class MaskingReporter(ExceptionReporter):
    """Django's report, looked through once more: the SDK's frames have the key in their headers."""

    def get_traceback_html(self) -> SafeString:
        return SafeString(masked(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        return SafeString(masked(super().get_traceback_text()))
