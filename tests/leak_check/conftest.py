"""A tenant with something of everything to hide, and a neighbour with an editor."""

import pytest

from home.leak_check.checking import check_tenant
from home.tenants import create_tenant
from tests.factories import (
    ArticlePageFactory,
    DocumentFactory,
    ImageFactory,
    SectionPageFactory,
    StandardPageFactory,
    body_of,
    team_member,
)

DRAFT = "Nobody has yet read of the otter beneath the mill."


@pytest.fixture
def neighbour(db):
    """Another tenant, with an editor whose groups are real."""
    other = create_tenant(hostname="gazette.localhost", name="The Gazette", port=80).site
    team_member(other, "editors")
    return other


@pytest.fixture
def site(neighbour):
    """A tenant of which every kind of page hides something, with an editor of its own."""
    site = create_tenant(hostname="courier.localhost", name="The Courier", port=80).site
    team_member(site, "editors")
    return site


@pytest.fixture
def section(site):
    return SectionPageFactory(parent=site.root_page, title="World", slug="world")


@pytest.fixture
def pages(site, section):
    """Closed pages of each kind, by what they are."""
    document = DocumentFactory(collection=site.tenant.collection)
    image = ImageFactory(collection=site.tenant.collection)
    link = f'<p>See <a linktype="document" id="{document.pk}">the ledger of all herons</a>.</p>'
    picture = {
        "image": {"image": image.pk, "decorative": False, "alt_text": "A heron"},
        "caption": "A heron that only members of the weir have met",
        "credit": "",
    }
    return {
        "pro": ArticlePageFactory(parent=section, access="pro"),
        "members": ArticlePageFactory(
            parent=section,
            access="members",
            body=body_of(
                ("paragraph", "<p>Members are told where the owls sleep in winter.</p>"),
            ),
        ),
        "files": ArticlePageFactory(
            parent=section,
            access="pro",
            body=body_of(("paywall", None), ("paragraph", link), ("image", picture)),
        ),
        "timed": ArticlePageFactory(
            parent=section,
            access="pro",
            public_until="2999-01-01T00:00Z",
            body=body_of(("paragraph", "<p>For now everybody reads of the tern.</p>")),
        ),
        "public": ArticlePageFactory(
            parent=section, body=body_of(("paragraph", "<p>All may know the kettle is on.</p>"))
        ),
        "standing": StandardPageFactory(
            parent=site.root_page,
            access="members",
            body=body_of(("paragraph", "<p>How the printing works are wound up at night.</p>")),
        ),
        "draft": ArticlePageFactory(
            parent=section, live=False, body=body_of(("paragraph", f"<p>{DRAFT}</p>"))
        ),
    }


@pytest.fixture
def findings(site, pages):
    """Return a function that checks the tenant, and gives what was found as lines."""

    def check(*closed, quick=True, surface=""):
        report = check_tenant(
            site, paths=[page.url for page in closed] or None, quick=quick, surface=surface
        )
        assert report.requests > 0
        return [str(finding) for finding in report.findings]

    return check
