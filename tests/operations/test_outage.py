"""A database that is away, with a real gunicorn: 503 in words, and the log isn't flooded."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
import requests
from django.db import connection, transaction

from billing.models import Customer, Subscription, WebhookEvent
from tests.billing.conftest import set_up_billing
from tests.billing.stripe_objects import event, signed, subscription
from tests.factories import MembershipFactory
from tests.faults import PATIENCE, Proxy
from tests.operations.serving import HeldSocket, wait_for

pytestmark = [pytest.mark.postgresql, pytest.mark.long]

WEBHOOK = "/api/stripe/webhook"
PATHS = ("/", "/account/", "/accounts/login/", "/admin/", "/admin/api/main/pages/", WEBHOOK)
THREADS = 2


class Served:
    """A gunicorn behind which a proxy stands for PostgreSQL, and what it wrote."""

    def __init__(self, held, database, log, site):
        self.held, self.database, self.log, self.site = held, database, log, site

    def ask(self, path, method="get", **kwargs):
        headers = {"Host": self.site.hostname, **kwargs.pop("headers", {})}
        return requests.request(
            method,
            f"http://127.0.0.1:{self.held.port}{path}",
            headers=headers,
            timeout=PATIENCE,
            allow_redirects=False,
            **kwargs,
        )

    def deliver(self, told):
        body = json.dumps(told).encode()
        return self.ask(WEBHOOK, "post", data=body, headers={"Stripe-Signature": signed(body)})

    @property
    def lines(self):
        return self.log.read_text().splitlines()


@pytest.fixture
def served(installation, site, tmp_path):
    """Serve the tenant by few threads, with shorter times: `DATABASE_URL` says them.

    Long enough for a busy machine, where a page's own statements must not run into them.
    """
    given = connection.settings_dict
    database = Proxy(given["HOST"], given["PORT"] or 5432)
    options = quote("-c statement_timeout=3s -c lock_timeout=9s")
    through = installation.address(installation.name).replace(
        f"{given['HOST']}:{given['PORT']}" if given["PORT"] else given["HOST"],
        f"127.0.0.1:{database.port}",
    )
    held = HeldSocket(installation.environment)
    log = tmp_path / "gunicorn.log"
    with log.open("w") as written:
        held.serve(
            log=written,
            # Production's own would want its static files collected.
            DJANGO_SETTINGS_MODULE="krate_site.settings.dev",
            WEB_THREADS=str(THREADS),
            DATABASE_URL=f"{through}?connect_timeout=5&options={options}",
        )
        served = Served(held, database, log, site)
        assert served.ask("/").status_code == 200
        yield served
        held.close()
        database.stop()


def assert_away(answer):
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "We can't answer at the moment" in answer.text.replace("&#x27;", "'")


def test_a_database_that_refuses_is_503_and_one_line_a_second(served):
    began = time.monotonic()
    served.database.refuse()
    # What the process knows of the tenant is half a second old at most.
    wait_for(lambda: served.ask("/").status_code == 503)
    asked = 0
    for _time in range(5):
        for path in PATHS:
            assert_away(served.ask(path, "post" if path == WEBHOOK else "get"))
            asked += 1
    german = served.ask("/", headers={"Accept-Language": "de-AT,de;q=0.9"})
    assert "Wir können gerade nicht antworten" in german.text
    assert german.headers["Content-Language"] == "de"
    assert served.ask("/health/ready").json()["database"] == "unavailable"

    time_passed = time.monotonic() - began
    told = [line for line in served.lines if "503" in line]
    assert 1 <= len(told) <= time_passed + 1
    assert "Connection refused" in told[0]
    assert not [line for line in served.lines if "Traceback" in line]

    # As soon as it is back, so are the pages: in every thread.
    served.database.listen()
    for _time in range(2 * THREADS):
        assert served.ask("/").status_code == 200
        assert served.ask("/accounts/login/").status_code == 200


def test_connections_that_were_lost_meanwhile_are_noticed(served):
    """PostgreSQL was restarted: what every thread had is gone, and nobody sees that."""
    for _time in range(2):
        with ThreadPoolExecutor(THREADS) as pool:
            served.database.hang_up()
            for answer in pool.map(served.ask, ["/accounts/login/"] * 2 * THREADS):
                assert answer.status_code == 200


def test_a_database_that_says_nothing_holds_no_thread_for_ever(served):
    """Its machine still confirms whatever is sent, as with a server that is stopped by SIGSTOP."""
    served.database.fall_silent()
    with ThreadPoolExecutor(2 * THREADS) as pool:
        for answer in pool.map(served.ask, ["/accounts/login/"] * 2 * THREADS):
            assert_away(answer)
    assert not [line for line in served.lines if "Traceback" in line]
    served.database.speak()
    for _time in range(2 * THREADS):
        assert served.ask("/accounts/login/").status_code == 200


def test_W3_an_event_whose_statement_takes_too_long_is_rolled_back_and_told_again(served):
    set_up_billing(served.site)
    member = MembershipFactory(site=served.site)
    customer = Customer.objects.create(site=served.site, user=member.user, stripe_id="cus_1")
    told = event("customer.subscription.created", subscription())
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=customer.pk)
        # Stripe delivers again whatever isn't answered by 2xx.
        assert served.deliver(told).status_code == 500
    assert not Subscription.objects.exists()
    row = WebhookEvent.objects.get()
    assert (row.outcome, "statement timeout" in row.error) == ("failed", True)
    assert served.deliver(told).status_code == 200
    member.refresh_from_db()
    assert member.is_pro
