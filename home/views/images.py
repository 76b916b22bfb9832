"""Images, by signed addresses only.

Nothing serves the media folder, and a signature can't be made without the site's secret key: who
was never shown an image, or another size of it, can't ask for it. What isn't promised: someone
who may see an image can pass its address on.
"""

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from wagtail.images.views.serve import ServeView
from wagtail.models import Site

from home.models import CustomImage
from krate_site.tenancy.ownership import collection_path
from krate_site.tenancy.sites import current_site

KEPT_FOR_LONG = "public, max-age=31536000, immutable"


class ImageView(ServeView):
    """Wagtail's serve view. The address names the file and its crop, so it may be kept for long."""

    def get(
        self,
        request: HttpRequest,
        signature: str,
        image_id: str,
        filter_spec: str,
        filename: str | None = None,
    ) -> HttpResponseBase:
        if not served_here(current_site(request)).filter(pk=image_id).exists():
            raise Http404
        response = super().get(request, signature, image_id, filter_spec, filename)
        if response.status_code == 200:
            response.headers["Cache-Control"] = KEPT_FOR_LONG
        return response


def served_here(site: Site) -> QuerySet[CustomImage]:
    """Return the tenant's images, and those that a platform administrator left in the root collection."""
    return CustomImage.objects.filter(
        Q(collection__path__startswith=collection_path(site)) | Q(collection__depth=1)
    )
