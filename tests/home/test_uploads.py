"""What a tenant's team may upload: pictures that are pictures, documents that no browser runs."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from home.models import CustomDocument, CustomImage
from tests.clients import TenantClient
from tests.factories import team_member

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.fixture
def team(site, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client = TenantClient()
    client.speak_to(site)
    client.force_login(team_member(site))
    return client


def png(width=8, height=8):
    buffer = io.BytesIO()
    Image.new("1", (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


def upload(team, site, kind, name, content, content_type="application/octet-stream"):
    """Upload by each of the admin's ways: the form, and the page for many files at once."""
    collection = site.tenant.collection.pk
    answers = []
    for path, field in (
        (f"/admin/{kind}/add/", "file"),
        (f"/admin/{kind}/multiple/add/", "files[]"),
    ):
        file = SimpleUploadedFile(name, content, content_type)
        fields = {"title": "A file", field: file, "collection": collection}
        answers.append(team.post(path, fields))
    assert all(answer.status_code < 500 for answer in answers)


BAD_IMAGES = {
    "picture.svg": SVG,
    "picture.html": HTML,
    "picture.png": SVG,
    "picture.jpg": HTML,
    "picture.gif": b"GIF89a" + HTML,
    "picture.png.html": png(),
    "picture.php": png(),
    "huge.png": png(20_000, 20_000),
}
BAD_DOCUMENTS = [
    "page.html",
    "page.htm",
    "page.svg",
    "page.xhtml",
    "page.xml",
    "page.js",
    "page.exe",
]


@pytest.mark.parametrize("name", BAD_IMAGES)
def test_no_picture_that_is_none(team, site, name):
    upload(team, site, "images", name, BAD_IMAGES[name], "image/png")
    assert not CustomImage.objects.exists()


@pytest.mark.parametrize("name", [*BAD_DOCUMENTS, "page.HTML", "page.pdf.html", "page"])
def test_no_document_that_a_browser_would_run(team, site, name):
    upload(team, site, "documents", name, HTML, "application/pdf")
    assert not CustomDocument.objects.exists()


def test_pictures_and_documents_are_taken(team, site):
    upload(team, site, "images", "picture.png", png(), "image/png")
    upload(team, site, "documents", "paper.pdf", b"%PDF-1.4", "application/pdf")
    assert CustomImage.objects.exists()
    assert CustomDocument.objects.exists()


def test_no_file_beyond_its_size(team, site, settings):
    settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE = 100
    upload(team, site, "images", "picture.png", png(4000, 4000), "image/png")
    settings.WAGTAILDOCS_MAX_UPLOAD_SIZE = 100
    upload(team, site, "documents", "paper.pdf", b"%PDF-1.4" + b"x" * 200, "application/pdf")
    assert not CustomImage.objects.exists()
    assert not CustomDocument.objects.exists()


def test_sizes_are_limited(settings):
    assert settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE <= 20 * 1024 * 1024
    assert settings.WAGTAILDOCS_MAX_UPLOAD_SIZE <= 100 * 1024 * 1024


def test_what_a_document_says_of_itself_is_not_believed_by_the_browser(team, site):
    upload(team, site, "documents", "page.txt", HTML, "text/html")
    document = CustomDocument.objects.first()
    answer = team.get(document.url)
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "html" not in answer.headers["Content-Type"]
