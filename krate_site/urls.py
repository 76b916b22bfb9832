"""Every address of the site. A new route also goes into the leak check's lists."""

from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.auth import require_admin_access
from wagtail.utils.urlpatterns import decorate_urlpatterns

from krate_site.tenancy.forms import autocomplete

handler500 = "krate_site.outage.server_error"

# In the place of Wagtail's own, so before it.
own_tags = [
    path("", autocomplete, name="tenant_tags"),
    path("<slug:app_name>/<slug:model_name>/", autocomplete, name="tenant_tags_of_model"),
]

urlpatterns = [
    path("", include("billing.urls")),
    path("", include("membership.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/tag-autocomplete/", include(decorate_urlpatterns(own_tags, require_admin_access))),
    path("admin/", include(wagtailadmin_urls)),
    path("", include("home.urls")),
    path("", include(wagtail_urls)),
]
