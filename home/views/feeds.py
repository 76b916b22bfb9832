"""RSS and Atom feeds of a tenant and of its sections.

An entry has title, introduction, date and author, for articles of every access alike: what stands
in a body never goes into a feed.
"""

from datetime import UTC, datetime, time

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.views.decorators.http import require_safe

from home.listing import articles_below
from home.models import SectionPage
from krate_site.caching import revalidated
from krate_site.tenancy.models import Publication
from krate_site.tenancy.sites import absolute_url, current_site

ENTRIES = 30
FORMATS: dict[str, type[Rss201rev2Feed | Atom1Feed]] = {"rss": Rss201rev2Feed, "atom": Atom1Feed}


@require_safe
@revalidated
def feed(request: HttpRequest, section: str | None = None, form: str = "rss") -> HttpResponse:
    """Answer the newest articles of the tenant, or of the section with this slug."""
    site = current_site(request)
    publication = Publication.for_request(request)
    page, title, description = site.root_page, publication.name, publication.tagline
    if section is not None:
        page = SectionPage.objects.live().child_of(site.root_page).filter(slug=section).first()
        if page is None:
            raise Http404
        title, description = f"{page.title} · {publication.name}", page.introduction
    syndication = FORMATS[form](
        title=printable(title),
        link=absolute_url(site, page.get_url(request)),
        description=printable(description),
        language=publication.language,
        feed_url=absolute_url(site, request.path),
    )
    for article in articles_below(page)[:ENTRIES]:
        link = absolute_url(site, article.get_url(request))
        syndication.add_item(
            title=printable(article.title),
            link=link,
            description=printable(article.introduction),
            author_name=printable(article.author) or None,
            pubdate=datetime.combine(article.date, time.min, UTC),
            updateddate=article.last_published_at,
            unique_id=link,
            unique_id_is_permalink=True,
        )
    response = HttpResponse(content_type=syndication.content_type)
    syndication.write(response, "utf-8")
    return response


def printable(text: str) -> str:
    """Return the text without the control characters that XML can't hold."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")
