"""Rule S1: what is published in one process is read in every other within a second.

On PostgreSQL with Redis, and on one SQLite file without it.
"""

import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from billing.models import TenantFeatures
from tests.clients import TenantClient
from tests.factories import HIDDEN, MembershipFactory, team_member
from tests.processes.conftest import ROOT, environment

pytestmark = pytest.mark.database
TOKEN = "t" * 32


def cookies_of(site, user):
    """Return the cookies of a browser in which this person is signed in at the tenant."""
    client = TenantClient()
    client.speak_to(site)
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return {name: client.cookies[name].value, "csrftoken": TOKEN}


@pytest.fixture
def seen_within_a_second(ask):
    """Return a function that sees to it that whoever asks a second after a change sees it."""

    def seen(ports, address, is_fresh, **kwargs):
        changed_at = time.monotonic()
        for port in ports:
            while True:
                asked_at = time.monotonic()
                if is_fresh(ask(port, address, **kwargs)):
                    break
                assert asked_at - changed_at < 1, f"{address} is stale at port {port}"
                time.sleep(0.02)

    return seen


def test_S1_what_one_process_changes_every_other_shows(
    site, articles, start_site, ask, seen_within_a_second
):
    ports = start_site(2)
    article, gated = articles["public"], articles["pro"]
    until = timezone.now() + timedelta(days=30)
    pro = MembershipFactory(site=site, pro_until=until, standing="pro").user
    member = cookies_of(site, pro)
    for port in ports:
        for _time in range(2):
            assert "For public" in ask(port, article.url).text
            assert HIDDEN not in ask(port, gated.url).text
            assert HIDDEN in ask(port, gated.url, cookies=member).text
            assert "For public" in ask(port, "/").text

    # This process, which is neither: as a command or a shell.
    article.title = "Teapots"
    article.save_revision().publish()
    for address in (article.url, "/", "/world/"):
        seen_within_a_second(ports, address, lambda answer: "Teapots" in answer.text)

    # An article that was open to everybody is closed.
    article.access = "pro"
    article.save_revision().publish()
    seen_within_a_second(ports, article.url, lambda answer: HIDDEN not in answer.text)
    seen_within_a_second(ports, article.url, lambda answer: HIDDEN in answer.text, cookies=member)

    # An editor takes it off the site, through the first process.
    editor = cookies_of(site, team_member(site))
    done = ask(
        ports[0],
        f"/admin/pages/{article.pk}/unpublish/",
        "post",
        cookies=editor,
        headers={"X-CSRFToken": TOKEN},
    )
    assert done.status_code == 302, done.text
    assert ask(ports[0], article.url, cookies=member).status_code == 404
    seen_within_a_second(ports, article.url, lambda answer: answer.status_code == 404)
    seen_within_a_second(ports, "/", lambda answer: "Teapots" not in answer.text)

    # The command that cron runs publishes what was scheduled.
    article.title = "Samovars"
    article.go_live_at = timezone.now() - timedelta(minutes=1)
    article.save_revision(approved_go_live_at=article.go_live_at)
    subprocess.run(
        [sys.executable, "manage.py", "publish_scheduled"],
        cwd=ROOT,
        env=environment(),
        check=True,
    )
    seen_within_a_second(ports, "/", lambda answer: "Samovars" in answer.text)
    seen_within_a_second(ports, article.url, lambda answer: HIDDEN in answer.text, cookies=member)

    # A subscription that ends is asked for each time, whatever is cached.
    pro.memberships.update(pro_until=timezone.now())
    for port in ports:
        assert HIDDEN not in ask(port, article.url, cookies=member).text

    # Wherever the tenant is renamed, its old host is nobody's.
    TenantFeatures.objects.filter(site=site).delete()
    site.hostname = "herald.localhost"
    site.save()
    seen_within_a_second(
        ports,
        "/",
        lambda answer: answer.status_code == 404,
        headers={"Host": "courier.localhost"},
    )


def test_answers_to_head_have_no_body(site, articles, start_site, ask):
    """From the cache or not; an own connection would find the next answer's beginning spoiled."""
    (port,) = start_site()
    for _time in range(3):
        head = ask(port, articles["public"].url, "head")
        assert (head.status_code, head.content) == (200, b"")
        whole = ask(port, articles["public"].url)
        assert whole.headers["Content-Length"] == str(len(whole.content))
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]
