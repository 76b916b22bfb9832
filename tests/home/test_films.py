"""Films are framed from their address alone, without cookies; nothing else is framed."""

import pytest
from wagtail.embeds.embeds import get_embed
from wagtail.embeds.exceptions import EmbedUnsupportedProviderException

from home.embeds import FilmFinder

YOUTUBE = "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"


@pytest.mark.parametrize(
    ("address", "frame"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", YOUTUBE),
        ("https://m.youtube.com/watch?feature=share&v=dQw4w9WgXcQ&t=10s", YOUTUBE),
        ("https://youtu.be/dQw4w9WgXcQ?si=x", YOUTUBE),
        ("https://www.youtube.com/shorts/dQw4w9WgXcQ", YOUTUBE),
        ("https://vimeo.com/76979871", "https://player.vimeo.com/video/76979871?dnt=1"),
        ("https://player.vimeo.com/video/76979871", "https://player.vimeo.com/video/76979871"),
    ],
)
def test_film_is_framed_without_cookies(db, address, frame):
    html = get_embed(address).html
    assert f'src="{frame}' in html
    assert "style=" not in html


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com.example.com/watch?v=dQw4w9WgXcQ",
        "http://www.youtube.com/watch?v=dQw4w9WgXcQ",
        'https://youtu.be/dQw4w9WgXc"',
        "https://vimeo.com/channels/staffpicks",
        "javascript:alert(1)",
    ],
)
def test_nothing_else_is_framed(db, address):
    with pytest.raises(EmbedUnsupportedProviderException):
        get_embed(address)


def test_an_address_that_an_editor_made_up_is_read_once():
    """A megabyte and a half: were the rest read from each film's key on, it would take hours."""
    address = "https://www.youtube.com/watch?" + "&v=dQw4w9WgXcQ&" * 100_000 + "\n\n"
    assert FilmFinder().accept(address)
