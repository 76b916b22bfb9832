"""Walks routes as somebody at one tenant's host, and notes whatever of the other tenant shows or changes."""

import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.cookies import SimpleCookie
from unittest.mock import patch
from urllib.parse import urlencode

from bs4 import BeautifulSoup
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from krate_site.tenancy.ownership import of_tenant
from tests.clients import TenantClient
from tests.isolation.planting import everything_of
from tests.isolation.routes import addresses, is_reached

# What forms have beside their HTML: blocks, put there by JavaScript, and an address of the other's.
BLOCKS = {"body-count": "0", "lead_stories-count": "0"}
LINK = {"external-link-chooser-url": "http://other.localhost/section/draft/"}
BUTTONS = {"action-publish": "1", "confirm": "1"}
WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Call:
    """One request of one person's."""

    role: str
    method: str
    address: str
    route: str
    form: dict | None = None


@dataclass(frozen=True)
class Finding:
    """Something of the other tenant that showed, or changed; or a server error."""

    what: str
    call: Call
    detail: str = ""

    def __str__(self):
        call = self.call
        return f"{self.what}: {call.role} {call.method} {call.address} [{call.route}] {self.detail}"


class Walk:
    """Somebody's way through routes at `own`'s host; nothing of `other` may show or change."""

    def __init__(self, own, other):
        self.own, self.other = own, other
        self.findings = []
        self.statuses = {}
        self.admins = {
            owner.mark: Browser(owner.site, owner.people["admin"]) for owner in (own, other)
        }
        # Every test finds the world as it was planted: what one has looked up holds for the next.
        if other.closure is None:
            other.closure = everything_of(other)
        self.before = self.rows_of_other()

    def go(self, routes, people, *, methods=("GET", "POST"), queries=("plain", "words", "keys")):
        """Walk every route as every one of these people, with own keys and with the other's."""
        browsers = {role: Browser(self.own.site, person) for role, person in people.items()}
        # A login is noted on the person, who may be one of the other tenant's.
        self.before = self.rows_of_other()
        for route in routes:
            own, others = addresses(route, self.own), addresses(route, self.other)
            places = [(address, self.own) for address in own if is_reached(route, address)]
            places += [(address, self.other) for address in others if address not in own]
            calls = [
                call
                for address, owner in places
                for call in self.calls(route.name, address, owner, methods, queries)
            ]
            for role, browser in browsers.items():
                for call in calls:
                    self.make(browser, replace(call, role=role))
        return [str(finding) for finding in self.findings]

    def ask_all(self, route, places, people):
        """Ask these addresses, and send to each what an own form would."""
        for role, person in people.items():
            browser = Browser(self.own.site, person)
            self.before = self.rows_of_other()
            for address in places:
                self.make(browser, Call(role, "GET", address, route.name))
                self.make(browser, Call(role, "POST", address, route.name, {**BUTTONS, **LINK}))

    def calls(self, route, address, owner, methods, queries):
        """Yield what can be asked of an address: without and with a query, and by its forms."""
        if "GET" in methods:
            for kind in queries:
                query = curious_query(kind, route, self.other)
                if query or kind == "plain":
                    yield Call("", "GET", with_query(address, query), route)
        if "POST" in methods:
            for form in self.forms(owner, address):
                yield Call("", "POST", address, route, form)

    def make(self, browser, call):
        """Make one request, undone afterwards, and note what is wrong with its answer."""
        with undone(), writes() as written:
            response = browser.ask(call)
            self.statuses.setdefault((call.role, call.route), set()).add(response.status_code)
            said, mark = everything_in(response), self.other.mark.lower()
            if mark in said:
                at = said.find(mark)
                self.note("shows", call, " ".join(said[max(0, at - 100) : at + 60].split()))
            # A 503 that was meant says that Stripe is away, which it is here.
            problem = getattr(response, "exc_info", None)
            if response.status_code == 500 or problem:
                self.note("fails", call, repr((problem or ("", ""))[:2]))
            if written and (change := self.change_of_other()):
                self.note("changes", call, change)

    def note(self, what, call, detail):
        self.findings.append(Finding(what, call, detail))

    def rows_of_other(self):
        """Return the other tenant's rows: those that it had, and what is its own by now."""
        rows = {model: raw(model, keys) for model, keys in self.other.closure.items()}
        for model in apps.get_models():
            with suppress(ImproperlyConfigured):
                own = of_tenant(model._base_manager.all(), self.other.site)
                rows[model, "keys"] = sorted(own.values_list("pk", flat=True))
        return rows

    def change_of_other(self):
        """Return which of the other tenant's rows are not what they were."""
        now = self.rows_of_other()
        return ", ".join(str(what) for what in now if now[what] != self.before[what])

    def forms(self, owner, address):
        """Return what the address's forms would send, as its tenant's admin sees them: with their
        words changed; then with the other tenant's keys in the place of own ones."""
        if address not in owner.forms:
            owner.forms[address] = self.admins[owner.mark].forms(address) or [{}]
        swapped = {str(key): str(self.other.keys[name]) for name, key in self.own.keys.items()}
        sent = []
        for harvested in owner.forms[address]:
            form = {**tampered(harvested, owner.mark), **BLOCKS, **LINK, **BUTTONS}
            sent.append(form)
            swaps = {name: swapped.get(value, value) for name, value in form.items()}
            if owner is self.own and swaps != form:
                sent.append(swaps)
        return sent


def curious_query(kind, route, other):
    """Return what a curious person appends: words to search for, or the other tenant's keys."""
    keys, word = other.keys, other.mark[:5]
    of_kind = "page"
    if route.startswith(("wagtailimages", "wagtaildocs")):
        of_kind = "image" if "images" in route else "document"
    return {
        "plain": {},
        "words": {"q": word, "term": word, "search_all": "1"},
        "all": {"id": "all"} if route == "wagtail_bulk_action" else {},
        "export": {"export": "csv"},
        "keys": {
            "id": keys[of_kind],
            "parent_page_id": keys["section"],
            "childOf": keys["section"],
            "collection_id": keys["collection"],
        },
        # Keys that no guard looks at: filters must ignore them themselves.
        "filters": {
            "owner": keys["user"],
            "edited_by": keys["user"],
            "user": keys["user"],
            "site": keys["site"],
            "child_of": keys["section"],
            "descendant_of": keys["front page"],
            "tag": f"{word} tag",
        },
    }[kind]


class Browser:
    """Somebody's browser at a tenant's host, which begins every request with the same cookies."""

    def __init__(self, site, person):
        self.client = TenantClient(raise_request_exception=False)
        self.client.speak_to(site)
        if person is not None:
            self.client.force_login(person)
        self.cookies = {name: cookie.value for name, cookie in self.client.cookies.items()}

    def ask(self, call):
        """Answer a call, with the cookies that this browser had at first."""
        self.client.cookies = SimpleCookie(self.cookies)
        send = self.client.post if call.method == "POST" else self.client.get
        with unwatched_templates():
            return send(call.address, call.form or {}) if call.form else send(call.address)

    def forms(self, address):
        """Return the fields of every form of a page that sends to where it stands."""
        with undone():
            return forms_in(self.ask(Call("", "GET", address, "")), address)


def forms_in(response, address):
    """Return the fields of every form of an answer that sends to the answer's own address."""
    if response.status_code != 200 or "html" not in response.headers["Content-Type"]:
        return []
    path = address.split("?")[0]
    return [
        fields(form)
        for form in BeautifulSoup(response.content, "html.parser").find_all("form")
        if form.get("method", "").lower() == "post"
        and (form.get("action") or path).split("?")[0] == path
    ]


def fields(form):
    """Return what a form sends, as it stands."""
    sent = {}
    for element in form.find_all(["input", "textarea", "select"]):
        name, kind = element.get("name"), element.get("type", "text")
        if not name or kind in {"file", "submit", "button"}:
            continue
        if kind in {"checkbox", "radio"} and not element.has_attr("checked"):
            continue
        if element.name == "select":
            chosen = element.find("option", selected=True) or element.find("option")
            sent[name] = chosen.get("value", chosen.text) if chosen else ""
        elif element.name == "textarea":
            sent[name] = element.text
        else:
            sent[name] = element.get("value", "on" if kind == "checkbox" else "")
    sent.pop("csrfmiddlewaretoken", None)
    return sent


def tampered(form, mark):
    """Return the form with its words changed, as somebody would who means harm."""
    return {
        name: re.sub(mark, "Tampered", value, flags=re.IGNORECASE) for name, value in form.items()
    }


def with_query(address, query):
    if not query:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


def everything_in(response):
    """Return what an answer says, in headers, cookies and content, in lower case."""
    content = b"".join(response) if response.streaming else response.content
    headers = " ".join(f"{name}: {value}" for name, value in response.headers.items())
    said = f"{headers} {response.cookies.output()} {content.decode(errors='replace')}"
    return said.lower()


def raw(model, keys):
    """Return these rows as the database has them; a block's value is another object each time."""
    table, key = model._meta.db_table, model._meta.pk.column
    marks = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}" WHERE "{key}" IN ({marks})', sorted(keys))
        return sorted(map(repr, cursor.fetchall()))


@contextmanager
def unwatched_templates():
    """Spare the test client its notes on every template that is rendered: a third of the time."""
    with patch("django.test.client.store_rendered_templates", lambda *_args, **_kwargs: None):
        yield


@contextmanager
def undone():
    """Undo what is written inside."""
    with transaction.atomic():
        mark = transaction.savepoint()
        try:
            yield
        finally:
            transaction.savepoint_rollback(mark)


@contextmanager
def writes():
    """Collect the statements that write, sessions aside."""
    written = []

    def note(execute, sql, params, many, context):
        if sql.lstrip().upper().startswith(WRITES) and "django_session" not in sql:
            written.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield written
