"""Standing pages: about, imprint, contact; they may be gated like any other."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from home.blocks import BodyBlock
from home.models.mixins import Readable
from home.page_checks import TeaserPanel
from membership.paywall import GatedPage


class StandardPage(Readable, GatedPage, Page):
    """A page with a text and no date; it stands in the footer, or in the menu if that is ticked."""

    introduction = models.TextField(
        _("introduction"),
        max_length=400,
        blank=True,
        help_text=_("Everybody sees it: in lists, search results, and where the page is closed."),
    )
    body = StreamField(BodyBlock(), blank=True, verbose_name=_("text"))

    parent_page_types: ClassVar = ["home.HomePage", "home.StandardPage"]
    subpage_types: ClassVar = ["home.StandardPage"]

    content_panels: ClassVar = [
        *Page.content_panels,
        FieldPanel("introduction"),
        *GatedPage.access_panels,
        TeaserPanel(),
        FieldPanel("body"),
    ]
    search_fields: ClassVar = [
        *Page.search_fields,
        index.SearchField("introduction"),
        index.SearchField("open_text"),
    ]

    class Meta:
        verbose_name = _("standing page")
        verbose_name_plural = _("standing pages")
