from django.apps import AppConfig


class MembershipConfig(AppConfig):
    name = "membership"

    def ready(self) -> None:
        import membership.joining  # noqa: F401 - connects its signal receivers
