"""The log's actions in words."""

from typing import Any

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import LogActionRegistry, LogFormatter

from membership.team import Role

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


def register(actions: LogActionRegistry) -> None:
    """Make these the words of membership's actions."""
    for action, label, sentence in WORDS:
        actions.register_action(action)(
            lambda label=label, sentence=sentence: WordsFormatter(label, sentence)
        )
