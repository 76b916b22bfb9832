from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "home"

    def ready(self) -> None:
        from home import frontend_cache, signals
        from home.admin import access_log

        signals.watch()
        frontend_cache.watch()
        access_log.watch()
