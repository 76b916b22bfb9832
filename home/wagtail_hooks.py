"""Where content takes part in Wagtail's admin."""

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.images.image_operations import Operation
from wagtail.log_actions import LogActionRegistry, LogFormatter
from wagtail.models import PageLogEntry
from wagtail.rich_text.feature_registry import FeatureRegistry

from home.admin import (
    access_log,
    publish_warnings,  # noqa: F401 - registers hooks of its own
)
from home.admin.bulk_access import LOG_ACTION, SetAccessBulkAction
from home.admin.explorer import ContentViewSet
from home.admin.pictures import BoundedFill, BoundedMinMax
from home.rich_text import OwnPageLink
from membership.access import Access
from membership.models import TenantLogEntry

hooks.register("register_bulk_action", SetAccessBulkAction)


@hooks.register("insert_global_admin_css")
def fit_lists_to_a_phone() -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static("home/listing.css"))


@hooks.register("register_admin_viewset", order=200)
def register_content_pages() -> ContentViewSet:
    """Take the place of the tenants' plain viewset, which is registered before."""
    return ContentViewSet("pages")


@hooks.register("register_rich_text_features", order=100)
def register_page_links(features: FeatureRegistry) -> None:
    """Take the place of Wagtail's own, which are registered before."""
    features.register_link_type(OwnPageLink)


@hooks.register("register_image_operations", order=100)
def register_bounded_sizes() -> list[tuple[str, type[Operation]]]:
    """Take the place of Wagtail's own, which are registered before."""
    return [("fill", BoundedFill), ("min", BoundedMinMax), ("max", BoundedMinMax)]


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


@hooks.register("register_log_actions")
def register_change_access(actions: LogActionRegistry) -> None:
    """Put it into words for the tenant's log, whichever way it was changed."""

    @actions.register_action(access_log.LOG_ACTION)
    class ChangeAccessFormatter(LogFormatter):
        label = _("Change who may read")

        def format_message(self, log_entry: TenantLogEntry) -> str:
            return "; ".join(
                str(CHANGES[name]) % {"old": worded(change["old"]), "new": worded(change["new"])}
                for name, change in log_entry.data.items()
            )


CHANGES = {
    "access": _("who may read: %(new)s (before: %(old)s)"),
    "default_access": _("new pages here begin as: %(new)s (before: %(old)s)"),
    "public_until": _("public until: %(new)s (before: %(old)s)"),
    "public_after_days": _("public after days: %(new)s (before: %(old)s)"),
}


def worded(value: object) -> str:
    """Return what stands in the log as people read it."""
    return str(dict(Access.choices).get(str(value)) or value or "–")
