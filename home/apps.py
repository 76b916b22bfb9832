from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "home"

    def ready(self) -> None:
        from home import purging, shown  # noqa: F401 - `shown` listens to changes

        purging.watch()
