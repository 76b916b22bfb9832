"""The menu: what stands directly under a tenant's home page, read in one query."""

from dataclasses import dataclass, field

from django.http import HttpRequest
from wagtail.models import Page

from krate_site.tenancy.sites import current_site

# Pages that stand in the footer where they aren't in the menu: about, imprint, contact.
STANDING = "standardpage"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the menu; `current` where the reader is on that page or below it."""

    title: str
    url: str
    current: bool


@dataclass(frozen=True, kw_only=True)
class Menu:
    """What the header lists, what only the footer does, and the pages themselves by their paths."""

    sections: list[Entry] = field(default_factory=list)
    colophon: list[Entry] = field(default_factory=list)
    pages: dict[str, Page] = field(default_factory=dict)


def menu_for(request: HttpRequest) -> Menu:
    """Return the tenant's menu for this request, read at most once."""
    menu = getattr(request, "_menu", None)
    if menu is None:
        menu = request._menu = read_menu(request)  # type: ignore[attr-defined]
    return menu


def read_menu(request: HttpRequest) -> Menu:
    """Read the menu from the live children of the tenant's home page."""
    children = current_site(request).root_page.get_children().live()
    menu = Menu()
    for page in children:
        url = page.get_url(request)
        entry = Entry(title=page.title, url=url, current=request.path.startswith(url))
        menu.pages[page.path] = page
        if page.show_in_menus:
            menu.sections.append(entry)
        elif page.cached_content_type.model == STANDING:
            menu.colophon.append(entry)
    return menu
