"""What is asked: each surface in its plain form, and closed pages in every odd one too."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from django.urls import reverse
from wagtail.documents import get_document_model
from wagtail.models import Page, Site

from home.leak_check.hidden import Hidden, HiddenPage
from home.leak_check.readers import (
    ANONYMOUS,
    PRO_ELSEWHERE,
    AskingReader,
    editor_here,
    pro_member,
    readers_at,
)
from home.leak_check.routes import ASKED, DOCUMENTS, IMAGES, PAGES, addresses, all_routes
from home.leak_check.words import WORD
from home.models.section import ARTICLES_A_PAGE

CRAWLERS = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Googlebot-News",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "facebookexternalhit/1.1",
    "Twitterbot/1.0",
    "Mozilla/5.0 (compatible; archive.org_bot)",
    "GPTBot/1.2",
]
ODD_HEADERS: list[dict[str, str]] = [
    *({"user-agent": crawler} for crawler in CRAWLERS),
    *(
        {"accept": kind}
        for kind in (
            "application/json",
            "text/plain",
            "text/markdown",
            "application/rss+xml",
            "application/activity+json",
            "application/ld+json",
        )
    ),
    {"referer": "https://www.google.com/"},
    {"x-requested-with": "XMLHttpRequest"},
    {"x-forwarded-for": "66.249.66.1"},
    {"range": "bytes=0-"},
    {"authorization": "Basic cm9vdDpyb290"},
    {"cookie": "pro=1; sessionid=abcdefghijklmnopqrstuvwxyz012345"},
    {"x-http-method-override": "PREVIEW"},
    {"hx-request": "true"},
]
ODD_QUERIES = [
    "preview=1",
    "is_preview=true&mode=pro",
    "mode=pro",
    "access=public",
    "format=json",
    "output=amp",
    "amp",
    "print=1",
    "page=2",
    "_method=GET",
    "next=/",
    "utm_source=newsletter",
]
ODD_ENDINGS = ["preview/", "amp/", "print/", "feed/", "json/", "pro/", "index.html", ".json", "%20"]
METHODS = ["HEAD", "OPTIONS", "POST", "PUT", "TRACE"]


@dataclass(frozen=True, kw_only=True)
class Question:
    """One request, and what its answer must not be."""

    surface: str
    reader: AskingReader
    site: Site
    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    page: HiddenPage | None = None  # whose own address this is
    must_not_name: str = ""  # what the answer's body may not contain
    must_be_refused: bool = False
    must_not_be_kept: bool = False

    def __str__(self) -> str:
        headers = "".join(f" {name}: {value}" for name, value in self.headers.items())
        return f"{self.method} {self.site.hostname}{self.path}{headers} as {self.reader.audience}"


class Questions:
    """Everything that is asked at one tenant."""

    def __init__(
        self, hidden: Hidden, *, only: list[HiddenPage] | None = None, quick: bool = False
    ) -> None:
        self.hidden = hidden
        self.site = hidden.site
        self.readers = readers_at(self.site)
        self.pro = pro_member(self.site)
        self.team = editor_here(self.site)
        # Those that hide something, and all that are gated: what caches are told holds for both.
        by_key = {hiding.page.pk: hiding for hiding in [*hidden.guarded, *hidden.pages]}
        self.pages = list(by_key.values()) if only is None else only
        self.only = only
        self.quick = quick  # plain addresses only: no odd spellings, none of the admin's doors
        self.others = list(Site.objects.exclude(pk=self.site.pk).order_by("pk")[:1])

    def __iter__(self) -> Iterator[Question]:
        for hiding in self.pages:
            yield from self.of_page(hiding)
        for path, surface in self.shared_addresses():
            for reader in self.readers:
                yield Question(surface=surface, reader=reader, site=self.site, path=path)
        yield from self.of_files()

    def of_page(self, hiding: HiddenPage) -> Iterator[Question]:
        """Yield what is asked of one page.

        The team asks first, so that the others would get its page, had it come into the cache; and
        last, when theirs are in it.
        """
        for reader in [self.team, self.pro, *self.readers, self.team]:
            yield self.at(hiding, reader, hiding.path)
        for reader in self.readers:
            yield from self.searches(hiding, reader)
            if self.quick:
                continue
            if reader.audience in {ANONYMOUS, PRO_ELSEWHERE}:
                yield from self.oddly(hiding, reader)
            if hiding is self.pages[0]:
                yield from self.doors(hiding, reader)

    def at(self, hiding: HiddenPage, reader: AskingReader, path: str, **how: object) -> Question:
        """Return the question for a page at an address that may be its own."""
        return Question(
            surface="page",
            reader=reader,
            site=how.pop("site", self.site),  # type: ignore[arg-type]
            path=path,
            page=hiding,
            **how,  # type: ignore[arg-type]
        )

    def oddly(self, hiding: HiddenPage, reader: AskingReader) -> Iterator[Question]:
        """Yield the page in every odd spelling."""
        path = hiding.path
        for method in METHODS:
            yield self.at(hiding, reader, path, method=method)
        for headers in ODD_HEADERS:
            yield self.at(hiding, reader, path, headers=headers)
        for spelled in spellings(path):
            yield self.at(hiding, reader, spelled)
        for other in self.others:
            yield self.at(hiding, reader, path, site=other)
            yield self.at(hiding, reader, path, headers={"x-forwarded-host": other.hostname})

    def searches(self, hiding: HiddenPage, reader: AskingReader) -> Iterator[Question]:
        """Yield searches for what the page hides, which must not find it (no oracle)."""
        for words in telling_words(hiding, self.hidden):
            yield Question(
                surface="search",
                reader=reader,
                site=self.site,
                path=f"{reverse('search')}?{urlencode({'q': words})}",
                must_not_name=f'href="{hiding.path}"',
            )

    def doors(self, hiding: HiddenPage, reader: AskingReader) -> Iterator[Question]:
        """Yield the admin's and the accounts' routes with the page's key."""
        for route in all_routes():
            if route.listed_as not in {"admin/*", "accounts/*", "_util/*"}:
                continue
            for path in addresses(route, hiding.page):
                asked = f"{path}?{urlencode({'next': hiding.path})}"
                yield Question(surface=route.text, reader=reader, site=self.site, path=asked)
                if reader.home is not None and route.listed_as == "admin/*":
                    # In an admin that he may enter, with a key that isn't his.
                    yield Question(surface=route.text, reader=reader, site=reader.home, path=path)

    def shared_addresses(self) -> Iterator[tuple[str, str]]:
        """Yield the addresses of lists, feeds, sitemap and members' pages, with their surfaces."""
        closed = {hiding.page.pk for hiding in self.pages}
        root = self.site.root_page
        for page in Page.objects.live().descendant_of(root, inclusive=True):
            path = page.relative_url(self.site)
            children = page.get_children_count() if page.pk not in closed else 0
            if page.pk not in closed and (self.only is None or children):
                yield path, "page"
                yield from ((f"{path}?page={number}", "page") for number in pages_of(children))
        for route in all_routes():
            if route.listed_as in {PAGES, IMAGES, DOCUMENTS, "admin/*", "accounts/*", "_util/*"}:
                continue
            if route.listed_as in ASKED:
                sections = root.get_children().live() if "<str:section>" in route.text else [root]
                for section in sections:
                    text = route.text.replace("<str:section>", section.slug)
                    yield "/" + text.replace("<int:number>", "1"), route.text

    def of_files(self) -> Iterator[Question]:
        """Yield hidden documents by their addresses, and hidden images by guessed ones."""
        documents = get_document_model().objects.in_bulk(
            [int(key) for kind, key in self.hidden.files if kind == "document"]
        )
        for (kind, key), pages in self.hidden.files.items():
            for reader in [self.team, *self.readers]:
                # The team may also choose in the admin what stands in its drafts alone.
                refused = reader is not self.team and not any(
                    reader.audience in hiding.readers for hiding in pages
                )
                if kind == "document":
                    document = documents.get(int(key))
                    path = reverse("wagtaildocs_serve", args=[key, quote(document.filename)])
                    surface = DOCUMENTS
                else:
                    # A signature isn't a matter of audience: nobody can make one.
                    path, surface, refused = f"/images/guessed/{key}/width-400/x.jpg", IMAGES, True
                yield Question(
                    surface=surface,
                    reader=reader,
                    site=self.site,
                    path=path,
                    must_be_refused=refused,
                    must_not_be_kept=True,
                )


def spellings(path: str) -> list[str]:
    """Return other ways to write a page's address."""
    inner = path.strip("/")
    encoded = "".join(f"%{ord(sign):02X}" for sign in inner)
    return [
        path.rstrip("/") or "/",
        path.upper(),
        path.title(),
        f"{path}/",
        f"/./{inner}/",
        f"/{inner.replace('/', '//')}/",
        f"/{inner.replace('/', '%2F')}/",
        f"/{inner.replace('/', '%252F')}/",
        f"/{encoded}/",
        f"/{encoded.replace('%', '%25')}/",
        f"/{inner};x=1/",
        f"/{inner}/%00",
        f"/{inner}/../{inner.rsplit('/', 1)[-1]}/",
        *(f"{path}?{query}" for query in ODD_QUERIES),
        *(f"{path}{ending}" for ending in ODD_ENDINGS),
    ]


def telling_words(hiding: HiddenPage, hidden: Hidden) -> list[str]:
    """Return searches that only what the page hides can answer: first and last phrases with a word
    that nothing open of this page has, not even with another ending."""
    if not hiding.is_live:
        return sorted(hiding.phrases)[:2]
    opened = {
        word[:4]
        for text in hidden.open_texts[hiding.page.pk]
        for word in WORD.findall(text.lower())
    }
    telling = [
        phrase
        for phrase in sorted(hiding.phrases)
        if any(len(word) > 5 and word[:4] not in opened for word in phrase.split())
    ]
    return [*telling[:2], *telling[-1:]]


def pages_of(children: int) -> range:
    """Return the numbers of the further pages that a list of so many may have."""
    return range(2, 3 + children // ARTICLES_A_PAGE)
