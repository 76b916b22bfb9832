"""Back up, destroy, restore: by the very commands of docs/operations.md, on both databases."""

import shutil

import pytest

from billing.models import BillingSettings
from billing.models.secrets import reveal
from home.models import CustomDocument
from home.tenants import find_or_make_tenant
from tests.clients import TenantClient
from tests.factories import (
    HIDDEN,
    ArticlePageFactory,
    DocumentFactory,
    ImageFactory,
    SectionPageFactory,
    UserFactory,
    body_of,
)
from tests.operations.documented import follow
from tests.selling import WEBHOOK_SECRET

pytestmark = [pytest.mark.long, pytest.mark.database, pytest.mark.timeout(600)]


@pytest.fixture
def publication(installation, site):
    """The Courier, in a database and with media of this test's own."""
    find_or_make_tenant(site)
    return site


@pytest.fixture
def article(publication):
    """An article for Pro members, with a document that only they may open."""
    ledger = DocumentFactory(collection=publication.tenant.collection)
    link = f'<p>{HIDDEN} <a linktype="document" id="{ledger.pk}">ledger</a></p>'
    return ArticlePageFactory(
        parent=SectionPageFactory(parent=publication.root_page),
        access="pro",
        lead_image=ImageFactory(collection=publication.tenant.collection),
        body=body_of(("paywall", None), ("paragraph", link)),
    )


def test_what_is_restored_is_read_decrypted_and_in_step_with_stripe(
    installation, publication, article, open_shop, buy, make_reader, relay, tmp_path
):
    shop = open_shop(publication)
    payer, latecomer = (make_reader(UserFactory(verified=True), publication) for _ in range(2))
    buy(payer, shop)
    relay(shop)
    assert HIDDEN in payer.get(article.url).content.decode()
    picture = article.lead_image.get_rendition("width-100").url
    assert payer.get(picture).status_code == 200

    environment = {**installation.environment, "BACKUP": str(tmp_path / "backup")}
    kind = "postgresql" if installation.is_postgresql else "sqlite"
    follow(f"backup-{kind}", environment)
    # What only Stripe knows of once the backup is restored.
    buy(latecomer, shop)
    relay(shop)
    assert HIDDEN in latecomer.get(article.url).content.decode()

    installation.drop()
    shutil.rmtree(tmp_path / "media")
    installation.create_empty()
    told = follow(f"restore-{kind}", environment)

    last_report = told[told.rindex("\nPaid without access:") :].strip().splitlines()
    assert last_report[:2] == [
        "Paid without access: 0",
        "courier.localhost: 2 subscriptions compared.",
    ]
    assert reveal(BillingSettings.objects.get(), "secret_key") == shop.secret_key
    assert reveal(BillingSettings.objects.get(), "webhook_secret") == WEBHOOK_SECRET
    # Both are still signed in, with what they paid for.
    for reader in (payer, latecomer):
        assert HIDDEN in reader.get(article.url).content.decode()
        assert reader.get(picture).status_code == 200
        document = reader.get(CustomDocument.objects.get().url)
        assert b"".join(document.streaming_content) == b"The heron's ledger."
    stranger = TenantClient()
    stranger.speak_to(publication)
    assert HIDDEN not in stranger.get(article.url).content.decode()
