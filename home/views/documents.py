"""Documents open for whoever is shown a link to them, and for nobody else.

A document has no access of its own that an editor could forget to set. It is asked which live
pages of this tenant link to it, and `decide` is asked for each of them; a link above the paywall
divider counts as open, one below it as the page. Linked from nowhere: no one, but the editors who
may choose it in the admin. What isn't open to everybody is kept by no cache (rule G4), and whoever
may not have it is led to the page with the link, where the wall says what to do.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.views.decorators.http import require_safe
from wagtail.documents.views.serve import serve as wagtails_serve
from wagtail.models import Page, ReferenceIndex, Site
from wagtail.permissions import policy_registry

from home.models import CustomDocument, CustomImage
from home.models.mixins import Readable
from krate_site.caching import keep_from_caches, let_caches_revalidate
from krate_site.tenancy.ownership import of_tenant
from krate_site.tenancy.sites import current_site
from membership.access import decide
from membership.paywall import GatedPage


@require_safe
def serve_document(request: HttpRequest, document_id: str, filename: str) -> HttpResponseBase:
    """Answer the file, the way to the page where it can be had, or 404."""
    site = current_site(request)
    document = of_tenant(CustomDocument.objects.all(), site).filter(pk=document_id).first()
    if document is None:
        raise Http404
    pages = pages_that_link_to(document, site)
    if any(is_linked(document, open_blocks(page)) for page in pages):
        return let_caches_revalidate(wagtails_serve(request, document_id, filename))
    if opens_for(request, document, pages):
        return keep_from_caches(wagtails_serve(request, document_id, filename))
    if pages:
        return keep_from_caches(HttpResponseRedirect(pages[0].get_url(request)))
    raise Http404


def pages_that_link_to(document: CustomDocument, site: Site) -> list[Page]:
    """Return the tenant's live pages that link to a document, above or below their dividers."""
    references = ReferenceIndex.get_references_to(document).filter(
        base_content_type=ContentType.objects.get_for_model(Page)
    )
    keys = [int(key) for key in references.values_list("object_id", flat=True)]
    return list(of_tenant(Page.objects.live(), site).filter(pk__in=keys).specific())


def open_blocks(page: Page) -> list[Any]:
    """Return the blocks of a page that nobody is ever kept from."""
    return page.always_open_blocks() if isinstance(page, Readable) else []


def opens_for(request: HttpRequest, document: CustomDocument, pages: Iterable[Page]) -> bool:
    """Return whether this person sees a link to the document, or may choose it in the admin."""
    for page in pages:
        if isinstance(page, GatedPage) and is_linked(
            document, page.blocks_for(decide(page, page.reader(request)))
        ):
            return True
    user = request.user
    return user.is_authenticated and policy_registry.get_by_type(
        CustomDocument
    ).user_has_any_permission_for_instance(user, ["change", "delete", "choose"], document)


def is_linked(file: CustomDocument | CustomImage, blocks: Iterable[Any]) -> bool:
    """Return whether one of these bound blocks refers to the file."""
    return any(
        issubclass(model, type(file)) and str(key) == str(file.pk)
        for bound in blocks
        for model, key, _model_path, _content_path in bound.block.extract_references(bound.value)
    )
