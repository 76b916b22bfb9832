"""The tenant and its language, for every request and its templates."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase, HttpResponseNotFound
from django.http.request import split_domain_port
from django.utils import translation

from krate_site.middleware import Middleware
from krate_site.tenancy.models import Publication
from krate_site.tenancy.sites import own_root_paths, tenant_at, working_for


class TenantMiddleware(Middleware):
    """Rule T1: the request's host must be a tenant's, or there is nothing here.

    Sets what `Site.find_for_request` returns, which would otherwise fall back to the default site.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Only the Host header counts; what is no host name at all comes out empty. One final dot
        # is the root's and goes, a second one is nonsense.
        hostname, _port = split_domain_port(request.META.get("HTTP_HOST", ""))
        tenant = tenant_at(hostname) if hostname and hostname[-1] != "." else None
        if tenant is None:
            return HttpResponseNotFound("No such site.", content_type="text/plain")
        site = tenant.own_site()
        request._wagtail_site = site  # type: ignore[attr-defined]
        request.content_version = tenant.version  # type: ignore[attr-defined]
        request._wagtail_cached_site_root_paths = own_root_paths(site)  # type: ignore[attr-defined]
        with working_for(site):
            return self.get_response(request)


class TenantLanguageMiddleware(Middleware):
    """Speaks the tenant's language; Wagtail's admin then switches to the editor's own."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        publication = Publication.for_request(request)
        with translation.override(publication.language):
            request.LANGUAGE_CODE = publication.language  # type: ignore[attr-defined]
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", publication.language)
            return response


def publication(request: HttpRequest) -> dict[str, Any]:
    """Return the tenant's `publication` (name, language, look) for every template."""
    return {"publication": Publication.for_request(request)}
