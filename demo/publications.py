"""Makes the demo's two tenants with everything that an editor would have made in the admin."""

from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from wagtail.models import Page, Site

from billing.models import TenantFeatures
from demo.articles import Article, body_of, read_articles, read_publication
from demo.artwork import illustration
from home.listing import CARD, LEAD
from home.models import ArticlePage, CustomImage, SectionPage, StandardPage
from home.tenants import create_tenant
from krate_site.tenancy.models import Publication

HOSTS = {"courier": "localhost", "gazette": "gazette.localhost"}

# What the illustrations show, for those who can't see them.
MOTIFS = {
    "city": "Illustration: rows of houses at dusk, a few windows lit",
    "hills": "Illustration: ranges of hills under a low sun",
    "leaves": "Illustration: large leaves, lit from behind",
    "orbits": "Illustration: rings around a light",
    "strata": "Illustration: layers that wave across the sheet like water",
    "tiles": "Illustration: a floor of quarter circles and discs",
}


@transaction.atomic
def seed_publication(tenant: str, *, port: int) -> Site:
    """Make whatever the tenant lacks, and return its Site; what is there stays as it is."""
    told = read_publication(tenant)
    hostname = HOSTS[tenant]
    Site.objects.filter(hostname=hostname).exclude(port=port).update(port=port)
    site = create_tenant(hostname=hostname, name=told["name"], port=port).site
    # What a platform administrator does under Settings, Tenants.
    TenantFeatures.objects.update_or_create(site=site, defaults={"billing_enabled": True})
    publication = Publication.for_site(site)
    if not publication.tagline:
        for name in ("tagline", "accent_color", "contact_email", "footer_text"):
            setattr(publication, name, told[name])
        publication.save()
    for section in told["sections"]:
        seed_page(site.root_page, SectionPage, show_in_menus=True, **section)
    for page in told["pages"]:
        text = page.pop("text")
        seed_page(site.root_page, StandardPage, body=body_of(text), **page)
    for article in read_articles(tenant):
        seed_article(site, article, accent=publication.accent_color)
    seed_lead_stories(site, told["lead_stories"])
    return site


def seed_page(
    parent: Page, model: type[Page], *, title: str, tags: list[str] | None = None, **fields: Any
) -> Page:
    """Publish a page below its parent, unless it is there."""
    slug = fields.pop("slug", slugify(title))
    page = model.objects.child_of(parent).filter(slug=slug).first()
    if page is None:
        parent = Page.objects.get(pk=parent.pk)
        page = parent.add_child(instance=model(title=title, slug=slug, **fields))
        if tags:
            page.tags.add(*tags)
        page.save_revision().publish()
    return page


def seed_article(site: Site, article: Article, *, accent: str) -> None:
    """Publish an article with its illustration, unless it is there."""
    section = SectionPage.objects.child_of(site.root_page).get(title=article.section)
    if ArticlePage.objects.child_of(section).filter(slug=article.slug).exists():
        return
    seed_page(
        section,
        ArticlePage,
        title=article.title,
        slug=article.slug,
        access=article.access,
        author=article.author,
        date=timezone.localdate() - timedelta(days=article.days_ago),
        introduction=article.introduction,
        lead_image=seed_image(site, article, accent=accent),
        body=article.body,
        tags=article.tags,
    )


def seed_image(site: Site, article: Article, *, accent: str) -> CustomImage:
    """Draw an article's illustration into the tenant's collection, in the sizes pages ask for."""
    drawn = illustration(article.title, accent=accent, motif=article.motif)
    image = CustomImage(
        title=article.title,
        description=MOTIFS[article.motif],
        collection=site.tenant.collection,
        file=ContentFile(drawn, name=f"{article.slug}.jpg"),
    )
    image.save()
    image.get_renditions(CARD, LEAD)
    return image


def seed_lead_stories(site: Site, slugs: list[str]) -> None:
    """Put the chosen articles on the front page, unless an editor has chosen others."""
    home = Page.objects.get(pk=site.root_page_id).specific  # fresh: it has children by now
    if home.lead_stories:
        return
    pages = {page.slug: page.pk for page in ArticlePage.objects.descendant_of(home)}
    home.lead_stories = [("article", ArticlePage.objects.get(pk=pages[slug])) for slug in slugs]
    home.save_revision().publish()
