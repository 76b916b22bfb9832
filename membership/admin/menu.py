"""The places of members, team and log in Wagtail's admin."""

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.log_actions import LogActionRegistry

from krate_site.tenancy.models import Publication, Tenant
from krate_site.tenancy.sites import current_site
from membership.accounts.signals import follow_the_account
from membership.admin.change_log import ChangeLog, register_words
from membership.admin.home_panel import NumbersPanel, may_see_members
from membership.admin.member_list import Members
from membership.admin.team_views import (
    RemoveView,
    TeamView,
    give_role,
    mail_invitation_again,
    may_change_team,
)
from membership.audit_log import noted_for_tenant
from membership.models import Membership


@hooks.register("register_admin_viewset")
def register_members() -> list[Members | ChangeLog]:
    return [Members(), ChangeLog()]


@hooks.register("register_admin_urls")
def register_team() -> list[URLPattern]:
    return [
        path("team/", TeamView.as_view(), name="team"),
        path("team/<int:user_id>/mail/", mail_invitation_again, name="team_mail_again"),
        path("team/<int:user_id>/role/", give_role, name="team_role"),
        path("team/<int:user_id>/remove/", RemoveView.as_view(), name="team_remove"),
    ]


class TeamMenuItem(MenuItem):
    """For those who may invite and remove."""

    def is_shown(self, request: HttpRequest) -> bool:
        site = current_site(request)
        return hasattr(site, "tenant") and may_change_team(request.user, site)


@hooks.register("register_settings_menu_item")
def register_team_menu_item() -> MenuItem:
    return TeamMenuItem(_("Team"), reverse("team"), name="team", icon_name="user", order=150)


@hooks.register("construct_homepage_panels")
def show_numbers(request: HttpRequest, panels: list[Component]) -> None:
    """Show a tenant's admin how it stands."""
    if may_see_members(request):
        panels.append(NumbersPanel(request))


@hooks.register("register_log_actions")
def register_log(actions: LogActionRegistry) -> None:
    """Keep the log of what has a `site` by tenant, and put its actions into words."""
    noted_for_tenant(actions, Publication, Tenant, Membership)
    register_words(actions)


hooks.register("after_edit_user", follow_the_account)
