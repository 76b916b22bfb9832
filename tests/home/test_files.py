"""Images and documents: nobody gets what he was never shown."""

import pytest
from django.urls import reverse
from wagtail.models import Collection

from home.models import CustomImage
from home.tenants import create_tenant
from tests.factories import (
    ArticlePageFactory,
    DocumentFactory,
    ImageFactory,
    SectionPageFactory,
    UserFactory,
    body_of,
    team_member,
)

LEDGER = b"The heron's ledger."


@pytest.fixture
def site(db):
    return create_tenant(hostname="courier.localhost", name="The Courier", port=80).site


@pytest.fixture
def document(site):
    return DocumentFactory(collection=site.tenant.collection)


def link_to(document):
    return ("paragraph", f'<p><a linktype="document" id="{document.pk}">ledger</a></p>')


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


# --- Images


def test_image_is_served_by_its_signed_address_and_may_be_kept(site, client_at):
    image = ImageFactory(collection=site.tenant.collection)
    ArticlePageFactory(parent=SectionPageFactory(parent=site.root_page), lead_image=image)
    response = client_at(site).get(image.get_rendition("width-100").url)
    assert response.status_code == 200
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in response["Cache-Control"]


def test_image_address_cannot_be_guessed_from_another(site, client_at):
    shown, hidden = (ImageFactory(collection=site.tenant.collection) for _ in range(2))
    address = shown.get_rendition("width-100").url
    client = client_at(site)
    other_image = address.replace(f"/{shown.pk}/", f"/{hidden.pk}/")
    other_size = address.replace("width-100", "width-200", 1)
    for guess in [other_image, other_size, address.replace("/images/", "/images/x", 1)]:
        assert client.get(guess).status_code == 403


def test_no_file_is_served_from_the_media_folder(site, client_at, document):
    image = ImageFactory(collection=site.tenant.collection)
    rendition = image.get_rendition("width-100")
    for file in [image.file, rendition.file, document.file]:
        assert client_at(site).get(f"/media/{file.name}").status_code == 404


def test_T4_image_of_another_tenant_is_not_served_here(site, client_at):
    other = create_tenant(hostname="gazette.localhost", name="The Gazette", port=80).site
    address = ImageFactory(collection=other.tenant.collection).get_rendition("width-100").url
    assert client_at(site).get(address).status_code == 404
    assert client_at(other).get(address).status_code == 200


def test_T4_platform_administrator_sees_the_images_that_his_list_shows(site, client_at, client):
    other = create_tenant(hostname="gazette.localhost", name="The Gazette", port=80).site
    address = ImageFactory(collection=other.tenant.collection).get_rendition("width-100").url
    client.force_login(UserFactory(verified=True, is_superuser=True))
    answer = client_at(site).get(address)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    client.force_login(team_member(site))
    assert client_at(site).get(address).status_code == 404


def test_image_whose_file_is_gone_is_gone_and_not_kept(site, client_at):
    image = ImageFactory(collection=site.tenant.collection)
    address = image.get_rendition("width-100").url
    CustomImage.objects.filter(pk=image.pk).update(file="original_images/gone.jpg")
    image.renditions.all().delete()
    response = client_at(site).get(address)
    assert response.status_code == 410
    assert "immutable" not in response.get("Cache-Control", "")


# --- Documents


def test_document_linked_from_a_public_article_is_for_everybody(site, client_at, document):
    section = SectionPageFactory(parent=site.root_page)
    ArticlePageFactory(parent=section, body=body_of(link_to(document)))
    response = client_at(site).get(document.url)
    assert body(response) == LEDGER
    assert "public" in response["Cache-Control"]
    assert not response.cookies


def test_document_above_the_divider_is_for_everybody(site, client_at, document):
    section = SectionPageFactory(parent=site.root_page)
    ArticlePageFactory(
        parent=section, access="pro", body=body_of(link_to(document), ("paywall", None))
    )
    assert body(client_at(site).get(document.url)) == LEDGER


@pytest.fixture
def walled_article(site, document):
    section = SectionPageFactory(parent=site.root_page)
    return ArticlePageFactory(
        parent=section, access="pro", body=body_of(("paywall", None), link_to(document))
    )


def test_G3_document_below_the_divider_leads_to_the_wall(site, client_at, document, walled_article):
    response = client_at(site).get(document.url)
    assert response.status_code == 302
    assert response["Location"] == walled_article.url
    assert response["Cache-Control"] == "private, no-store"


def test_G3_document_below_the_divider_is_for_whoever_may_read_there(
    site, client, document, walled_article, sign_in
):
    sign_in(pro=True)
    response = client.get(document.url)
    assert body(response) == LEDGER
    assert response["Cache-Control"] == "private, no-store"
    assert "ETag" not in response


def test_G3_free_member_does_not_get_a_pro_document(
    site, client, document, walled_article, sign_in
):
    sign_in()
    assert client.get(document.url).status_code == 302


def test_document_linked_from_nowhere_or_a_draft_is_not_found(site, client_at, document):
    section = SectionPageFactory(parent=site.root_page)
    assert client_at(site).get(document.url).status_code == 404
    ArticlePageFactory(parent=section, live=False, body=body_of(link_to(document)))
    assert client_at(site).get(document.url).status_code == 404


def test_T4_document_is_not_served_at_another_tenants_host(site, client_at, document):
    section = SectionPageFactory(parent=site.root_page)
    ArticlePageFactory(parent=section, body=body_of(link_to(document)))
    other = create_tenant(hostname="gazette.localhost", name="The Gazette", port=80).site
    assert client_at(other).get(document.url).status_code == 404


def test_document_needs_its_own_name(site, client_at, document):
    section = SectionPageFactory(parent=site.root_page)
    ArticlePageFactory(parent=section, body=body_of(link_to(document)))
    address = reverse("wagtaildocs_serve", args=[document.pk, "other.txt"])
    assert client_at(site).get(address).status_code == 404


def test_editor_gets_an_unlinked_document_of_his_own_tenant_only(site, client, document):
    editor = UserFactory(verified=True)
    editor.groups.add(site.tenant.editors)
    client.speak_to(site)
    client.force_login(editor)
    response = client.get(document.url)
    assert body(response) == LEDGER
    assert response["Cache-Control"] == "private, no-store"
    other = create_tenant(hostname="gazette.localhost", name="The Gazette", port=80).site
    foreign = DocumentFactory(collection=other.tenant.collection)
    assert client.get(foreign.url).status_code == 404


def test_document_outside_the_tenants_collection_is_not_served(site, client_at):
    stray = DocumentFactory(collection=Collection.get_first_root_node())
    section = SectionPageFactory(parent=site.root_page)
    ArticlePageFactory(parent=section, body=body_of(link_to(stray)))
    assert client_at(site).get(stray.url).status_code == 404
