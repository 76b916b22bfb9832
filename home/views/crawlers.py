"""What robots are told: which paths are none of their business, and what pages there are.

The sitemap lists the addresses of gated pages too: their titles and introductions are public.
"""

from collections.abc import Mapping, Sequence

from django.core.paginator import EmptyPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from wagtail.models import Page

from krate_site.caching import revalidated
from krate_site.tenancy.ownership import of_tenant
from krate_site.tenancy.sites import absolute_url, current_site

# https://www.sitemaps.org/protocol.html allows so many addresses a file.
ADDRESSES_A_FILE = 50_000
CLOSED_TO_ROBOTS = ["/admin/", "/account/", "/accounts/", "/api/", "/search/"]


@require_safe
@cache_control(public=True, max_age=3600)
def robots(request: HttpRequest) -> HttpResponse:
    """Answer robots.txt."""
    sitemap_url = absolute_url(current_site(request), reverse("sitemap"))
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED_TO_ROBOTS)]
    return HttpResponse(
        "\n".join([*lines, "", f"Sitemap: {sitemap_url}", ""]),
        content_type="text/plain; charset=utf-8",
    )


@require_safe
@revalidated
def sitemap(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """Answer the addresses of all live pages of the tenant, or an index where one file is too small."""
    site = current_site(request)
    pages = (
        of_tenant(Page.objects.live(), site)
        .order_by("path")
        .only("pk", "path", "url_path", "last_published_at", "locale")
    )
    files = Paginator(pages, ADDRESSES_A_FILE)
    if number is None and files.num_pages > 1:
        addresses = [
            {"url": absolute_url(site, reverse("sitemap", args=[n]))} for n in files.page_range
        ]
        return as_xml(request, "home/sitemap_index.xml", addresses)
    try:
        listed = files.page(number or 1)
    except EmptyPage as error:
        raise Http404 from error
    addresses = [
        {"url": absolute_url(site, page.get_url(request)), "changed": page.last_published_at}
        for page in listed
    ]
    return as_xml(request, "home/sitemap.xml", addresses)


def as_xml(
    request: HttpRequest, template: str, addresses: Sequence[Mapping[str, object]]
) -> HttpResponse:
    """Answer addresses by one of the two sitemap templates."""
    return render(
        request, template, {"addresses": addresses}, content_type="application/xml; charset=utf-8"
    )
