"""The log of changes: who changed settings, access, complimentary grants and team, and when."""

from typing import Any

import django_filters
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.log_actions import LogActionRegistry, LogFormatter, registry

from krate_site.formats import write_time
from krate_site.tenancy.scoping import TenantViewSet
from krate_site.tenancy.sites import current_site
from membership.audit_log import TenantLogEntry
from membership.team import Role

Changes = QuerySet[TenantLogEntry]


def those_who_changed(request: HttpRequest) -> QuerySet[Any]:
    """Return who did something at this tenant."""
    entries = TenantLogEntry.objects.filter(site=current_site(request), user__isnull=False)
    return get_user_model().objects.filter(pk__in=entries.values("user"))


class ChangeFilters(WagtailFilterSet):
    """By what was done, by whom and when."""

    action = django_filters.ChoiceFilter(label=_("What"))
    user = django_filters.ModelChoiceFilter(label=_("Who"), queryset=those_who_changed)
    timestamp = django_filters.DateFromToRangeFilter(label=_("When"), widget=DateRangePickerWidget)

    class Meta:
        model = TenantLogEntry
        fields = ["action", "user", "timestamp"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["action"].extra["choices"] = registry.get_choices


class ChangeList(generic.IndexView):
    """The newest first."""

    page_title = _("Log of changes")
    default_ordering = "-timestamp"
    is_searchable = False
    template_name = "membership/admin/changes.html"
    results_template_name = "membership/admin/changes_results.html"

    def get_base_queryset(self) -> Changes:
        return super().get_base_queryset().select_related("user")

    def order_queryset(self, queryset: Changes) -> Changes:
        return queryset.order_by("-timestamp", "-pk")

    @cached_property
    def columns(self) -> list[Column]:
        return [
            Column(
                "when",
                label=_("When"),
                accessor=lambda entry: write_time(entry.timestamp, "SHORT_DATETIME_FORMAT"),
            ),
            Column("who", label=_("Who"), accessor="user_display_name"),
            Column("what", label=_("What"), accessor="message"),
            Column("label", label=_("Of what")),
        ]


class ChangeLog(TenantViewSet):
    """Read only: a log that could be changed would be none."""

    model = TenantLogEntry
    name = "changes"
    url_prefix = "changes"
    icon = "history"
    menu_label = _("Log of changes")
    menu_order = 220
    add_to_settings_menu = True
    form_fields = ["action"]
    index_view_class = ChangeList
    filterset_class = ChangeFilters


# Action, what it is called in filters, and the sentence; the names in it are the entry's data.
WORDS: tuple[tuple[str, str | Promise, str | Promise], ...] = (
    (
        "membership.give_complimentary",
        _("Give complimentary access"),
        _("complimentary access until %(until)s: %(note)s"),
    ),
    (
        "membership.revoke_complimentary",
        _("Revoke complimentary access"),
        _("complimentary access revoked (it was until %(until)s)"),
    ),
    ("membership.export", _("Export members"), _("list of members exported")),
    ("team.invite", _("Invite to the team"), _("invited to the team, as: %(role)s")),
    ("team.mail_again", _("Mail an invitation again"), _("invitation mailed again")),
    ("team.change_role", _("Change a role"), _("role changed to: %(role)s")),
    ("team.remove", _("Remove from the team"), _("removed from the team (was: %(role)s)")),
    ("team.withdraw", _("Withdraw an invitation"), _("invitation withdrawn (as: %(role)s)")),
)


class WordsFormatter(LogFormatter):
    """A sentence with what the entry knows; what was forgotten since is a dash."""

    def __init__(self, label: str | Promise, sentence: str | Promise) -> None:
        self.label, self.sentence = label, sentence

    def format_message(self, log_entry: Any) -> str:
        known = {"until": "–", "note": "–", "role": "–"}
        for name, value in (log_entry.data or {}).items():
            known[name] = in_words(name, value)
        return str(self.sentence) % known


def in_words(name: str, value: Any) -> str:
    """Return what an entry has noted as people read it."""
    if name == "role" and value in Role.values:
        return str(Role(value).label)
    if name == "until":
        day = parse_date(value)
        return date_format(day, "SHORT_DATE_FORMAT") if day else str(value)
    return str(value)


def register_words(actions: LogActionRegistry) -> None:
    """Make these the words of membership's actions."""
    for action, label, sentence in WORDS:
        actions.register_action(action)(
            lambda label=label, sentence=sentence: WordsFormatter(label, sentence)
        )
