"""Content-Security-Policy: strict on the public site, with inline scripts only where Wagtail's admin needs them.

Source: https://django-csp.readthedocs.io/ (version 4), and Wagtail's admin, which has inline scripts.
"""

from urllib.parse import urlsplit

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

PUBLIC_POLICY = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "media-src": [SELF],
    "connect-src": [SELF],
    "frame-src": ["https://www.youtube-nocookie.com", "https://player.vimeo.com"],
    "manifest-src": [SELF],
    "base-uri": [NONE],
    "object-src": [NONE],
    "form-action": [SELF],
    "frame-ancestors": [SELF],
}

ADMIN_POLICY = {
    **PUBLIC_POLICY,
    "script-src": [SELF, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],
    "frame-src": [SELF],
    "worker-src": [SELF, "blob:"],
}

# Chromium applies form-action to the redirect that follows a POST, so the pages whose
# buttons lead to Stripe must name Stripe's hosts.
PATHS_THAT_POST_TO_STRIPE = ("/pro/", "/account/", "/admin/")


def stripe_hosts() -> list[str]:
    """Return the origins that a checkout or portal button may lead to, the stand-in's included."""
    hosts = [
        "https://checkout.stripe.com",
        "https://billing.stripe.com",
        "https://invoice.stripe.com",
    ]
    base = urlsplit(settings.STRIPE_API_BASE)
    if base.netloc != "api.stripe.com":
        hosts.append(f"{base.scheme}://{base.netloc}")
    return hosts


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """django-csp's middleware with one policy for the public site and one for the admin."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if report_only:
            return parts
        policy = ADMIN_POLICY if request.path.startswith("/admin/") else PUBLIC_POLICY
        if request.path.startswith(PATHS_THAT_POST_TO_STRIPE):
            policy = {**policy, "form-action": [*policy["form-action"], *stripe_hosts()]}
        parts.config = policy
        return parts
