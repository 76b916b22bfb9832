"""Mail in a tenant's name and language; every link in it comes from the Site record (rule T1)."""

import logging
import re
from collections.abc import Mapping
from datetime import timedelta
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django_tasks import TaskContext, TaskResult, task
from wagtail.models import Site

from krate_site.tenancy.clone_guard import is_at_home
from krate_site.tenancy.email_backend import MailHeldBackError
from krate_site.tenancy.models import Publication
from krate_site.tenancy.sites import absolute_url

logger = logging.getLogger(__name__)

# In a message as text: what a condition leaves where it shows nothing.
MORE_THAN_A_BLANK_LINE = re.compile(r"\n{3,}")

# Of the mails that wait, those go first that somebody waits for, such as a code.
AWAITED, NOT_AWAITED = 20, 10
# Where no worker ran for so long: codes have run out, and news are none.
OLD = timedelta(days=2)


def send_tenant_mail(
    site: Site,
    *,
    to: str,
    template: str,
    context: Mapping[str, Any] | None = None,
    priority: int = AWAITED,
) -> TaskResult[Any]:
    """Render `<template>_subject.txt` and, as text and as HTML, `_message.txt`, and send them.

    Where a worker sends, mails of the highest priority (at most 100) go first. Returns what became
    of it: queued, sent or, as the result's status says, failed. Inside a transaction call it by
    `transaction.on_commit`: a mail can't be rolled back.
    """
    publication = Publication.for_site(site)
    words = {
        **(context or {}),
        "publication": publication,
        "site_url": absolute_url(site, "/"),
        "email": to,
    }
    with translation.override(publication.language):
        text, html = (
            render_to_string(f"{template}_message.txt", {**words, "format": format})
            for format in ("txt", "html")
        )
        return deliver.using(priority=priority).enqueue(
            site_id=site.pk,
            subject=" ".join(render_to_string(f"{template}_subject.txt", words).split()),
            text=MORE_THAN_A_BLANK_LINE.sub("\n\n", text).strip() + "\n",
            html=html,
            sender=sender_of(publication),
            reply_to=publication.contact_email,
            to=to,
        )


def sender_of(publication: Publication) -> str:
    """Return the sender: the tenant's name with the platform's address."""
    _name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((" ".join(publication.name.split()), address))


@task(queue_name="mail", priority=NOT_AWAITED, takes_context=True)
def deliver(context: TaskContext, **mail: Any) -> None:
    """Hand one rendered mail to the mail server; raises MailHeldBackError in a copy.

    `mail` is what `send_tenant_mail` queued. Asked here and not before: a copied database has the
    queue of its original. Where the server can't be had, what it said is raised, and a worker tries
    again for a day.
    """
    if not is_at_home(Site(pk=mail["site_id"])):
        raise MailHeldBackError
    queued_at = context.task_result.enqueued_at
    if queued_at and timezone.now() - queued_at > OLD:
        logger.warning("A mail that was queued on %s isn't sent any more.", queued_at)
        return
    message = EmailMultiAlternatives(
        subject=mail["subject"],
        body=mail["text"],
        from_email=mail["sender"],
        to=[mail["to"]],
        reply_to=[mail["reply_to"]] if mail["reply_to"] else None,
    )
    message.attach_alternative(mail["html"], "text/html")
    message.send()
