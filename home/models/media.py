"""Images and documents. No public folder holds them: both go through views that ask first.

Their tags have tables of their own: Wagtail offers the most frequent of the shared table, every
tenant's among them, wherever files are listed.
"""

from pathlib import PurePosixPath

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager
from taggit.models import TaggedItemBase
from wagtail.documents.models import AbstractDocument, Document
from wagtail.images.models import AbstractImage, AbstractRendition, Image
from wagtail.images.utils import generate_signature


class ImageTag(TaggedItemBase):
    """One tag on one image."""

    content_object = models.ForeignKey(
        "home.CustomImage", on_delete=models.CASCADE, related_name="tagged_items"
    )


class CustomImage(AbstractImage):
    """An image. Its `description` is what those hear who can't see it."""

    tags = TaggableManager(through=ImageTag, help_text=None, blank=True, verbose_name=_("tags"))

    admin_form_fields = Image.admin_form_fields

    class Meta(AbstractImage.Meta):
        verbose_name = _("image")
        verbose_name_plural = _("images")


class CustomRendition(AbstractRendition):
    """A resized image."""

    image = models.ForeignKey(CustomImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)

    @property
    def url(self) -> str:
        """The signed address of Wagtail's serve view; without the secret key nobody can make one.

        https://docs.wagtail.org/en/stable/advanced_topics/images/image_serve_view.html
        """
        signature = generate_signature(self.image_id, self.filter_spec)
        address = reverse("wagtailimages_serve", args=[signature, self.image_id, self.filter_spec])
        return address + PurePosixPath(self.file.name).name


class DocumentTag(TaggedItemBase):
    """One tag on one document."""

    content_object = models.ForeignKey(
        "home.CustomDocument", on_delete=models.CASCADE, related_name="tagged_items"
    )


class CustomDocument(AbstractDocument):
    """A file for download; `home.views.documents` says who gets it."""

    tags = TaggableManager(through=DocumentTag, help_text=None, blank=True, verbose_name=_("tags"))

    admin_form_fields = Document.admin_form_fields
