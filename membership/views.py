"""The member's own pages, and signing in. None of them is ever kept by a cache."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.account.views import LoginView
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.db.models.deletion import ProtectedError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from wagtail.models import Site

from krate_site.tenancy.sites import current_site
from membership.accounts.forms import DeleteAccountForm, NameForm
from membership.accounts.next_url import way_back, with_next
from membership.accounts.sessions import is_on_team, membership_of
from membership.billing_provider import CannotDeleteError, billing_provider
from membership.models import Membership, User

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


@method_decorator(never_cache, name="dispatch")
class SignInView(LoginView):
    """allauth's sign-in; who is signed in but has no admin here is told so, not sent in circles."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        next_url = self.get_next_url() or ""
        admin = reverse("wagtailadmin_home")
        if (
            request.user.is_authenticated
            and next_url.startswith(admin)
            and not request.user.has_perm("wagtailadmin.access_admin")
        ):
            sign_in_again = with_next(reverse("account_login"), admin)
            return render(
                request,
                "account/no_admin_access.html",
                {"sign_in_again": sign_in_again},
                status=403,
            )
        return cast(HttpResponseBase, super().dispatch(request, *args, **kwargs))


@require_GET
@never_cache
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Show where the member stands, what he pays, and how he signs in."""
    return render_account(request, NameForm(instance=cast(User, request.user)))


def render_account(request: HttpRequest, name_form: NameForm, status: int = 200) -> HttpResponse:
    """Return the account page with this form for the name."""
    membership = membership_of(request)
    context: dict[str, Any] = {
        "billing_section": billing_provider().account_section(request),
        "name_form": name_form,
        "next_url": way_back(request),
        "may_manage": is_on_team(request),
        "has_second_factor": is_mfa_enabled(request.user),
    }
    if membership is not None:
        context["current"] = membership.standing_at(timezone.now())
    return render(request, "membership/account.html", context, status=status)


def stored_user(request: HttpRequest) -> User:
    """Return the signed-in user afresh: what a form tries on must not show in the page's frame."""
    return User.objects.get(pk=cast(User, request.user).pk)


@never_cache
@button_of("account")
@login_required
def change_name(request: HttpRequest) -> HttpResponse:
    """Save the member's name."""
    form = NameForm(request.POST, instance=stored_user(request))
    if not form.is_valid():
        return render_account(request, form, status=400)
    form.save()
    messages.success(request, _("Your name is saved."))
    return redirect("account")


@require_GET
@never_cache
@login_required
def download_data(request: HttpRequest) -> HttpResponse:
    """Hand a person everything that is kept about him, as JSON."""
    return JsonResponse(
        personal_data(cast(User, request.user)),
        json_dumps_params={"indent": 2, "ensure_ascii": False},
        headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
    )


def personal_data(user: User) -> dict[str, Any]:
    """Return what is kept about this person, ready for JSON."""
    memberships = Membership.objects.filter(user=user).select_related("site").order_by("joined_at")
    return {
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "joined": user.date_joined,
        "last_signed_in": user.last_login,
        "memberships": [membership_data(membership) for membership in memberships],
        "billing": billing_provider().personal_data(user),
    }


def membership_data(membership: Membership) -> dict[str, Any]:
    """Return one membership as its owner sees it."""
    return {
        "publication": membership.site.site_name or membership.site.hostname,
        "host": membership.site.hostname,
        "joined": membership.joined_at,
        "standing": membership.standing,
        "pro_until": membership.pro_until,
        "complimentary_until": membership.complimentary_until,
        "complimentary_note": membership.complimentary_note,
    }


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def delete_account(request: HttpRequest) -> HttpResponse:
    """Delete the account; running subscriptions are cancelled first, or nothing is deleted (B11)."""
    user = stored_user(request)
    form = DeleteAccountForm(request.POST or None, user=user)
    is_on_a_team = user.is_superuser or user.groups.exists()
    if request.method == "POST" and not is_on_a_team and form.is_valid():
        try:
            billing_provider().before_account_deletion(user)
            with transaction.atomic():
                user.delete()
        except CannotDeleteError as error:
            form.add_error(None, str(error))
        except (ProtectedError, IntegrityError):
            # In another window he began to pay just now, or what he paid was told only now.
            form.add_error(
                None,
                _("Your account changed at this very moment, so nothing was deleted. Try again."),
            )
        else:
            logout(request)
            return render(request, "membership/account_deleted.html")
    context = {
        "form": form,
        "is_on_a_team": is_on_a_team,
        "is_on_team_here": is_on_team(request),
        "other_sites": sites_besides(current_site(request), user),
    }
    return render(request, "membership/delete_account.html", context)


def sites_besides(site: Site, user: User) -> list[Site]:
    """Return where else this person is a member: one account serves all of them."""
    memberships = Membership.objects.filter(user=user).exclude(site=site)
    return [membership.site for membership in memberships.select_related("site")]
