"""Pro for nothing, until a day: given by a tenant's admin, with why, and revocable."""

from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, View
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminDateInput
from wagtail.log_actions import log

from krate_site.tenancy.permissions import TenantPermissionPolicy
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


class ChangeOfMember:
    """Put to the left of a view of one member, below `TenantScopedView`: asks for the permission."""

    model = Membership
    permission_policy = TenantPermissionPolicy(Membership)
    own_row: Membership

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Before anything is shown or saved.
        self.member = self.own_row
        policy, user = self.permission_policy, request.user
        if not policy.user_has_permission_for_instance(user, "change", self.member):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class GiveComplimentary(ChangeOfMember, WagtailAdminTemplateMixin, FormView):
    """A member's complimentary access: until when and why."""

    form_class = ComplimentaryForm
    template_name = "membership/admin/give_complimentary.html"
    page_title = gettext_lazy("Give complimentary access")
    header_icon = "star"
    _show_breadcrumbs = True

    def get_initial(self) -> dict[str, Any]:
        until = self.member.complimentary_until
        if until is None or not self.member.is_complimentary_at(timezone.now()):
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


class RevokeComplimentary(ChangeOfMember, View):
    """Takes back a member's complimentary access, at once."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        if revoke(self.member, by=cast(User, request.user)):
            messages.success(request, _("The complimentary access is revoked."))
        return redirect(page_of(self.member))


def page_of(member: Membership) -> str:
    return reverse("members:inspect", args=[member.pk])


def give(membership: Membership, *, until: date, note: str, by: User) -> None:
    """Make a member Pro through this day; what was given before is replaced."""
    membership.complimentary_until = end_of_day(until)
    membership.complimentary_note = note
    membership.save(update_fields=["complimentary_until", "complimentary_note"])
    log(
        membership,
        "membership.give_complimentary",
        user=by,
        data={"until": until.isoformat(), "note": note},
    )


def revoke(membership: Membership, *, by: User) -> bool:
    """Take back what was given; return whether there was anything."""
    if membership.complimentary_until is None:
        return False
    ended = timezone.localtime(membership.complimentary_until).date()
    membership.complimentary_until = None
    membership.complimentary_note = ""
    membership.save(update_fields=["complimentary_until", "complimentary_note"])
    log(
        membership,
        "membership.revoke_complimentary",
        user=by,
        data={"until": ended.isoformat()},
    )
    return True


def end_of_day(day: date) -> datetime:
    """Return the last second of a day, so that access "until 3 May" has 3 May in it."""
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))
