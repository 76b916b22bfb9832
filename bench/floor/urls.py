"""Wagtail's pages, what their pictures' addresses are made from, and the ceiling."""

from django.urls import include, path
from wagtail import urls as wagtail_urls

from bench.urls import TRIVIAL, trivial

urlpatterns = [
    path(TRIVIAL.removeprefix("/"), trivial),
    path("", include("home.urls")),
    path("", include(wagtail_urls)),
]
