"""What went wrong, in a reader's words."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is missing or old: nothing was done, and reloading helps."""
    return render(request, "403_csrf.html", status=403)
