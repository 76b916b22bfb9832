"""Every address of the site. A new route also goes into the leak check's lists."""

from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

handler500 = "krate_site.outage.server_error"

urlpatterns = [
    path("", include("billing.urls")),
    path("", include("membership.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", include("krate_site.tenancy.urls")),
    path("admin/", include(wagtailadmin_urls)),
    path("", include("home.urls")),
    path("", include(wagtail_urls)),
]
