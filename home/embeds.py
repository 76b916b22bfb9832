"""Films from YouTube and Vimeo, framed without cookies and without asking anybody for the frame."""

import re
from typing import Any

from django.utils.html import format_html
from wagtail.embeds.finders.base import EmbedFinder

from krate_site import csp

YOUTUBE = re.compile(
    r"^https://(?:www\.|m\.)?(?:youtube\.com/(?:watch\?(?:.*&)?v=|embed/|shorts/)|youtu\.be/)"
    r"(?P<film>[\w-]{11})(?=[?&#]|$)"
)
VIMEO = re.compile(
    r"^https://(?:www\.|player\.)?vimeo\.com/(?:video/)?(?P<film>\d{5,12})(?=[/?#]|$)"
)

FRAMES = [
    (YOUTUBE, "YouTube", csp.YOUTUBE + "/embed/{}"),
    (VIMEO, "Vimeo", csp.VIMEO + "/video/{}?dnt=1"),
]


class FilmFinder(EmbedFinder):
    """Makes the frame from the address alone, so that publishing never waits for another site."""

    def accept(self, url: str) -> bool:
        return any(pattern.match(url) for pattern, _provider, _frame in FRAMES)

    def find_embed(
        self, url: str, max_width: int | None = None, max_height: int | None = None
    ) -> dict[str, Any]:
        for pattern, provider, frame in FRAMES:
            if match := pattern.match(url):
                return {
                    "title": provider,
                    "author_name": "",
                    "provider_name": provider,
                    "type": "video",
                    "thumbnail_url": "",
                    "width": 1280,
                    "height": 720,
                    "html": format_html(
                        '<iframe src="{}" width="1280" height="720" loading="lazy" title="{}"'
                        ' allow="fullscreen; picture-in-picture"></iframe>',
                        frame.format(match["film"]),
                        provider,
                    ),
                }
        raise ValueError(f"No film at {url}")
