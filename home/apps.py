from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "home"

    def ready(self) -> None:
        from home import closing, purging, shown  # noqa: F401 - `shown` listens to changes

        closing.watch()
        purging.watch()
