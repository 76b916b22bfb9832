"""Pictures: what only begins like one is refused in words, and a size that none can have is none."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from PIL import UnidentifiedImageError
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm
from wagtail.images.image_operations import FillOperation, MinMaxOperation


class PictureField(WagtailImageField):
    """Wagtail's field; it believes a file's first bytes, and fails where the rest is no picture."""

    def check_image_pixel_size(self, f: UploadedFile) -> None:
        try:
            super().check_image_pixel_size(f)
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
            raise ValidationError(
                self.error_messages["invalid_image"], code="invalid_image"
            ) from error


class PictureForm(BaseImageForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Not declared on the class: Wagtail's forms without a file would then have one.
        if wagtails := self.fields.get("file"):
            self.fields["file"] = PictureField(
                label=wagtails.label,
                required=wagtails.required,
                max_length=wagtails.max_length,
                widget=wagtails.widget,
            )


LONGEST_SIDE = 10_000


class BoundedFill(FillOperation):
    """A crop of some size: Wagtail's fails at `fill-1x0`, and draws a billion points where asked to.

    Wagtail answers 400 where an operation's words make no sense.
    """

    def construct(self, size: str, *extra: str) -> None:
        super().construct(size, *extra)
        if not (1 <= self.width <= LONGEST_SIDE and 1 <= self.height <= LONGEST_SIDE):
            raise ValueError(f"A picture of {self.width} by {self.height} can't be made.")


class BoundedMinMax(MinMaxOperation):
    """No smaller or no larger than some size: Wagtail's fails where it is more than a float has."""

    def construct(self, size: str) -> None:
        super().construct(size)
        if max(self.width, self.height) > LONGEST_SIDE:
            raise ValueError(f"No picture is {self.width} by {self.height}.")
