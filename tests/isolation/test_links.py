"""What a team is shown in the admin leads somewhere: no link to a door that is closed to it."""

from collections import deque

import pytest
from bs4 import BeautifulSoup

from tests.isolation.walking import Browser, Call

pytestmark = pytest.mark.django_db
# One ends the session, the other means nothing without what was ticked.
NOT_FOLLOWED = ("/admin/logout/", "/admin/bulk/")


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", ["admin", "editor"])
def test_every_link_that_a_team_is_shown_leads_somewhere(role, own):
    browser = Browser(own.site, own.people[role])
    seen, waiting, dead = {"/admin/"}, deque([("/admin/", "")]), []
    while waiting:
        address, shown_at = waiting.popleft()
        response = browser.ask(Call(role, "GET", address, ""))
        if response.status_code not in {200, 302}:
            dead.append(f"{address}: {response.status_code}, linked at {shown_at}")
        for link in links(response):
            if link not in seen:
                seen.add(link)
                waiting.append((link, address))
    assert dead == [], "\n".join(dead)
    assert len(seen) > 30


def links(response):
    """Return the addresses below /admin/ that an answer links to, queries left out."""
    if "html" not in response.headers.get("Content-Type", ""):
        return []
    soup = BeautifulSoup(response.content, "html.parser")
    found = (tag["href"].split("?")[0].split("#")[0] for tag in soup.find_all("a", href=True))
    return [
        link for link in found if link.startswith("/admin/") and not link.startswith(NOT_FOLLOWED)
    ]
