"""What a button's address does for who comes there by a link, a reload, or after signing in."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from membership.wall import with_next
from membership.way_back import way_back

View = Callable[[HttpRequest], HttpResponseBase]


def button_of(page: str) -> Callable[[View], View]:
    """A POST does what the button says; a GET does nothing, and shows the page with the button."""

    def decorate(view: View) -> View:
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def address(request: HttpRequest) -> HttpResponseBase:
            if request.method != "POST":
                return redirect(with_next(reverse(page), way_back(request)))
            return view(request)

        return address

    return decorate
