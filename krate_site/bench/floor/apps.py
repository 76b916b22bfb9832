from django.apps import AppConfig


class FloorConfig(AppConfig):
    name = "krate_site.bench.floor"
    label = "bench_floor"
