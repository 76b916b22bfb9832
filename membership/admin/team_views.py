"""The team's page: who works here, who was invited, and the buttons for both."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import FormView, TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Site

from krate_site.domain_names import AddressField
from krate_site.tenancy.admin_access import scoped_to_tenant
from krate_site.tenancy.models import Tenant
from krate_site.tenancy.permissions import TenantPermissionPolicy
from krate_site.tenancy.sites import current_site
from membership.models import User
from membership.team import (
    Colleague,
    Role,
    TeamError,
    change_role,
    colleague,
    invite,
    mail_again,
    remove,
    team_of,
)


def may_change_team(user: Any, site: Site) -> bool:
    """Return whether this person invites and removes people at this tenant."""
    policy = TenantPermissionPolicy(Tenant)
    return bool(policy.user_has_permission_for_instance(user, "change", site))


def own_team(request: HttpRequest) -> Site:
    """Return the host's site; raises PermissionDenied, and 404 for a site that is no tenant yet."""
    site = current_site(request)
    if not Tenant.objects.filter(site=site).exists():
        raise Http404("No tenant: it has no groups.")
    if not may_change_team(request.user, site):
        raise PermissionDenied
    return site


class InvitationForm(forms.Form):
    """Whom, and as what."""

    email = AddressField(label=gettext_lazy("E-mail address"))
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices, initial=Role.EDITORS)


class TeamPage(WagtailAdminTemplateMixin):
    """What the team's pages have in common."""

    scoped_to_tenant = True
    header_icon = "user"
    _show_breadcrumbs = True
    request: HttpRequest

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.site = own_team(request)


class TeamView(TeamPage, FormView):
    """The team, and the form that invites into it."""

    page_title = gettext_lazy("Team")
    template_name = "membership/admin/team.html"
    form_class = InvitationForm

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": _("Team")}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(team=team_of(self.site).values(), roles=Role, **kwargs)

    def form_valid(self, form: InvitationForm) -> HttpResponse:
        email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
        try:
            invite(site=self.site, email=email, role=role, by=cast(User, self.request.user))
        except TeamError as error:
            form.add_error("email", str(error))
            return self.form_invalid(form)
        messages.success(self.request, _("An invitation is on its way to %s.") % email)
        return redirect("team")

    def form_invalid(self, form: InvitationForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class RemoveView(TeamPage, TemplateView):
    """Asks before somebody is removed, and says so where it is oneself."""

    template_name = "membership/admin/remove_colleague.html"

    @cached_property
    def person(self) -> Colleague:
        return colleague(self.site, self.kwargs["user_id"])

    @property
    def page_title(self) -> str:
        return _("Withdraw invitation") if self.person.invitation else _("Remove from the team")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": reverse("team"), "label": _("Team")},
            {"url": "", "label": self.page_title},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_self = self.person.user == self.request.user
        return super().get_context_data(person=self.person, is_self=is_self, **kwargs)

    def post(self, request: HttpRequest, user_id: int) -> HttpResponseBase:
        try:
            person = remove(site=self.site, user_id=user_id, by=cast(User, request.user))
        except TeamError as error:
            messages.error(request, str(error))
            return redirect("team")
        if user_id == request.user.pk:
            return redirect("account")
        words = (
            _("The invitation of %s is withdrawn.") if person.invitation else _("%s is removed.")
        )
        messages.success(request, words % person.user.email)
        return redirect("team")


Deed = Callable[[HttpRequest, Site, int], str]


def deed(do: Deed) -> Callable[..., HttpResponseBase]:
    """Make a view of what is done to one colleague: it says what was done, or why not."""

    @scoped_to_tenant
    @require_POST
    @wraps(do)
    def view(request: HttpRequest, user_id: int) -> HttpResponseBase:
        site = own_team(request)
        try:
            messages.success(request, do(request, site, user_id))
        except TeamError as error:
            messages.error(request, str(error))
        return redirect("team")

    return view


@deed
def mail_invitation_again(request: HttpRequest, site: Site, user_id: int) -> str:
    person = mail_again(site=site, user_id=user_id, by=cast(User, request.user))
    return _("The invitation was mailed to %s again.") % person.user.email


@deed
def give_role(request: HttpRequest, site: Site, user_id: int) -> str:
    role, by = request.POST.get("role", ""), cast(User, request.user)
    person = change_role(site=site, user_id=user_id, role=role, by=by)
    words = {"email": person.user.email, "role": person.role.label}
    return _("%(email)s has the role: %(role)s.") % words
