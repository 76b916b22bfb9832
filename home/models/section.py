"""Sections: a heading under which articles are listed."""

from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page
from wagtail.search import index

from home.listing import articles_below
from home.models.mixins import Listing
from membership.access import Access

ARTICLES_A_PAGE = 12


class SectionPage(Listing, Page):
    """Lists its articles, newest first; a list shows what everybody may see of each."""

    introduction = models.TextField(
        _("introduction"), max_length=400, blank=True, help_text=_("Stands under the heading.")
    )
    default_access = models.CharField(
        _("new articles are for"),
        max_length=10,
        choices=Access,
        default=Access.PUBLIC,
        help_text=_("What a new article here starts with. Articles that exist keep their own."),
    )

    numbers_in_query = ("page",)
    parent_page_types: ClassVar = ["home.HomePage"]
    subpage_types: ClassVar = ["home.ArticlePage"]
    show_in_menus_default = True

    content_panels: ClassVar = [
        *Page.content_panels,
        FieldPanel("introduction"),
        FieldPanel("default_access"),
    ]
    search_fields: ClassVar = [*Page.search_fields, index.SearchField("introduction")]

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        paginator = Paginator(articles_below(self), ARTICLES_A_PAGE)
        context["articles"] = paginator.get_page(request.GET.get("page"))
        return context
