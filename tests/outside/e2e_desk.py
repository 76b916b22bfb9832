"""Where billing-e2e asks our product, as an application's own API: more addresses for the test.

`ROOT_URLCONF` of the test; the answers are those of `manage.py explain_access`.
"""

from io import StringIO

from django.core.management import call_command
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from billing.checkout.customer import link
from krate_site.tenancy.sites import current_site
from membership.models import Membership, User


@csrf_exempt
def join(request: HttpRequest, run: str, customer: str) -> JsonResponse:
    """The customer of a run becomes a member here."""
    site = current_site(request)
    user, _ = User.objects.get_or_create(email=address_of(run))
    Membership.objects.get_or_create(site=site, user=user)
    link(site, user, stripe_id=customer, livemode=False)
    return JsonResponse({"joined": True})


def standing(request: HttpRequest, run: str) -> JsonResponse:
    """Return the first line of `explain_access`, without the name: "Pro (Past due)"."""
    said = StringIO()
    email = f"billing-e2e+{run}@example.com"
    call_command("explain_access", tenant=current_site(request).hostname, user=email, stdout=said)
    return JsonResponse({"standing": said.getvalue().splitlines()[0].partition(": ")[2]})


def address_of(run: str) -> str:
    """Return the address that billing-e2e gives its customer."""
    return f"billing-e2e+{run}@example.com"


urlpatterns = [
    path("judge/join/<str:run>/<str:customer>/", join),
    path("judge/standing/<str:run>/", standing),
    path("", include("krate_site.urls")),
]
