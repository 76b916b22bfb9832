"""A page type as a Wagtail developer would write it who has no gate, no tenants and no cache."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.http import HttpRequest
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from taggit.models import TaggedItemBase
from wagtail.fields import StreamField
from wagtail.models import Page, Site

from home.blocks import BodyBlock
from home.listing import articles_below, load_images
from home.models import ArticlePage

SUFFIX = "-bare"


class BareTag(TaggedItemBase):
    """One tag on one bare page."""

    content_object = ParentalKey(
        "bench_floor.BarePage", on_delete=models.CASCADE, related_name="tagged_items"
    )


class BarePage(Page):
    """Shows what `home.ArticlePage` shows, to everybody."""

    author = models.CharField(max_length=160, blank=True)
    date = models.DateField()
    introduction = models.TextField(blank=True)
    lead_image = models.ForeignKey(
        settings.WAGTAILIMAGES_IMAGE_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    tags = ClusterTaggableManager(through=BareTag, blank=True)
    body = StreamField(BodyBlock())

    template = "bench_floor/bare_page.html"
    is_creatable = False
    parent_page_types: ClassVar[list[str]] = ["home.SectionPage"]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        section = self.get_parent()
        more = list(articles_below(section, with_images=False)[:3])
        load_images([self, *more])
        home = Site.find_for_request(request).root_page
        menu = home.get_children().live().in_menu()
        return {**context, "section": section, "more": more, "menu": menu}


def publish_bare(article: ArticlePage) -> BarePage:
    """Publish an article's content as a bare page beside it, unless it is there; return it."""
    slug = f"{article.slug}{SUFFIX}"
    there = BarePage.objects.sibling_of(article).filter(slug=slug).first()
    if there:
        return there
    page = BarePage(
        title=article.title,
        slug=slug,
        author=article.author,
        date=article.date,
        introduction=article.introduction,
        lead_image=article.lead_image,
        body=[(b.block_type, b.value) for b in article.body if b.block_type != "paywall"],
    )
    article.get_parent().add_child(instance=page)
    page.tags.add(*article.tags.all())
    page.save()
    return page
