"""How times are written: by the clock of the site, in the reader's language."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format


def write_time(moment: datetime, form: str = "DATE_FORMAT") -> str:
    """Return a moment as one of the language's formats writes it."""
    return date_format(timezone.localtime(moment), form)
