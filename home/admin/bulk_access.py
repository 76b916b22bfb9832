"""“Set access” for many pages at once (rule G1)."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from wagtail.admin.views.pages.bulk_actions.page_bulk_action import PageBulkAction
from wagtail.locks import ScheduledForPublishLock
from wagtail.log_actions import log
from wagtail.models import Page

from home.admin.access_log import LOG_ACTION
from home.frontend_cache import purge_page
from home.models import SectionPage
from krate_site.tenancy.ownership import of_tenant
from krate_site.tenancy.sites import current_site
from membership.access import Access
from membership.paywall import GatedPage


class AccessForm(forms.Form):
    """Whom the chosen pages shall be for."""

    access = forms.ChoiceField(
        label=_("Who may read"), choices=Access.choices, widget=forms.RadioSelect
    )
    include_descendants = forms.BooleanField(
        label=_("Also for all pages below them"), required=False
    )


class SetAccessBulkAction(PageBulkAction):
    """Gives pages another access, live ones at once; of a section, its default for new articles."""

    display_name = _("Set access")
    action_type = "set_access"
    aria_label = _("Set who may read the selected pages")
    template_name = "home/admin/confirm_set_access.html"
    action_priority = 45
    form_class = AccessForm

    def check_perm(self, page: Page) -> bool:
        return may_set_access(page.specific, self.request.user)

    def get_all_objects_in_listing_query(self, parent_id: Any) -> QuerySet[Any]:
        keys = super().get_all_objects_in_listing_query(parent_id)
        return of_tenant(Page.objects.filter(pk__in=keys), current_site(self.request)).values_list(
            "pk", flat=True
        )

    def get_execution_context(self) -> dict[str, Any]:
        return {**super().get_execution_context(), **self.cleaned_form.cleaned_data}

    @classmethod
    def execute_action(
        cls,
        objects: Iterable[Page],
        access: str = "",
        include_descendants: bool = False,
        user: Any = None,
        **kwargs: Any,
    ) -> tuple[int, int]:
        chosen = [page.specific for page in objects]
        below: dict[int, Page] = {}
        if include_descendants:
            for page in chosen:
                below |= {each.pk: each for each in page.get_descendants().specific()}
        for page in chosen:
            below.pop(page.pk, None)
        allowed = [page for page in below.values() if may_set_access(page, user)]
        for page in [*chosen, *allowed]:
            set_access(page, access, user=user)
        return len(chosen), len(allowed)

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> str:
        count = num_parent_objects + num_child_objects
        return ngettext(
            "Access was set for %(count)d page", "Access was set for %(count)d pages", count
        ) % {"count": count}


def may_set_access(page: Page, user: Any) -> bool:
    """Return whether the user may change this page and, since it shows at once, publish it."""
    has_access = isinstance(page, (GatedPage, SectionPage))
    if not has_access or page.alias_of_id is not None:
        return False
    permissions = page.permissions_for_user(user)
    return (
        permissions.can_edit()
        and (permissions.can_publish() or not page.live)
        and not is_locked(page, user)
    )


def is_locked(page: Page, user: Any) -> bool:
    """Return whether somebody locked the page; a plan to publish it is no reason to leave it open."""
    lock = page.get_lock()
    return (
        lock is not None and not isinstance(lock, ScheduledForPublishLock) and lock.for_user(user)
    )


def set_access(page: Page, access: str, *, user: Any) -> None:
    """Give a page this access: what is live, every draft that waits, and its aliases.

    A draft or a scheduled revision that kept the old access would bring it back on publishing.
    """
    field = "default_access" if isinstance(page, SectionPage) else "access"
    old = getattr(page, field)
    setattr(page, field, access)
    page.save()
    for revision in page.revisions.filter(pk__in=waiting_revisions(page)):
        revision.content[field] = access
        revision.save(update_fields=["content"])
    if page.live:
        purge_page(page)
        page.update_aliases()
    log(instance=page, action=LOG_ACTION, user=user, data={field: {"old": old, "new": access}})


def waiting_revisions(page: Page) -> list[int]:
    """Return the keys of the revisions that could still be published: the latest, and a scheduled one."""
    scheduled = page.revisions.filter(approved_go_live_at__isnull=False)
    return [*scheduled.values_list("pk", flat=True), page.latest_revision_id or 0]
