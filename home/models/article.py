"""Articles: what a publication is read for."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from taggit.models import TaggedItemBase
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from home.blocks import BodyBlock
from home.listing import articles_below, load_images
from home.menus import menu_for
from home.models.mixins import Readable
from home.page_checks import TeaserPanel
from membership.paywall import GatedPage


class ArticleTag(TaggedItemBase):
    """One tag on one article."""

    content_object = ParentalKey(
        "home.ArticlePage", on_delete=models.CASCADE, related_name="tagged_items"
    )


class ArticlePage(Readable, GatedPage, Page):
    """An article. `access` says who may read what stands below its paywall divider."""

    author = models.CharField(_("author"), max_length=160, blank=True)
    date = models.DateField(
        _("date"),
        default=timezone.localdate,
        db_index=True,
        help_text=_("Lists are in this order, newest first."),
    )
    introduction = models.TextField(
        _("introduction"),
        max_length=400,
        blank=True,
        help_text=_(
            "One or two sentences. Everybody sees them: in lists, feeds, search results, and where "
            "the article is closed."
        ),
    )
    lead_image = models.ForeignKey(
        settings.WAGTAILIMAGES_IMAGE_MODEL,
        verbose_name=_("lead image"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Everybody sees it, also where the article is closed."),
    )
    lead_image_alt = models.CharField(
        _("what the image shows"),
        max_length=255,
        blank=True,
        help_text=_("For those who can't see it. Left blank, the image's own description is used."),
    )
    lead_image_caption = models.CharField(_("caption"), max_length=300, blank=True)
    tags = ClusterTaggableManager(through=ArticleTag, blank=True, verbose_name=_("tags"))
    body = StreamField(BodyBlock(), blank=True, verbose_name=_("text"))

    parent_page_types: ClassVar = ["home.SectionPage"]
    subpage_types: ClassVar[list[str]] = []

    content_panels: ClassVar = [
        *Page.content_panels,
        FieldPanel("introduction"),
        *GatedPage.access_panels,
        MultiFieldPanel(
            [FieldPanel("author"), FieldPanel("date"), FieldPanel("tags")],
            heading=_("By whom, when, about what"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("lead_image"),
                FieldPanel("lead_image_alt"),
                FieldPanel("lead_image_caption"),
            ],
            heading=_("Image"),
        ),
        TeaserPanel(),
        FieldPanel("body"),
    ]
    search_fields: ClassVar = [
        *Page.search_fields,
        index.SearchField("introduction", boost=2),
        index.SearchField("author"),
        index.SearchField("open_text"),
        index.FilterField("date"),
        index.FilterField("access"),
    ]

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")

    @property
    def lead_image_text(self) -> str:
        """What the lead image shows, in words."""
        if self.lead_image is None:
            return ""
        return self.lead_image_alt or str(self.lead_image.default_alt_text)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        section = section_of(self, request)
        more = list(articles_below(section, with_images=False).exclude(pk=self.pk)[:3])
        # Before the gate, which copies this page where a wall stands; and for all in two queries.
        load_images([self, *more])
        context = super().get_context(request, *args, **kwargs)
        context.update(section=section, more=more)
        return context


def section_of(article: ArticlePage, request: HttpRequest) -> Page:
    """Return the section that an article stands in: from the menu, where it was read already."""
    path = article.path[: -Page.steplen]
    return menu_for(request).pages.get(path) or article.get_parent()
