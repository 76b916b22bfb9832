"""The headers under which every page is shown."""

import pytest
from django.test import override_settings

from tests.factories import ArticlePageFactory, SectionPageFactory


def policy_of(response):
    """Return the Content-Security-Policy as a dictionary of its directives."""
    directives = response.headers["Content-Security-Policy"].split("; ")
    return {
        name: sources.split() for name, _space, sources in (d.partition(" ") for d in directives)
    }


@pytest.fixture
def reader(site, client_at):
    section = SectionPageFactory(parent=site.root_page, slug="town")
    ArticlePageFactory(parent=section, slug="fair", access="public")
    return client_at(site)


@pytest.mark.parametrize("path", ["/", "/town/", "/town/fair/", "/accounts/login/", "/nothing/"])
def test_public_pages_run_no_inline_code_and_load_from_here_alone(reader, path):
    policy = policy_of(reader.get(path))
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["form-action"] == ["'self'"]
    assert policy["object-src"] == policy["base-uri"] == ["'none'"]


def test_inline_scripts_are_for_the_admin_alone(reader):
    assert "'unsafe-inline'" in policy_of(reader.get("/admin/"))["script-src"]


@pytest.mark.parametrize("path", ["/account/", "/pro/"])
def test_buttons_that_lead_to_stripe_may(reader, path):
    """Chromium applies form-action to the redirect that follows a POST."""
    with override_settings(STRIPE_API_BASE="https://api.stripe.com"):
        allowed = policy_of(reader.get(path))["form-action"]
    assert allowed == [
        "'self'",
        "https://checkout.stripe.com",
        "https://billing.stripe.com",
        "https://invoice.stripe.com",
    ]


def test_the_sandbox_is_allowed_where_it_stands_in(reader):
    with override_settings(STRIPE_API_BASE="http://127.0.0.1:12111"):
        assert "http://127.0.0.1:12111" in policy_of(reader.get("/pro/"))["form-action"]


def test_every_answer_carries_the_other_protections(reader):
    headers = reader.get("/").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "payment=()" in headers["Permissions-Policy"]
