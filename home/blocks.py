"""What an article is made of."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.embeds.blocks import EmbedBlock
from wagtail.images.blocks import ImageBlock

from membership.paywall import PAYWALL_BLOCK

TEXT_FEATURES = ["h2", "h3", "bold", "italic", "link", "document-link", "ol", "ul", "hr"]


class PictureBlock(blocks.StructBlock):
    """An image with its caption and whose it is."""

    image = ImageBlock(label=_("Image"))
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=300)
    credit = blocks.CharBlock(label=_("Credit"), required=False, max_length=120)

    class Meta:
        icon = "image"
        label = _("Image")
        template = "home/blocks/image.html"


class QuoteBlock(blocks.StructBlock):
    """A quotation, set apart."""

    text = blocks.TextBlock(label=_("Quotation"))
    attribution = blocks.CharBlock(label=_("Who said it"), required=False, max_length=160)

    class Meta:
        icon = "openquote"
        label = _("Quotation")
        template = "home/blocks/quote.html"


class VideoBlock(blocks.StructBlock):
    """A film from YouTube or Vimeo, in their versions that set no cookies."""

    url = EmbedBlock(
        label=_("Address"), help_text=_("The page's address at YouTube or Vimeo."), max_width=1200
    )
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=300)

    class Meta:
        icon = "media"
        label = _("Video")
        template = "home/blocks/embed.html"


class CallToActionBlock(blocks.StructBlock):
    """A sentence and a button that leads to a page or an address."""

    text = blocks.TextBlock(label=_("Text"))
    button = blocks.CharBlock(label=_("Words on the button"), max_length=60)
    page = blocks.PageChooserBlock(label=_("Page"), required=False)
    url = blocks.URLBlock(
        label=_("or address"), required=False, help_text=_("Used where no page is chosen.")
    )

    class Meta:
        icon = "pick"
        label = _("Call to action")
        template = "home/blocks/call_to_action.html"


class PaywallBlock(blocks.StaticBlock):
    """The divider: what stands above it everybody may read."""

    class Meta:
        icon = "lock"
        label = _("Paywall divider")
        admin_text = _(
            "Everything above is the teaser that everybody sees; everything below is for the "
            "readers chosen under “Access”. On a page for everyone it changes nothing."
        )


class BodyBlock(blocks.StreamBlock):
    """The body of an article or a standing page."""

    paragraph = blocks.RichTextBlock(label=_("Text"), icon="pilcrow", features=TEXT_FEATURES)
    image = PictureBlock()
    quote = QuoteBlock()
    embed = VideoBlock()
    call_to_action = CallToActionBlock()
    paywall = PaywallBlock()  # the name that `membership.paywall` looks for

    class Meta:
        block_counts = {PAYWALL_BLOCK: {"max_num": 1}}


def text_of(bound_blocks: list[Any]) -> str:
    """Return the words of bound blocks, for the search index."""
    return " ".join(
        text for bound in bound_blocks for text in bound.block.get_searchable_content(bound.value)
    )


def words(bound_blocks: list[Any]) -> int:
    """Return how many words bound blocks have."""
    return len(text_of(bound_blocks).split())
