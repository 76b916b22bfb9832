import sys

from django.apps import AppConfig


class MembershipConfig(AppConfig):
    name = "membership"

    def ready(self) -> None:
        from membership import emails
        from membership.accounts import signals  # noqa: F401 - listens to sign-ins

        # A mail that was queued before an upgrade names its task by the module of then; until the
        # release after the one that moved it.
        sys.modules["membership.mail"] = emails
