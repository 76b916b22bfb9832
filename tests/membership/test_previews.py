"""Rule G6: an editor sees the draft as visitor, as member and as Pro; nobody else sees it."""

import pytest
from wagtail.models import Site
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from home.models import SectionPage
from krate_site.tenancy.models import Publication
from tests.factories import HIDDEN, TEASER, ArticlePageFactory, SiteFactory, team_member

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("mode", "sees", "title"),
    [
        ("visitor", False, "This page is for"),
        ("member", False, "This page is for Pro members"),
        ("pro", True, ""),
    ],
)
def test_G6_editor_sees_the_draft_as_each_reader(site, client_at, section, shop, mode, sees, title):
    article = ArticlePageFactory(parent=section, access="pro")
    article.title = "A draft title"
    article.save_revision()
    client = client_at(site)
    client.force_login(team_member(site, "editors"))
    preview = client.get(f"/admin/pages/{article.pk}/view_draft/?mode={mode}")
    assert preview.status_code == 200
    assert "A draft title" in preview.text
    assert TEASER in preview.text
    assert (HIDDEN in preview.text) == sees
    assert title in preview.text
    assert "no-store" in preview.headers["Cache-Control"]


def test_G6_draft_is_nobodys_outside_the_admin(site, client_at, section, as_member):
    article = ArticlePageFactory(parent=section, access="public", live=False)
    assert client_at(site).get(article.url).status_code == 404
    page = as_member(pro=True).get(f"/admin/pages/{article.pk}/view_draft/?mode=pro", follow=True)
    assert HIDDEN not in page.text
    assert page.status_code == 403


def test_G6_superuser_previews_another_tenants_page_in_that_tenants_frame(client_at, section):
    other = SiteFactory(hostname="gazette.localhost", site_name="The Gazette")
    Publication.objects.create(site=other, language="de")
    root = team_member(Site.objects.get(hostname="courier.localhost"), is_superuser=True)
    theirs = other.root_page.add_child(instance=SectionPage(title="Welt", slug="welt"))
    article = ArticlePageFactory(parent=theirs, access="pro")
    client = client_at(section.get_site())
    client.force_login(root)
    preview = client.get(f"/admin/pages/{article.pk}/view_draft/?mode=pro")
    assert preview.status_code == 200
    assert "The Gazette" in preview.text
    assert '<html lang="de">' in preview.text


@pytest.mark.parametrize(("mode", "sees"), [("visitor", False), ("pro", True), ("bogus", False)])
def test_G6_page_that_isnt_saved_yet_can_be_previewed(site, client_at, section, mode, sees):
    client = client_at(site)
    client.force_login(team_member(site, "editors"))
    preview = f"/admin/pages/add/home/articlepage/{section.pk}/preview/"
    form = {
        "title": "Brand new",
        "slug": "brand-new",
        "access": "pro",
        "date": "2027-05-03",
        "body": streamfield(
            [
                ("paragraph", rich_text("<p>words above</p>")),
                ("paywall", ""),
                ("paragraph", rich_text("<p>words below</p>")),
            ]
        ),
    }
    assert client.post(preview, nested_form_data(form)).json()["is_valid"]
    page = client.get(f"{preview}?mode={mode}").text
    assert "words above" in page
    assert ("words below" in page) == sees
