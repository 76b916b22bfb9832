"""What stands in the place of Wagtail's own below `/admin/`, so it comes before it."""

from django.urls import path
from wagtail.admin.auth import require_admin_access
from wagtail.utils.urlpatterns import decorate_urlpatterns

from krate_site.tenancy.forms import autocomplete

urlpatterns = decorate_urlpatterns(
    [
        path("tag-autocomplete/", autocomplete, name="tenant_tags"),
        path(
            "tag-autocomplete/<slug:app_name>/<slug:model_name>/",
            autocomplete,
            name="tenant_tags_of_model",
        ),
    ],
    require_admin_access,
)
