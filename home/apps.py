from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "home"

    def ready(self) -> None:
        from home import frontend_cache, signals

        signals.watch()
        frontend_cache.watch()
