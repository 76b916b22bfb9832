"""Content-Security-Policy: strict on the public site, with inline scripts only where Wagtail's admin needs them.

Source: https://django-csp.readthedocs.io/ (version 4), and Wagtail's admin, which has inline scripts.
"""

from dataclasses import asdict
from functools import cache
from urllib.parse import urlsplit

from csp.constants import HEADER, NONE, SELF, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

# Where films are framed from: the versions of both that set no cookies.
YOUTUBE, VIMEO = "https://www.youtube-nocookie.com", "https://player.vimeo.com"

PUBLIC_POLICY = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "media-src": [SELF],
    "connect-src": [SELF],
    "frame-src": [YOUTUBE, VIMEO],
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


def policy_for(path: str) -> dict[str, list[str]]:
    """Return the policy of the page at this path."""
    policy = ADMIN_POLICY if path.startswith("/admin/") else PUBLIC_POLICY
    if path.startswith(PATHS_THAT_POST_TO_STRIPE):
        return {**policy, "form-action": [*policy["form-action"], *stripe_hosts()]}
    return policy


@cache
def written_public_policy() -> str:
    """Return the policy of nearly all answers as the header has it."""
    return str(build_policy(**asdict(PolicyParts(PUBLIC_POLICY))))


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """django-csp's middleware with one policy for the public site and one for the admin."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        # Writing it anew for each answer would cost more than a page from the cache does.
        if (
            response.status_code == 200
            and HEADER not in response.headers
            and not any(name.startswith("_csp") for name in vars(response))
            and "_csp_nonce" not in vars(request)
            and policy_for(request.path) is PUBLIC_POLICY
        ):
            response.headers[HEADER] = written_public_policy()
            return response
        return super().process_response(request, response)

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only:
            parts.config = policy_for(request.path)
        return parts
