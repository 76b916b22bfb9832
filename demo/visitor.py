"""A reader without a browser: opens pages, fills in forms and follows where they lead, by HTTP."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

import requests

TIMEOUT = 30


class CannotDoError(Exception):
    """The site didn't offer what a reader would have used."""


@dataclass
class Form:
    """A form on a page: where it goes, and what it holds."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    # Each button as its name and value; pressing it sends them along.
    buttons: list[tuple[str, str]] = field(default_factory=list)


class FormReader(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(action=given.get("action", "")))
            self.inside = True
        elif self.inside and tag == "input" and given.get("name"):
            unticked = given.get("type") in ("checkbox", "radio") and "checked" not in given
            if not unticked:
                self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif self.inside and tag == "button":
            self.forms[-1].buttons.append((given.get("name", ""), given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


class Visitor:
    """Somebody at one tenant's site, with cookies of his own.

    Python doesn't resolve `*.localhost`, so the connection goes to the loopback address and the
    host is named in the request, as a browser would.
    """

    def __init__(self, root_url: str) -> None:
        parts = urlsplit(root_url)
        self.server = f"http://127.0.0.1:{parts.port or 80}"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Host"] = parts.netloc

    def open(self, path: str) -> str:
        """Return a page's HTML, following redirects within the site."""
        answer = self.session.get(self.server + path, timeout=TIMEOUT, allow_redirects=False)
        while answer.is_redirect:
            path = self.path_of(answer.headers["Location"])
            answer = self.session.get(self.server + path, timeout=TIMEOUT, allow_redirects=False)
        if answer.status_code != requests.codes.ok:
            raise CannotDoError(f"{self.session.headers['Host']}{path}: {answer.status_code}")
        return answer.text

    def send(self, form: Form, **values: str) -> str:
        """Send a form; return where it leads."""
        answer = self.session.post(
            self.server + self.path_of(form.action),
            data={**form.fields, **values},
            timeout=TIMEOUT,
            allow_redirects=False,
        )
        if not answer.is_redirect:
            raise CannotDoError(f"{form.action} answered {answer.status_code} and leads nowhere.")
        return answer.headers["Location"]

    def form(self, page: str, *, action: str, holding: str = "") -> Form:
        """Return the page's form that goes to `action`, holding this value if one is named."""
        reader = FormReader()
        reader.feed(page)
        for form in reader.forms:
            values = [*form.fields.values(), *(value for _name, value in form.buttons)]
            if urlsplit(form.action).path == action and (not holding or holding in values):
                return form
        raise CannotDoError(f"There is no form to {action} with {holding!r} on the page.")

    def sign_in(self, email: str, password: str) -> None:
        """Sign in on the login page."""
        page = self.open("/accounts/login/")
        self.send(self.form(page, action="/accounts/login/"), login=email, password=password)

    def path_of(self, address: str) -> str:
        """Return the path and query of an address at this site."""
        parts = urlsplit(address)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
