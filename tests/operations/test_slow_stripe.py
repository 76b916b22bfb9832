"""One tenant's slow Stripe, with a real gunicorn: its neighbours read and sell meanwhile."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from django.conf import settings as project

from tests.clients import TenantClient
from tests.factories import MembershipFactory, SiteFactory
from tests.faults import PATIENCE
from tests.operations.serving import HeldSocket

THREADS = 8
TOKEN = "t" * 32


@pytest.fixture
def shops(installation, open_shop):
    """Three tenants that sell Pro, each through an account of its own."""
    names = ("courier", "gazette", "herald")
    sites = [SiteFactory(hostname=f"{name}.localhost", billing=True) for name in names]
    return [open_shop(site) for site in sites]


@pytest.fixture
def port(installation, slow_stripe, shops):
    """Where a gunicorn of eight threads serves the three of them."""
    held = HeldSocket(installation.environment)
    held.serve(
        "tests.operations.patient_wsgi",
        # Production's own would want its static files collected.
        DJANGO_SETTINGS_MODULE="krate_site.settings.dev",
        WEB_THREADS=str(THREADS),
    )
    yield held.port
    held.close()


@pytest.fixture
def click(port):
    """Return a function that has a new member of a tenant press *Subscribe*."""

    def click(cookies, shop):
        return requests.post(
            f"http://127.0.0.1:{port}/account/billing/checkout/",
            {"plan": "monthly"},
            headers={"Host": shop.site.hostname, "X-CSRFToken": TOKEN},
            cookies=cookies,
            allow_redirects=False,
            timeout=PATIENCE,
        )

    return click


def member_of(shop):
    """Return the cookies of a new member's browser."""
    client = TenantClient()
    client.speak_to(shop.site)
    client.force_login(MembershipFactory(site=shop.site).user)
    name = project.SESSION_COOKIE_NAME
    return {name: client.cookies[name].value, "csrftoken": TOKEN}


def front_page(port, shop):
    return requests.get(
        f"http://127.0.0.1:{port}/", headers={"Host": shop.site.hostname}, timeout=PATIENCE
    )


@pytest.mark.database
def test_B9_one_tenants_slow_stripe_stops_no_other_tenant(slow_stripe, shops, port, click):
    slow, other, third = shops
    members = {shop.site.pk: [member_of(shop) for _ in range(THREADS)] for shop in shops}

    def clicks(pool, shop, count):
        cookies = [members[shop.site.pk].pop() for _ in range(count)]
        return [pool.submit(click, each, shop) for each in cookies]

    slow_stripe.delay(slow.secret_key)
    with ThreadPoolExecutor(2 * THREADS) as pool:
        try:
            # A quarter of the threads waits for this tenant; whoever comes then is told so.
            waiting = clicks(pool, slow, 2)
            slow_stripe.wait_for_calls(2)
            for refused in clicks(pool, slow, THREADS - 2):
                assert refused.result().status_code == 503
                assert refused.result().headers["Retry-After"] == "60"
            assert front_page(port, slow).status_code == 200
            assert front_page(port, other).status_code == 200
            (sold,) = clicks(pool, other, 1)
            assert sold.result().status_code == 303

            # Half of them waits for all tenants together, and the rest serves.
            slow_stripe.delay(other.secret_key)
            waiting += clicks(pool, other, 2)
            slow_stripe.wait_for_calls(4)
            (refused,) = clicks(pool, third, 1)
            assert refused.result().status_code == 503
            for shop in shops:
                assert front_page(port, shop).status_code == 200
            assert not any(one.done() for one in waiting)
        finally:
            slow_stripe.release()
        # Whoever waited gets to the checkout, and so does whoever comes then.
        assert [one.result().status_code for one in waiting] == [303] * 4
        (sold,) = clicks(pool, third, 1)
        assert sold.result().status_code == 303
