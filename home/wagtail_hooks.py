"""Where content takes part in Wagtail's admin."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry, LogFormatter
from wagtail.models import PageLogEntry

from home.admin.bulk_access import LOG_ACTION, SetAccessBulkAction
from home.admin.explorer import ContentViewSet
from membership.access import Access

hooks.register("register_bulk_action", SetAccessBulkAction)


@hooks.register("register_admin_viewset", order=200)
def register_content_pages() -> ContentViewSet:
    """Take the place of the tenants' plain viewset, which is registered before."""
    return ContentViewSet("pages")


@hooks.register("register_log_actions")
def register_set_access(actions: LogActionRegistry) -> None:
    """Put a change of access into words for a page's history."""

    @actions.register_action(LOG_ACTION)
    class SetAccessFormatter(LogFormatter):
        label = _("Set access")

        def format_message(self, log_entry: PageLogEntry) -> str:
            names = dict(Access.choices)
            return _("Who may read: %(new)s (before: %(old)s)") % {
                key: names.get(log_entry.data.get(key), log_entry.data.get(key))
                for key in ("old", "new")
            }
