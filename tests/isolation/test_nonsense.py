"""Whatever nonsense a request has: an answer in words, never a 500; and what is posted changes nothing."""

from urllib.parse import urlencode

import pytest
from django.contrib.messages import get_messages

from membership.models import User
from tests.isolation.routes import addresses, all_routes, is_reached, odd_addresses
from tests.isolation.walking import Browser, Call, undone, writes

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]

OURS = ("billing.", "home.", "krate_site.", "membership.")
# What a button sends is that it was pressed: here only the answer is judged.
BUTTONS = {
    "billing_ask_again",
    "billing_check",
    "billing_create_endpoint",
    "billing_end_previous_secret",
    "billing_events:cancel_newer",
    "billing_events:replay",
    "billing_test_portal",
    "members:revoke_complimentary",
    "team_mail_again",
    "team_remove",
    "tenancy_installation",
}
FIELDS = (
    "access", "billing", "confirmed", "email", "include_descendants", "monthly_price_id", "next",
    "note", "past_due_grace_days", "publishable_key", "role", "secret_key", "trial_days", "until",
    "webhook_secret", "annual_price_id", "renewal_allowance_days",
)  # fmt: skip
WORDS = {
    "nothing": None,
    "a null character": "\0",
    "a huge number": "9" * 400,
    "a negative number": "-1",
    "an emoji for ever": "☃" * 20_000,
    "markup": "\"><script>alert('x')</script>",
    "a way out": "../../etc/passwd%00",
}


# The others run in the long run.
ALWAYS = {("admin", "nothing"), ("admin", "a null character")}


def module_of(view):
    return getattr(view, "view_class", view).__module__


def routes_of_ours():
    """Return every route of the admin that a view of ours answers, and our bulk operation."""
    return [
        route
        for route in all_routes()
        if route.text.startswith("admin/") and module_of(route.view).startswith(OURS)
    ]


def places(owner):
    """Return (name, address) of everything to post to, with this tenant's keys."""
    found = [
        (route.name, address)
        for route in routes_of_ours()
        for address in addresses(route, owner)
        if is_reached(route, address)
    ]
    pages = f"/admin/bulk/wagtailcore/page/set_access/?id={owner.keys['draft']}"
    return [*found, ("wagtail_bulk_action", pages)]


def sent(words):
    """Return a form with these words in every field that any of our forms has."""
    return {} if words is None else dict.fromkeys(FIELDS, words)


def changes(written):
    """Return what was written; a page that is shown may make a picture's size that it needs."""
    return [sql for sql in written if "home_customrendition" not in sql]


@pytest.mark.parametrize(
    ("role", "words"),
    [
        pytest.param(role, words, marks=[] if (role, words) in ALWAYS else pytest.mark.long)
        for role in ("admin", "editor", "root")
        for words in WORDS
    ],
)
def test_nonsense_is_answered_in_words_and_changes_nothing(own, other, role, words):
    people = {**own.people, "root": User.objects.create_superuser("root@platform.example.com")}
    browser = Browser(own.site, people[role])
    faults = []
    for name, address in places(own):
        with undone(), writes() as written:
            answer = browser.ask(Call(role, "POST", address, name, sent(WORDS[words])))
        if answer.status_code >= 500:
            problem = getattr(answer, "exc_info", None) or ("", "")
            faults.append(f"{answer.status_code}: {address}: {problem[1]!r}")
        if changes(written) and name not in BUTTONS:
            faults.append(f"writes: {address}: {changes(written)[0][:160]}")
        if answer.status_code not in (302, 405) and not answer.content.strip():
            faults.append(f"says nothing: {address}: {answer.status_code}")
    assert faults == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("billing_settings", "This field is required."),
        ("members:give_complimentary", "This field is required."),
        ("team", "This field is required."),
        ("team_role", "Choose a role."),
        ("wagtail_bulk_action", "This field is required."),
    ],
)
def test_a_form_that_is_sent_empty_says_what_is_missing(own, other, name, words):
    browser = Browser(own.site, own.people["admin"])
    [address] = [address for each, address in places(own) if each == name]
    with undone():
        answer = browser.ask(Call("admin", "POST", address, name))
        if answer.status_code == 302:
            answer = browser.client.get(answer.headers["Location"])
    assert words in answer.content.decode()


@pytest.mark.parametrize("role", ["admin", "editor"])
def test_T4_another_tenants_keys_in_the_address_are_not_found(own, other, role):
    browser = Browser(own.site, own.people[role])
    theirs = {address for _name, address in places(other)} - {a for _name, a in places(own)}
    assert theirs
    for address in theirs:
        with undone(), writes() as written:
            answer = browser.ask(Call(role, "POST", address, "", sent(None)))
        # Wagtail answers who may not by leading to the admin's first page, with a message; a member
        # of another tenant's has no two subscriptions here.
        assert answer.status_code in (302, 403, 404, 405), address
        if answer.status_code == 302:
            assert answer.headers["Location"] in ("/admin/", "/admin/billing/events/")
            assert [str(message) for message in get_messages(answer.wsgi_request)]
        assert changes(written) == [], address


def test_every_route_of_ours_that_changes_something_is_posted_to(own):
    """A new view of ours is found by itself."""
    names = {name for name, _address in places(own)}
    assert names >= BUTTONS | {
        "billing_settings",
        "members:give_complimentary",
        "team",
        "team_role",
    }


# --- Addresses: every route, ours, Wagtail's and allauth's ----------------------------------

# What Wagtail, allauth and we take from a query.
PARAMETERS = (
    "ancestor_of", "child_of", "childOf", "closeness", "collection_id", "content_type",
    "descendant_of", "draft", "edited_by", "email", "export", "fields", "filter_method",
    "for_explorer", "has_children", "height", "html_path", "id", "joined_at_from", "layout",
    "limit", "link_text", "link_url", "locale", "member", "mode", "multiple", "next", "offset",
    "order", "order_by", "ordering", "outcome", "owner", "p", "page", "page_type",
    "parent_page_id", "plan", "pro", "pro_until_to", "q", "query", "revision_id", "search",
    "search_operator", "select_format", "session_id", "site", "standing", "tag",
    "target_pages[]", "term", "translation_of", "type", "uploaded_by_user", "user", "width",
)  # fmt: skip
QUERIES = {
    "a null character": "\0",
    "letters": "abc",
    "a huge number": "9" * 30,
    "a negative number": "-1",
    "a thousand words": "a " * 1000,
    "half a character": b"\xed\xa0\x80",
}
SEGMENTS = ("%00", "abc", "-1", "9" * 30, "%ed%a0%80", "fill-1x0")
# Wagtail's own way to see an error page, for superusers.
MEANT_TO_FAIL = {"wagtailadmin_error_test"}
ROLES = [
    pytest.param(role, marks=[] if role == "root" else pytest.mark.long)
    for role in ("anonymous", "member", "editor", "admin", "root")
]


def people(owner):
    root = User.objects.create_superuser("root@platform.example.com")
    return {**owner.people, "root": root, "anonymous": None}


def every_address(owner):
    """Return (route, address) of the whole site, with this tenant's keys."""
    return [
        (route, address)
        for route in all_routes()
        if route.name not in MEANT_TO_FAIL
        for address in addresses(route, owner)
        if is_reached(route, address)
    ]


def faults(browser, calls):
    """Return what fails of these calls."""
    found = []
    for call in calls:
        with undone():
            answer = browser.ask(call)
        # A 503 that was meant says that Stripe is away, which it is here.
        problem = getattr(answer, "exc_info", None)
        if answer.status_code == 500 or problem:
            reason = repr((problem or ("", ""))[1])[:120]
            found.append(f"{call.method} {call.address[:120]} [{call.route}]: {reason}")
    return found


@pytest.mark.parametrize("words", QUERIES)
@pytest.mark.parametrize("role", ROLES)
def test_nonsense_in_a_query_is_no_servers_error(own, other, role, words):
    """In all parameters at once, of which each view takes its own."""
    query = urlencode(dict.fromkeys(PARAMETERS, QUERIES[words]))
    calls = [
        Call(role, "GET", f"{address}{'&' if '?' in address else '?'}{query}", route.name)
        for route, address in every_address(own)
    ]
    assert faults(Browser(own.site, people(own)[role]), calls) == []


@pytest.mark.long
@pytest.mark.parametrize("role", ROLES)
def test_nonsense_in_a_path_is_no_servers_error(own, other, role):
    calls = [
        Call(role, method, address, route.name)
        for route in all_routes()
        for address in odd_addresses(route, own, SEGMENTS)
        for method in ("GET", "POST")
    ]
    assert faults(Browser(own.site, people(own)[role]), calls) == []


MADE_UP = {
    "a count of blocks": ("/admin/pages/{draft}/edit/", {"title": "A", "body-count": "abc"}),
    "a count of blocks that aren't there": (
        "/admin/pages/{draft}/edit/",
        {"title": "A", "body-count": "9"},
    ),
    "a picture": ("/admin/pages/{draft}/edit/", {"body-count": "0", "lead_image": "abc"}),
    "a page to move to": ("/admin/pages/{draft}/move/", {"new_parent_page": "abc"}),
    "a page to copy to": ("/admin/pages/{draft}/copy/", {"new_parent_page": "abc"}),
    "a way back": ("/admin/pages/{draft}/unpublish/", {"next": "abc"}),
    "a null character in a text": ("/admin/pages/{draft}/edit/", {"title": "A\0"}),
}


@pytest.mark.parametrize("role", ["editor", "root"])
@pytest.mark.parametrize("what", MADE_UP)
def test_a_made_up_form_of_wagtails_is_no_servers_error(own, other, role, what):
    address, form = MADE_UP[what]
    with undone(), writes() as written:
        browser = Browser(own.site, people(own)[role])
        written.clear()
        answer = browser.ask(Call(role, "POST", address.format(**own.keys), "", form))
    assert answer.status_code in (400, 404)
    # Whoever opens a page's form is noted as one who may be told of comments.
    assert [sql for sql in changes(written) if "pagesubscription" not in sql] == []


NO_SIZES = "fill-1x0", "fill-0x1", "fill-1x99999999", "fill-abc", "squint", f"max-1x{'9' * 400}"


@pytest.mark.parametrize("size", NO_SIZES)
def test_a_picture_of_no_size_is_refused(own, other, size):
    browser = Browser(own.site, own.people["editor"])
    address = f"/admin/images/{own.keys['image']}/preview/{size}/"
    assert browser.ask(Call("editor", "GET", address, "")).status_code == 400


def test_a_cookie_with_a_null_character_is_none(own, other):
    """PostgreSQL would be asked for a session of this name."""
    browser = Browser(own.site, None)
    browser.client.cookies["sessionid"] = "\0" * 32
    assert "\\000" in browser.client.cookies.output()
    assert browser.client.get("/account/").status_code == 302
