"""Mails about comments: to those of them who are on the team today, without a word of the text or of what was said."""

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from wagtail.admin.utils import get_user_display_name
from wagtail.admin.views.pages.edit import EditView
from wagtail.models import COMMENTS_RELATION_NAME, Page, Site
from wagtail.users.models import UserProfile

from krate_site.tenancy.permissions import works_for
from krate_site.tenancy.sites import absolute_url, current_site
from membership.emails import send_tenant_mail
from membership.models import User

TOLD_OF = ("new_comments", "deleted_comments", "resolved_comments", "new_replies")


class CommentedEditView(EditView):
    """Wagtail writes to whoever once subscribed or commented, and what was said, though he left the
    team since; with links to one address for all tenants, and not at all where mail is away."""

    def send_commenting_notifications(self, changes: dict[str, Any]) -> None:
        """Mail those concerned, once the comments are saved."""
        if not any(changes[kind] for kind in TOLD_OF):
            return
        threads = [comment.pk for comment in changes["resolved_comments"]]
        threads += [comment.pk for comment, _replies in changes["new_replies"]]
        site = current_site(self.request)
        path = reverse("wagtailadmin_pages:edit", args=[self.page.pk])
        context = {
            "editor": get_user_display_name(self.request.user),
            "title": self.page.get_admin_display_title(),
            "page_url": absolute_url(site, path),
        }
        for person in concerned_by(self.page, threads).exclude(pk=self.request.user.pk):
            if wants_mail(person, site):
                tell = partial(send_tenant_mail, site, template="mail/comments", context=context)
                transaction.on_commit(partial(tell, to=person.email))


def concerned_by(page: Page, threads: list[int]) -> QuerySet[User]:
    """Return who subscribed to the page's comments, or wrote in one of these threads."""
    subscribed = Q(page_subscriptions__page=page, page_subscriptions__comment_notifications=True)
    wrote = Q(**{f"{COMMENTS_RELATION_NAME}__in": threads}) | Q(
        comment_replies__comment__in=threads
    )
    return User.objects.filter(subscribed | wrote, is_active=True).distinct()


def wants_mail(person: User, site: Site) -> bool:
    """Return whether they work for this tenant, and have not declined such mails."""
    return (
        works_for(person, site) and UserProfile.get_for_user(person).updated_comments_notifications
    )
