"""Rule G4 for images: what stands below paywall dividers alone is kept by no shared cache."""

import pytest
from django.test.utils import CaptureQueriesContext

from home.tenants import create_tenant
from krate_site.tenancy.models import Publication
from tests.factories import ArticlePageFactory, ImageFactory, body_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(db):
    return create_tenant(hostname="courier.localhost", name="The Courier", port=80).site


@pytest.fixture
def image(site):
    return ImageFactory(collection=site.tenant.collection)


def block_of(image):
    picture = {"image": image.pk, "decorative": False, "alt_text": "A heron"}
    return ("image", {"image": picture, "caption": "", "credit": ""})


@pytest.fixture
def caching(client_at, site, image):
    """Return a function that tells how the image may be kept."""
    address = image.get_rendition("width-100").url
    client = client_at(site)

    def caching():
        response = client.get(address)
        assert response.status_code == 200
        return response["Cache-Control"]

    return caching


HIDDEN = "private, max-age=3600"
OPEN = "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("access", "fields", "kept"),
    [
        ("pro", [("paywall", None), "image"], HIDDEN),
        ("members", [("paywall", None), "image"], HIDDEN),
        ("pro", ["image", ("paywall", None)], OPEN),
        ("pro", ["image"], HIDDEN),
        ("public", [("paywall", None), "image"], OPEN),
    ],
)
def test_G4_an_image_is_kept_as_the_text_that_it_stands_in(
    caching, section, image, access, fields, kept
):
    blocks = [block_of(image) if field == "image" else field for field in fields]
    ArticlePageFactory(parent=section, access=access, body=body_of(*blocks))
    assert caching() == kept


def test_G4_an_image_of_a_timed_gate_is_kept_by_nobody_but_its_reader(caching, section, image):
    ArticlePageFactory(
        parent=section,
        access="pro",
        public_until="2999-01-01T00:00Z",
        body=body_of(("paywall", None), block_of(image)),
    )
    assert caching() == HIDDEN


def test_G4_one_public_use_is_enough(caching, section, image):
    body = body_of(("paywall", None), block_of(image))
    ArticlePageFactory(parent=section, access="pro", body=body)
    assert caching() == HIDDEN
    ArticlePageFactory(parent=section, access="pro", lead_image=image)
    assert caching() == OPEN


def test_G4_a_draft_or_another_tenants_page_opens_nothing(caching, section, image):
    other = create_tenant(hostname="gazette.localhost", name="The Gazette", port=80).site
    ArticlePageFactory(parent=section, live=False, lead_image=image)
    ArticlePageFactory(parent=other.root_page, lead_image=image)
    assert caching() == HIDDEN


def test_G4_the_logo_is_for_everybody(caching, site, image):
    publication = Publication.for_site(site)
    publication.logo = image
    publication.save()
    assert caching() == OPEN


def test_S2_asking_who_is_shown_an_image_costs_few_statements(caching, section, image):
    from django.db import connection

    body = body_of(("paywall", None), block_of(image))
    for _ in range(5):
        ArticlePageFactory(parent=section, access="pro", body=body)
    caching()
    with CaptureQueriesContext(connection) as asked:
        assert caching() == HIDDEN
    assert len(asked) <= 7
    ArticlePageFactory(parent=section, lead_image=image)
    caching()
    with CaptureQueriesContext(connection) as asked:
        assert caching() == OPEN
    assert len(asked) <= 6
