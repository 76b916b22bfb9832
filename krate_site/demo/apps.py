from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "krate_site.demo"
    label = "demo"
