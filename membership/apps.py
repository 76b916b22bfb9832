from django.apps import AppConfig


class MembershipConfig(AppConfig):
    name = "membership"

    def ready(self) -> None:
        # They listen to sign-ins and deletions.
        from membership import forgetting, joining  # noqa: F401
