"""Rule S1, as a state machine: whatever happens in whatever order, nobody is shown another
audience's page, nor one that isn't true any more.

Each answer is compared with the same request's, rendered without the cache.
"""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import override_settings
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from wagtail.models import Page

from billing.models import TenantFeatures
from home.models import ArticlePage
from krate_site.tenancy.models import Publication
from membership.models import Membership
from membership.page_cache import middleware
from membership.states import Standing
from tests.clients import TenantClient
from tests.factories import (
    HIDDEN,
    ArticlePageFactory,
    SectionPageFactory,
    SiteFactory,
    UserFactory,
    team_member,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
ACCESS = st.sampled_from(["public", "members", "pro"])
PATHS = st.sampled_from(["/", "/world/", "/else/", "/world/a/", "/else/a/", "/world/b/"])
ENDS = st.sampled_from([None, timedelta(hours=-1), timedelta(hours=1), timedelta(hours=30)])
# Whose browsers these are; the first two are the members'.
VISITORS, EDITORS = 2, 3
number = iter(range(10**9))


class Readers(RuleBasedStateMachine):
    """Two articles at one tenant; a visitor, two members and an editor with browsers of their own."""

    @initialize()
    def open_the_tenant(self):
        self.clock = time_machine.travel(START, tick=False)
        self.time = self.clock.start()
        self.site = SiteFactory(hostname=f"history{next(number)}.localhost", billing=True)
        Publication.objects.create(site=self.site)
        world = SectionPageFactory(parent=self.site.root_page, slug="world")
        SectionPageFactory(parent=self.site.root_page, slug="else")
        for slug in ("a", "b"):
            ArticlePageFactory(parent=world, slug=slug, access="pro")
        self.browsers = []
        for _number in range(4):
            browser = TenantClient()
            browser.speak_to(self.site)
            self.browsers.append(browser)
        self.members = [
            Membership.objects.create(site=self.site, user=UserFactory()) for _number in range(2)
        ]
        self.editor = team_member(self.site, "editors")
        self.browsers[EDITORS].force_login(self.editor)

    def teardown(self):
        if hasattr(self, "clock"):
            self.clock.stop()

    def article(self, slug="a"):
        return ArticlePage.objects.descendant_of(self.site.root_page).get(slug=slug)

    # --- Who reads

    @rule(which=st.integers(0, 1))
    def sign_in(self, which):
        self.browsers[which].force_login(self.members[which].user)

    @rule(which=st.integers(0, 1))
    def sign_out(self, which):
        self.browsers[which].logout()

    @rule(which=st.integers(0, 1), end=ENDS, standing=st.sampled_from(list(Standing)))
    def pay_cancel_or_fail(self, which, end, standing):
        Membership.objects.filter(pk=self.members[which].pk).update(
            standing=standing, pro_until=end and self.now() + end
        )

    @rule(which=st.integers(0, 1), end=ENDS)
    def give_complimentary_access(self, which, end):
        Membership.objects.filter(pk=self.members[which].pk).update(
            complimentary_until=end and self.now() + end
        )

    @rule(is_editor=st.booleans())
    def change_the_team(self, is_editor):
        self.editor.groups.set([self.site.tenant.editors] if is_editor else [])

    # --- What there is to read

    @rule(access=ACCESS, slug=st.sampled_from("ab"))
    def publish(self, access, slug):
        article = self.article(slug)
        article.access, article.title = access, f"Edition {next(number)}"
        article.public_until = article.public_after_days = None
        article.save_revision().publish()

    @rule(gate=st.sampled_from(["public_until", "public_after_days"]))
    def set_a_timed_gate(self, gate):
        article = self.article()
        article.public_until = article.public_after_days = None
        setattr(article, gate, 1 if gate == "public_after_days" else self.now() + timedelta(days=1))
        article.save_revision().publish()

    @rule()
    def write_a_draft(self):
        article = self.article()
        article.title = "Nobody's yet"
        article.save_revision()

    @rule()
    def unpublish(self):
        self.article().unpublish()

    @rule(to=st.sampled_from(["world", "else"]))
    def move(self, to):
        section = Page.objects.child_of(self.site.root_page).get(slug=to)
        article = self.article()
        if article.get_parent().pk != section.pk:
            article.move(section, pos="last-child")

    @rule(text=st.sampled_from(["", "One", "Two"]), language=st.sampled_from(["en", "de"]))
    def change_settings(self, text, language):
        publication = Publication.objects.get(site=self.site)
        publication.footer_text, publication.language = text, language
        publication.save()

    @rule(enabled=st.booleans())
    def switch_billing(self, enabled):
        features = TenantFeatures.objects.get(site=self.site)
        features.billing_enabled = enabled
        features.save()

    # --- The clock

    def now(self):
        return datetime.now(UTC)

    @rule(hours=st.sampled_from([1, 5, 24]))
    def wait(self, hours):
        self.time.shift(timedelta(hours=hours))

    # --- Reading

    @rule(which=st.integers(0, 3), path=PATHS)
    def read(self, which, path):
        browser = self.browsers[which]
        with override_settings(MIDDLEWARE=WITHOUT_CACHE):
            true = self.by_a_new_handler(browser, path)
        for _time in range(2):
            shown = browser.get(path)
            assert shown.status_code == true.status_code
            assert shown.content == true.content
            assert shown.headers.get("Cache-Control") == true.headers.get("Cache-Control")
            assert which == EDITORS or 'class="team-note"' not in shown.text
            if which == VISITORS and "no-store" in shown.headers.get("Cache-Control", ""):
                # The visitor's, where a gate that time opened may have let him in.
                timed = self.article("a").slug in path
                assert timed or HIDDEN not in shown.text

    def by_a_new_handler(self, browser, path):
        fresh = TenantClient()
        fresh.defaults, fresh.cookies = dict(browser.defaults), browser.cookies
        return fresh.get(path)


class Uncached(middleware.AudienceCacheMiddleware):
    """The audience cache, which neither takes anything out nor puts anything in."""

    def __call__(self, request):
        return self.get_response(request)


def without_cache():
    from django.conf import settings as configured

    cached = "membership.page_cache.middleware.AudienceCacheMiddleware"
    here = f"{Uncached.__module__}.{Uncached.__name__}"
    assert cached in configured.MIDDLEWARE
    return [here if name == cached else name for name in configured.MIDDLEWARE]


WITHOUT_CACHE = without_cache()


def run(examples, steps, monkeypatch):
    from krate_site.tenancy import sites

    monkeypatch.setattr(sites, "SECONDS_A_READING_HOLDS", 10**9)
    run_state_machine_as_test(
        Readers,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=examples < 10,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_S1_no_history_shows_anybody_a_page_that_is_not_his(db, monkeypatch):
    run(3, 20, monkeypatch)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_S1_many_histories(db, monkeypatch):
    run(20, 50, monkeypatch)
