"""Django's list of the settings in force, without what is secret in them (rule B3)."""

from typing import Any

from django.conf import settings
from django.core.management.commands import diffsettings
from django.views.debug import SafeExceptionReporterFilter

from krate_site.logs import masked


class Command(diffsettings.Command):
    def output_hash(
        self, user_settings: dict[str, str], default_settings: dict[str, str], **options: Any
    ) -> list[str]:
        return super().output_hash(without_secrets(user_settings), default_settings, **options)

    def output_unified(
        self, user_settings: dict[str, str], default_settings: dict[str, str], **options: Any
    ) -> list[str]:
        return super().output_unified(without_secrets(user_settings), default_settings, **options)


def without_secrets(user_settings: dict[str, str]) -> dict[str, str]:
    """Return the settings as an error page would show them: no key, and no password."""
    cleanse = SafeExceptionReporterFilter().cleanse_setting
    return {name: masked(repr(cleanse(name, getattr(settings, name)))) for name in user_settings}
