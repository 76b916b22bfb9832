"""Whatever is posted to a page of the admin that is ours: an answer in words, never a 500, and nothing changes."""

import pytest
from django.contrib.messages import get_messages

from membership.models import User
from tests.isolation.routes import addresses, all_routes, is_reached
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
