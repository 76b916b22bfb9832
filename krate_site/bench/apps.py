from django.apps import AppConfig


class BenchConfig(AppConfig):
    name = "krate_site.bench"
    label = "bench"
