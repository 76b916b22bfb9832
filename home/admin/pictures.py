"""The form for pictures: a file that only begins like one is refused in words, not by an error page."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from PIL import UnidentifiedImageError
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm


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
