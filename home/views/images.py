"""Images, by signed addresses only.

Nothing serves the media folder, and a signature can't be made without the site's secret key: who
was never shown an image, or another size of it, can't ask for it. What isn't promised: someone
who may see an image can pass its address on. Caches that many share keep what everybody is shown; an
image that stands below paywall dividers alone is kept by its reader's browser, for an hour.
"""

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from wagtail.images.views.serve import ServeView
from wagtail.models import Page, ReferenceIndex, Site

from home.models import CustomImage
from home.views.documents import is_linked, open_blocks
from krate_site.caching import keep_from_caches
from krate_site.tenancy.models import Publication
from krate_site.tenancy.ownership import collection_path, of_tenant
from krate_site.tenancy.sites import current_site

KEPT_FOR_LONG = "public, max-age=31536000, immutable"
KEPT_BY_ITS_READER = "private, max-age=3600"


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
        is_here = served_here(current_site(request)).filter(pk=image_id).exists()
        # Platform administrators' lists show every tenant's images, at whichever host.
        if not is_here and not request.user.is_superuser:
            raise Http404
        response = super().get(request, signature, image_id, filter_spec, filename)
        if response.status_code == 200 and is_here:
            image = CustomImage(pk=image_id)
            is_open = is_shown_to_everybody(image, current_site(request))
            response.headers["Cache-Control"] = KEPT_FOR_LONG if is_open else KEPT_BY_ITS_READER
        elif response.status_code == 200:
            keep_from_caches(response)
        return response


def served_here(site: Site) -> QuerySet[CustomImage]:
    """Return the tenant's images, and those that a platform administrator left in the root collection."""
    return CustomImage.objects.filter(
        Q(collection__path__startswith=collection_path(site)) | Q(collection__depth=1)
    )


def is_shown_to_everybody(image: CustomImage, site: Site) -> bool:
    """Return whether something that nobody is ever kept from shows this image.

    The publication's logo, a live page's own fields (its lead image), the blocks of a public page
    or of a teaser. What no page shows yet counts as closed.
    """
    if str(image.pk) == str(Publication.for_site(site).logo_id):
        return True
    references = ReferenceIndex.get_references_to(image).values_list(
        "base_content_type", "object_id", "model_path"
    )
    page_type = ContentType.objects.get_for_model(Page).pk
    in_fields, in_bodies = set(), set()
    for content_type, key, path in references:
        if content_type != page_type:
            return True
        (in_bodies if path.startswith("body.") else in_fields).add(int(key))
    live = of_tenant(Page.objects.live(), site)
    if in_fields and live.filter(pk__in=in_fields).exists():
        return True
    return bool(in_bodies) and any(
        is_linked(image, open_blocks(page)) for page in live.filter(pk__in=in_bodies).specific()
    )
