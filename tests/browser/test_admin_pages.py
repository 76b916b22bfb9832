"""Every page of the admin that is ours, as tenant admin, editor and platform administrator sees it.

Each fits a desk and a phone, and logs no error; `make screenshots` keeps the pictures.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from billing.models import BillingSettings, WebhookEvent
from billing.reconcile.run import reconcile
from billing.setup.inspection import inspect
from membership.admin.complimentary_views import give
from membership.models import Membership, User
from membership.team import Role, invite
from tests.browser.conftest import listen
from tests.browser.looking import DESK, PHONE, Looker
from tests.factories import ArticlePageFactory, UserFactory, team_member
from tests.states import BY_NAME

# `axe` for `make screenshots`, though it judges only what is ours to mend: Wagtail's frame isn't.
pytestmark = [pytest.mark.axe, pytest.mark.long, pytest.mark.timeout(300)]
STANDINGS = ("free", "trial", "monthly", "annual", "to-be-cancelled", "past-due", "ended")


@pytest.fixture
def office(tenants, mailoutbox):
    """The Courier with a team, members of every standing, events of every fate, and a log."""
    shop = tenants["courier"]
    site = shop.site
    ann = team_member(site, email="ann@courier.example", first_name="Ann", last_name="Ferrer")
    bob = team_member(site, "editors", email="bob@courier.example")
    for person in (ann, bob):
        Membership.objects.create(site=site, user=person)
    invite(site=site, email="carol@courier.example", role=Role.EDITORS, by=ann)
    for name in STANDINGS:
        user = UserFactory(email=f"{name}@example.com", verified=True)
        BY_NAME[name].arrange(shop, user)
    guest = Membership.objects.get(user__email="free@example.com")
    until = timezone.localdate() + timedelta(days=60)
    give(guest, until=until, note="for the review in May", by=ann)
    events_of_every_fate(site)
    reconcile(site)
    inspect(shop.settings)
    return Office(shop, ann, bob)


def events_of_every_fate(site):
    customer = f"cus_{User.objects.get(email='monthly@example.com').pk}"
    fates = (
        ("invoice.paid", "applied", "", ""),
        ("charge.succeeded", "ignored", "not_used", ""),
        ("customer.subscription.updated", "failed", "", "IntegrityError: refused"),
        ("invoice.payment_failed", "dead", "", "IntegrityError: refused"),
        ("invoice.paid", "waiting", "unknown_customer", ""),
    )
    for number, (type, outcome, reason, error) in enumerate(fates):
        WebhookEvent.objects.create(
            site=site, event_id=f"evt_{number}", type=type, created=number, outcome=outcome,
            reason=reason, error=error, attempts=8 if outcome == "dead" else 1,
            customer_id_at_stripe=customer if outcome != "waiting" else "cus_stranger",
            payload={"id": f"evt_{number}", "type": type},
        )  # fmt: skip


class Office:
    """A publication at work, and where its pages are."""

    def __init__(self, shop, ann, bob):
        self.shop, self.site, self.ann, self.bob = shop, shop.site, ann, bob

    def member(self, name):
        return Membership.objects.get(site=self.site, user__email=f"{name}@example.com").pk

    def event(self, outcome):
        return WebhookEvent.objects.get(outcome=outcome).pk

    def page(self, slug):
        return self.site.root_page.get_descendants().get(slug=slug).pk


@pytest.fixture
def look(chromium):
    """Return a function that gives somebody's browser at a site; what it logs fails the test."""
    contexts, complaints = [], []

    def look(site, user):
        contexts.append(chromium.new_context(viewport=DESK, reduced_motion="reduce"))
        looker = Looker(contexts[-1], site, user)
        listen(looker.page, complaints)
        return looker

    yield look
    for context in contexts:
        context.close()
    assert complaints == []


def look_at(looker, role, pages):
    """Return what is wrong with any of these pages, by name and path, on a desk and on a phone."""
    faults = []
    # Wagtail folds its menu as it loads, so each page is loaded anew for the phone.
    for size in (DESK, PHONE):
        looker.page.set_viewport_size(size)
        for name, path in pages.items():
            answer = looker.page.goto(looker.site.root_url + path)
            if not answer.ok or looker.page.url != looker.site.root_url + path:
                faults.append(f"{role} at {path}: {answer.status}, {looker.page.url}")
            looker.page.wait_for_load_state("networkidle")
            faults += looker.look(f"admin-{role}-{name}", sizes=(size,))
    return faults


def test_a_tenant_admin_sees_every_page_whole(office, look):
    pages = {
        "home": "/admin/",
        "members": "/admin/members/",
        "members-found": "/admin/members/?q=monthly&standing=pro",
        "members-none": "/admin/members/?q=nobody-of-this-name",
        **{
            f"member-{name}": f"/admin/members/{office.member(name)}/"
            for name in ("monthly", "past-due", "free", "ended")
        },
        "complimentary": f"/admin/members/{office.member('free')}/complimentary/",
        "events": "/admin/billing/events/",
        "events-none": "/admin/billing/events/?type=nothing-of-it",
        "event": f"/admin/billing/events/inspect/{office.event('applied')}/",
        "event-failed": f"/admin/billing/events/inspect/{office.event('dead')}/",
        "team": "/admin/team/",
        "remove": f"/admin/team/{office.bob.pk}/remove/",
        "changes": "/admin/changes/",
        "changes-none": "/admin/changes/?action=team.remove",
        "publication": f"/admin/settings/tenancy/publication/{office.site.pk}/",
        "settings-attention": "/admin/settings/billing/",
    }
    assert look_at(look(office.site, office.ann), "admin", pages) == []


def test_settings_whose_signing_secret_is_the_other_modes_are_whole(office, look):
    """A day has not passed since it was replaced."""
    shop = office.shop
    shop.settings.previous_webhook_secret = "whsec_before0123456789abcdefgh"
    shop.settings.publishable_key = shop.account.live_publishable_key
    shop.settings.secret_key = shop.account.live_secret_key
    shop.settings.save()
    inspect(shop.settings)
    pages = {"settings-refusing": "/admin/settings/billing/", "home-refusing": "/admin/"}
    assert look_at(look(office.site, office.ann), "admin", pages) == []


def test_an_editor_sees_every_page_whole(office, look):
    closed = ArticlePageFactory(
        parent=office.site.root_page.get_children().first(), title="Bare", slug="bare",
        access="pro", introduction="", body="[]", public_until=timezone.now(),
    )  # fmt: skip
    section, article = office.page("world"), office.page("for-pro")
    pages = {
        "home": "/admin/",
        "explorer": f"/admin/pages/{section}/",
        "explorer-pro": f"/admin/pages/{section}/?access=pro",
        "page": f"/admin/pages/{article}/edit/",
        "page-bare": f"/admin/pages/{closed.pk}/edit/",
        "section": f"/admin/pages/{section}/edit/",
        "history": f"/admin/pages/{article}/history/",
        "set-access": f"/admin/bulk/wagtailcore/page/set_access/?id={article}&id={section}",
    }
    looker = look(office.site, office.bob)
    faults = look_at(looker, "editor", pages)
    looker.page.set_viewport_size(DESK)
    looker.open(pages["page-bare"])
    looker.page.get_by_role("button", name="Toggle checks").click()
    expect(looker.page.locator("[data-access-finding]").first).to_be_visible()
    # On a phone the panel lies over the form, which is then out of sight on purpose.
    faults += looker.look("admin-editor-checks", sizes=(DESK,))
    assert faults == []


def test_the_platforms_administrator_sees_every_page_whole(office, look, tenants):
    root = UserFactory(email="root@platform.example", verified=True, is_superuser=True)
    pages = {
        "home": "/admin/",
        "tenants": "/admin/tenants/",
        "tenants-none": "/admin/tenants/?q=nobody",
        "switch-off": f"/admin/tenants/{office.site.pk}/billing/",
        "installation": "/admin/installation/",
    }
    assert look_at(look(office.site, root), "root", pages) == []


def test_a_new_tenants_first_pages_are_whole(look, tenants):
    """Nothing has happened yet: no key, no member, no event, no change."""
    site = tenants["gazette"].site
    BillingSettings.objects.filter(site=site).delete()
    pages = {
        "home": "/admin/",
        "members": "/admin/members/",
        "events": "/admin/billing/events/",
        "changes": "/admin/changes/",
        "team": "/admin/team/",
        "settings": "/admin/settings/billing/",
    }
    assert look_at(look(site, team_member(site, email="new@gazette.example")), "new", pages) == []


# The icon of a form's heading, the last of the breadcrumbs with what it holds, and a log's cells.
HEADINGS = """() => [...document.querySelectorAll(
    '#header-title > *, .w-slim-header li:last-child, .w-slim-header li:last-child *')]
    .map(each => each.getBoundingClientRect()).filter(box => box.width)
    .flatMap(box => [box.left, box.right])"""


def test_on_a_phone_nothing_of_a_heading_is_cut_off(office, look):
    looker = look(office.site, office.ann)
    looker.page.set_viewport_size(PHONE)
    for path in (
        "/admin/settings/billing/",
        f"/admin/settings/tenancy/publication/{office.site.pk}/",
        f"/admin/members/{office.member('to-be-cancelled')}/",
        f"/admin/members/{office.member('free')}/complimentary/",
    ):
        looker.open(path)
        edges = looker.page.evaluate(HEADINGS)
        assert edges, path
        assert min(edges) >= 0, path
        assert max(edges) <= PHONE["width"], path


def test_on_a_phone_the_log_of_changes_has_a_line_for_each_word_of_it(office, look):
    looker = look(office.site, office.ann)
    looker.page.set_viewport_size(PHONE)
    looker.open("/admin/changes/")
    cells = looker.page.locator("#listing-results tbody td")
    assert cells.count() == 8
    assert all(cells.nth(each).bounding_box()["width"] > 300 for each in range(8))
