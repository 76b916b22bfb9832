"""Media in a bucket, by environment alone: through the gate as before, and from nowhere else."""

import json
import os
import subprocess
import sys

import boto3
import pytest
from django.core.files.base import ContentFile

from tests.clients import TenantClient
from tests.factories import (
    ArticlePageFactory,
    DocumentFactory,
    ImageFactory,
    SectionPageFactory,
    body_of,
    team_member,
)
from tests.operations.documented import ROOT

LEDGER = b"The heron's ledger."


@pytest.fixture(scope="module")
def store():
    """An S3-compatible server on this machine, with an empty bucket."""
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _host, port = server.get_host_and_port()
    address = f"http://127.0.0.1:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="word",
    )
    client.create_bucket(Bucket="krate-media")
    client.address = address
    yield client
    server.stop()


@pytest.fixture
def bucket(store, settings, site):
    """Have the site keep its media there, as the variables say; return a look at what it holds."""
    told = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import json; from django.conf import settings; print(json.dumps(settings.STORAGES))",
        ],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "krate_site.settings.base",
            "MEDIA_BUCKET": "krate-media",
            "MEDIA_ENDPOINT_URL": store.address,
            "MEDIA_REGION": "us-east-1",
            "MEDIA_ACCESS_KEY": "key",
            "MEDIA_SECRET_KEY": "word",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    settings.STORAGES = {**settings.STORAGES, "default": json.loads(told.stdout)["default"]}

    def names():
        return {
            item["Key"] for item in store.list_objects_v2(Bucket="krate-media").get("Contents", ())
        }

    return names


@pytest.fixture
def team(site):
    return team_member(site)


def at(site, user=None):
    client = TenantClient()
    client.speak_to(site)
    if user:
        client.force_login(user)
    return client


def content(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_G3_pictures_and_documents_come_out_of_the_bucket_through_the_gate(bucket, site, team):
    """Rule G3."""
    collection = site.tenant.collection
    picture, ledger = ImageFactory(collection=collection), DocumentFactory(collection=collection)
    link = f'<p><a linktype="document" id="{ledger.pk}">ledger</a></p>'
    article = ArticlePageFactory(
        parent=SectionPageFactory(parent=site.root_page),
        access="members",
        lead_image=picture,
        body=body_of(("paywall", None), ("paragraph", link)),
    )
    assert {picture.file.name, ledger.file.name} <= bucket()

    visitor = at(site)
    address = picture.get_rendition("width-100").url
    assert address.startswith("/images/")
    answer = visitor.get(address)
    assert answer.status_code == 200
    assert content(answer).startswith(b"\xff\xd8")
    refused = visitor.get(ledger.url)
    assert (refused.status_code, refused["Location"]) == (302, article.url)
    opened = at(site, team).get(ledger.url)
    assert content(opened) == LEDGER
    assert opened["Cache-Control"] == "private, no-store"


def test_no_page_and_no_form_names_the_bucket(bucket, store, site, team):
    """Its addresses would be signed ways past the gate, and the policy of the pages forbids them."""
    collection = site.tenant.collection
    picture, ledger = ImageFactory(collection=collection), DocumentFactory(collection=collection)
    article = ArticlePageFactory(
        parent=SectionPageFactory(parent=site.root_page), lead_image=picture
    )
    desk = at(site, team)
    for path in (
        article.url,
        "/feed/",
        "/admin/images/",
        f"/admin/images/{picture.pk}/",
        "/admin/images/chooser/",
        "/admin/documents/",
        f"/admin/documents/edit/{ledger.pk}/",
        f"/admin/pages/{article.pk}/edit/",
    ):
        answer = desk.get(path)
        assert answer.status_code == 200, path
        assert store.address not in content(answer).decode(), path
        assert "X-Amz-Signature" not in content(answer).decode(), path


def test_what_is_uploaded_is_private_and_never_written_over(bucket, store, site, team):
    collection = site.tenant.collection
    first, second = (
        DocumentFactory(collection=collection, file=ContentFile(LEDGER, name="ledger.txt"))
        for _ in range(2)
    )
    assert {first.file.name, second.file.name} <= bucket()
    assert first.file.name != second.file.name
    grants = store.get_object_acl(Bucket="krate-media", Key=first.file.name)["Grants"]
    assert [grant["Permission"] for grant in grants if "URI" in grant["Grantee"]] == []


def test_a_deleted_picture_leaves_the_bucket(
    bucket, site, team, django_capture_on_commit_callbacks
):
    picture = ImageFactory(collection=site.tenant.collection)
    with django_capture_on_commit_callbacks(execute=True):
        picture.delete()
    assert picture.file.name not in bucket()
