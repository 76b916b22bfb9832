"""An admin whose language is German finds nothing of ours in English, however the tenant stands."""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.utils import timezone
from wagtail.users.models import UserProfile

from billing.models import WebhookEvent
from billing.reconcile.run import reconcile
from membership.models import Membership
from tests.billing.stripe_objects import deliver, event
from tests.clients import TenantClient
from tests.factories import ArticlePageFactory, SectionPageFactory, UserFactory, team_member
from tests.selling import WEBHOOK_SECRET
from tests.states import STATES

# Names, what people wrote, and words that are the same in both languages.
SAME_IN_BOTH = {
    "Ada Ferrer", "Admin", "Deutsch", "English", "Host", "Kettle", "Logo", "Name", "Person", "Pro",
    "Status", "Stripe", "Team", "Text", "The Courier", "Video", "Webhook",
    "Why the kettle sings, in a sentence.", "World",
}  # fmt: skip
# What Wagtail's own German lacks.
WAGTAILS = {
    "Actions", "Breadcrumb", "Dashboard", "Home", "Live", "None", "Status:",
    "What's new in Wagtail 8.0",
}  # fmt: skip
NO_WORDS = re.compile(r"[\W\d_]*|\S+@\S+|(([\w-]+[._])+\w+ ?)+|.*€.*|\{.*\}|.*\d{4}.*", re.DOTALL)
PAGES = {
    "home": "/admin/",
    "billing settings": "/admin/settings/billing/",
    "members": "/admin/members/",
    "complimentary access": "/admin/members/{member}/complimentary/",
    "team": "/admin/team/",
    "removing a colleague": "/admin/team/{colleague}/remove/",
    "removing oneself": "/admin/team/{admin}/remove/",
    "log of changes": "/admin/changes/",
    "events": "/admin/billing/events/",
    "publication": "/admin/settings/tenancy/publication/{site}/",
    "explorer": "/admin/pages/{section}/",
    "a page's history": "/admin/pages/{article}/history/",
    "an article": "/admin/pages/{article}/edit/",
    "a section": "/admin/pages/{section}/edit/",
    "front page": "/admin/pages/{front}/edit/",
    "set access": "/admin/bulk/wagtailcore/page/set_access/?id={article}&id={front}",
    "an image": "/admin/images/add/",
}
PLATFORMS_PAGES = {
    "tenants": "/admin/tenants/",
    "switching billing off": "/admin/tenants/{site}/billing/",
    "installation": "/admin/installation/",
    "site history": "/admin/reports/site-history/",
}


class Main(HTMLParser):
    """What stands in a page's main part and its title, one entry a piece of text."""

    def __init__(self):
        super().__init__()
        self.open, self.texts = [], set()

    def handle_starttag(self, tag, attributes):
        if tag in {"main", "title", "script", "style", "svg", "template"}:
            self.open.append(tag)
        told = [value for name, value in attributes if name in {"aria-label", "title", "alt"}]
        for text in told:
            self.handle_data(text or "")

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data):
        text = " ".join(data.removesuffix(" - Wagtail").split())
        if self.open and self.open[-1] in {"main", "title"} and not NO_WORDS.fullmatch(text):
            self.texts.add(text)


def texts_of(response):
    """Return what a page says in its main part, and what the menu's entries are called."""
    assert response.status_code in {200, 422}
    content = response.content.decode()
    page = Main()
    page.feed(content)
    menu = re.findall(r'"(?:label|heading)": "([^"]+)"', content)
    return (page.texts | set(menu)) - SAME_IN_BOTH - WAGTAILS


def english_in(client, user, path, form=None):
    """Return what a page, or the answer to a form, says in English to whoever reads German."""
    found = []
    for language in ("en", "de"):
        UserProfile.objects.update_or_create(user=user, defaults={"preferred_language": language})
        answer = client.get(path) if form is None else client.post(path, form, follow=True)
        found.append(texts_of(answer))
    assert found[0]
    return found[0] & found[1]


@pytest.fixture
def admin(site):
    return team_member(site, email="ann@courier.example")


@pytest.fixture
def desk(make_reader, admin):
    """The admin's browser."""
    return make_reader(admin)


@pytest.fixture
def members(site, shop):
    """A member in every state that money can be in."""
    states = [state for state in STATES if not (state.is_visitor or "off" in state.name)]
    for state in states:
        state.arrange(shop, UserFactory(email=f"{state.name}@example.com", verified=True))
    return list(Membership.objects.filter(site=site, user__email__endswith="@example.com"))


@pytest.fixture
def keys(site, desk, admin, members):
    """A tenant where everything has happened once; returns what stands in its addresses."""
    section = SectionPageFactory(parent=site.root_page, title="World", slug="world")
    article = ArticlePageFactory(
        parent=section, access="pro", title="Kettle", public_until=timezone.now()
    )
    article.access = "members"
    article.save_revision(user=admin).publish(user=admin)
    one = members[0]
    until = (timezone.now() + timedelta(days=9)).date().isoformat()
    for path, form in (
        ("/admin/team/", {"email": "carla@example.org", "role": "editors"}),
        (f"/admin/members/{one.pk}/complimentary/", {"until": until, "note": "4711"}),
        (f"/admin/members/{one.pk}/revoke/", {}),
    ):
        assert desk.post(path, form).status_code == 302
    desk.get("/admin/members/?export=csv")
    for type in ("customer.updated", "invoice.upcoming"):
        about = event(type, {"object": type.split(".")[0], "id": "cus_2"})
        deliver(TenantClient(), site, about, secret=WEBHOOK_SECRET)
    reconcile(site)
    colleague = team_member(site, "editors", email="bob@courier.example")
    return {
        "site": site.pk, "front": site.root_page.pk, "section": section.pk, "article": article.pk,
        "admin": admin.pk, "colleague": colleague.pk, "member": one.pk,
    }  # fmt: skip


def test_no_english_is_left_on_the_pages_of_a_tenants_admin(desk, admin, keys):
    left = {name: english_in(desk, admin, path.format(**keys)) for name, path in PAGES.items()}
    assert {name: english for name, english in left.items() if english} == {}


def test_no_english_is_left_on_a_members_page_in_any_state(desk, admin, members):
    left = {str(one): english_in(desk, admin, f"/admin/members/{one.pk}/") for one in members}
    assert {name: english for name, english in left.items() if english} == {}


def test_no_english_is_left_in_what_is_told_of_an_event(desk, admin, keys):
    for row in WebhookEvent.objects.all():
        assert english_in(desk, admin, f"/admin/billing/events/inspect/{row.pk}/") == set()


def test_no_english_is_left_where_a_comparison_was_cut_short(desk, admin, site, shop, sandbox):
    sandbox.mischief(answer=500)
    assert reconcile(site).error
    assert english_in(desk, admin, "/admin/billing/events/") == set()


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/admin/settings/billing/", {"secret_key": "pk_test_1", "monthly_price_id": "prod_1"}),
        ("/admin/settings/billing/check/", {}),
        ("/admin/settings/billing/webhook/", {}),
        ("/admin/team/", {"email": "nobody"}),
        ("/admin/members/{member}/complimentary/", {"until": "2020-01-01", "note": ""}),
    ],
)
def test_no_english_is_left_in_the_answer_to_a_form(desk, admin, keys, path, form):
    assert english_in(desk, admin, path.format(**keys), form) == set()


def test_no_english_is_left_on_the_pages_of_a_platform_administrator(make_reader, site, keys):
    boss = UserFactory(email="boss@platform.example", verified=True, is_superuser=True)
    client = make_reader(boss)
    left = {
        name: english_in(client, boss, path.format(**keys))
        for name, path in PLATFORMS_PAGES.items()
    }
    assert {name: english for name, english in left.items() if english} == {}
