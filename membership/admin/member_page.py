"""One member: how they stand and why, in the words that they read themselves; payments; what was done."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views import generic
from wagtail.log_actions import registry

from membership.billing_provider import billing_provider
from membership.models import Membership

MOST_CHANGES = 20


class MemberPage(generic.InspectView):
    """Everything that is known of a member, on one page."""

    page_title = _("Member")
    template_name = "membership/admin/member.html"
    fields = ["pk"]
    object: Membership

    def get_page_subtitle(self) -> str:
        return self.object.user.email

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        member = self.object
        now = timezone.now()
        current = member.standing_at(now)
        changes = registry.get_logs_for_instance(member).select_related("user")
        return {
            **super().get_context_data(**kwargs),
            "member": member,
            "person": member.user,
            "is_pro": current.is_pro,
            "standing": current.state.label,
            "reason": current.reason,
            "is_complimentary": member.is_complimentary_at(now),
            "may_change": self.permission_policy.user_has_permission_for_instance(
                self.request.user, "change", member
            ),
            "billing_section": billing_provider().member_section(self.request, member),
            "changes": changes[:MOST_CHANGES],
        }
