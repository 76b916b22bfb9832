"""The front page of a tenant."""

from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page

from home.front_page import LEADS, front_page
from home.models.article import ArticlePage
from home.models.mixins import Listing


class HomePage(Listing, Page):
    """The root of a tenant's site: lead stories, then the newest of each section."""

    lead_stories = StreamField(
        [
            (
                "article",
                blocks.PageChooserBlock(page_type="home.ArticlePage", label=_("Article")),
            )
        ],
        blank=True,
        max_num=LEADS,
        verbose_name=_("lead stories"),
        help_text=_("The first is the largest. What you leave open is filled with the newest."),
    )

    parent_page_types: ClassVar = ["wagtailcore.Page"]
    subpage_types: ClassVar = ["home.SectionPage", "home.StandardPage"]

    content_panels: ClassVar = [*Page.content_panels, FieldPanel("lead_stories")]

    class Meta:
        verbose_name = _("front page")
        verbose_name_plural = _("front pages")

    def route(self, request: HttpRequest, path_components: list[str]) -> Any:
        """Find an article by its address in one query; anything else as Wagtail does."""
        if len(path_components) == 2:
            article = article_at(self, "/".join(path_components))
            if article is not None:
                return article.route(request, [])
        return super().route(request, path_components)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        chosen = [block["value"] for block in self.lead_stories.raw_data]
        context["front"] = front_page(self, chosen=chosen)
        return context


def article_at(home: HomePage, address: str) -> ArticlePage | None:
    """Return the article below a front page with this address, as section/article."""
    slug, url_path = address.rsplit("/", 1)[-1], f"{home.url_path}{address}/"
    return ArticlePage.objects.descendant_of(home).filter(slug=slug, url_path=url_path).first()
