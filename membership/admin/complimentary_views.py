"""The form that gives a member Pro for nothing, and the button that takes it back."""

from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import FormView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminDateInput

from krate_site.tenancy.admin_access import scoped_to_tenant
from krate_site.tenancy.permissions import TenantPermissionPolicy
from krate_site.tenancy.sites import current_site
from membership.complimentary import give, revoke
from membership.models import Membership, User

LONGEST = timedelta(days=3653)


class ComplimentaryForm(forms.Form):
    """Until when, and why."""

    until = forms.DateField(
        label=gettext_lazy("Pro until"),
        widget=AdminDateInput,
        help_text=gettext_lazy("The last day, included."),
    )
    note = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=200,
        help_text=gettext_lazy(
            "The member reads this, too: it is the reason on the account page. For example: for "
            "your review in May."
        ),
    )

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        today = timezone.localdate()
        if until < today:
            raise ValidationError(_("This day is over. Choose today or a later one."))
        if until > today + LONGEST:
            raise ValidationError(_("Choose a day within the next ten years."))
        return until


class GiveComplimentary(WagtailAdminTemplateMixin, FormView):
    """A member's complimentary access: until when and why."""

    model = Membership
    form_class = ComplimentaryForm
    template_name = "membership/admin/give_complimentary.html"
    page_title = gettext_lazy("Give complimentary access")
    header_icon = "star"
    _show_breadcrumbs = True
    permission_policy: TenantPermissionPolicy | None = None

    @cached_property
    def member(self) -> Membership:
        return member_to_change(self.request, self.kwargs["pk"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Asked before anything is shown or saved.
        self.member  # noqa: B018
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        until = self.member.complimentary_until
        if until is None or until < timezone.now():
            return {}
        return {"until": timezone.localtime(until).date(), "note": self.member.complimentary_note}

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": reverse("members:index"), "label": _("Members")},
            {"url": page_of(self.member), "label": self.member.user.email},
            {"url": "", "label": self.page_title},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(member=self.member, way_back=page_of(self.member), **kwargs)

    def form_valid(self, form: ComplimentaryForm) -> HttpResponse:
        given = form.cleaned_data
        by = cast(User, self.request.user)
        give(self.member, until=given["until"], note=given["note"], by=by)
        words = _("%(person)s has complimentary access.")
        messages.success(self.request, words % {"person": self.member.user.email})
        return redirect(page_of(self.member))


@scoped_to_tenant
@require_POST
def revoke_complimentary(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take back a member's complimentary access, at once."""
    member = member_to_change(request, pk)
    if revoke(member, by=cast(User, request.user)):
        messages.success(request, _("The complimentary access is revoked."))
    return redirect(page_of(member))


def member_to_change(request: HttpRequest, pk: int) -> Membership:
    """Return a member of the host's tenant; raises 404 for another's, and PermissionDenied."""
    members = Membership.objects.filter(site=current_site(request)).select_related("site", "user")
    member = get_object_or_404(members, pk=pk)
    policy = TenantPermissionPolicy(Membership)
    if not policy.user_has_permission_for_instance(request.user, "change", member):
        raise PermissionDenied
    return member


def page_of(member: Membership) -> str:
    return reverse("members:inspect", args=[member.pk])
