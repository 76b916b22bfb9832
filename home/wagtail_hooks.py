"""Where content takes part in Wagtail's admin."""

from wagtail import hooks
from wagtail.images.image_operations import Operation
from wagtail.log_actions import LogActionRegistry
from wagtail.rich_text.feature_registry import FeatureRegistry

from home.admin import (
    access_log,
    publish_warnings,  # noqa: F401 - registers hooks of its own
)
from home.admin.bulk_access import SetAccessBulkAction
from home.admin.explorer import ContentViewSet
from home.admin.pictures import BoundedFill, BoundedMinMax
from home.rich_text import OwnPageLink

hooks.register("register_bulk_action", SetAccessBulkAction)


@hooks.register("register_admin_viewset", order=200)
def register_content_pages() -> ContentViewSet:
    """Take the place of Wagtail's own list of pages."""
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
def register_changes_of_access(actions: LogActionRegistry) -> None:
    """Put changes of access into words, whichever way they were made."""
    actions.register_action(access_log.LOG_ACTION)(access_log.AccessChangeFormatter)
    actions.register_action("home.set_access")(access_log.SetAccessFormatter)
