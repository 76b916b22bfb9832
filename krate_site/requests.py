"""The request that the site's application makes of what a web server hands it."""

from typing import Any

from django.core.handlers.wsgi import WSGIRequest


class Utf8Request(WSGIRequest):
    """Everything in it is read as UTF-8, which is what browsers send.

    Django reads query and form by the charset that the request's own Content-Type names: in UTF-7
    ordinary letters can be a null character, and where it is no text's (`base64`) Django fails
    before anything of ours can answer.
    """

    @property
    def encoding(self) -> None:
        return None

    @encoding.setter
    def encoding(self, _named: Any) -> None:
        """Whatever is named counts for nothing."""
