"""What every template may ask of the tenant."""

from typing import Any

from django.http import HttpRequest

from krate_site.tenancy.models import Publication


def publication(request: HttpRequest) -> dict[str, Any]:
    """Return the tenant's `publication` (name, language, look) for templates."""
    return {
        "publication": getattr(request, "publication", None) or Publication.for_request(request)
    }
