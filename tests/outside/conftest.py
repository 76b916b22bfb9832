"""What the judges need: a sandbox, a tenant at a real address, Stripe's own command line."""

from urllib.parse import urlsplit

import pytest

from billing.setup.webhook_endpoint import create_endpoint
from tests.factories import SiteFactory
from tests.outside.stripe_cli import BINARY, StripeCli
from tests.stripe_sandbox.server import Sandbox


@pytest.fixture(scope="module")
def module_sandbox():
    running = Sandbox(port=0).start()
    yield running
    running.stop()


@pytest.fixture
def live_shop(live_server, open_shop):
    """A tenant that sells Pro; its webhooks arrive at a real server."""
    port = urlsplit(live_server.url).port
    shop = open_shop(SiteFactory(hostname="judged.localhost", port=port, billing=True))
    create_endpoint(shop.settings)
    shop.settings.refresh_from_db()
    return shop


@pytest.fixture
def cli(live_shop, sandbox, tmp_path):
    if not BINARY.exists():
        pytest.skip("needs Stripe's command line, which `make judges` fetches from npm")
    return StripeCli(sandbox.url, live_shop.secret_key, tmp_path)
