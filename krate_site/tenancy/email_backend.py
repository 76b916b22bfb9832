"""The last door before the mail server: a copy of the database writes to nobody, and addresses are
those of the domain that was written, which Django's own conversion gets wrong."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from krate_site.domain_names import DomainNameError, ascii_domain
from krate_site.tenancy.clone_guard import is_copy

logger = logging.getLogger(__name__)


class MailHeldBackError(Exception):
    """This is a copy of the database, or a tenant's host name changed: nobody is written to."""

    def __init__(self) -> None:
        super().__init__(
            "A mail was held back: this database is bound to another installation or host. "
            "`manage.py confirm_installation` says to which."
        )


class GuardedBackend(BaseEmailBackend):
    """Hands on to `MAIL_BACKEND`, except in a copy: Wagtail's own mails come by here, too."""

    def __init__(self, fail_silently: bool = False, **options: Any) -> None:
        super().__init__(fail_silently=fail_silently)
        self.inner = get_connection(settings.MAIL_BACKEND, fail_silently, **options)

    def open(self) -> bool | None:
        return self.inner.open()

    def close(self) -> None:
        self.inner.close()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send, and return how many; raises MailHeldBackError in a copy, unless silenced."""
        for message in email_messages:
            convert_domains(message)
        if not is_copy():
            return self.inner.send_messages(email_messages) or 0
        logger.warning("%s", MailHeldBackError())
        if self.fail_silently:
            return 0
        raise MailHeldBackError


def convert_domains(message: EmailMessage) -> None:
    """Write every address of a message with its domain in ASCII; raises DomainNameError.

    One for replies that can't be converted is left out: a mail without it is worth more than none.
    """
    message.from_email = with_ascii_domain(message.from_email)
    for name in ("to", "cc", "bcc"):
        setattr(message, name, [with_ascii_domain(each) for each in getattr(message, name)])
    message.reply_to = list(convertible(message.reply_to))


def convertible(mailboxes: Iterable[str]) -> Iterator[str]:
    """Yield those that can be converted, with their domains in ASCII."""
    for mailbox in mailboxes:
        try:
            yield with_ascii_domain(mailbox)
        except DomainNameError as error:
            logger.warning("A mail goes without its address for replies: %s", error)


def with_ascii_domain(mailbox: str) -> str:
    """Return `Name <local@domain>`, or the address alone, with its domain in ASCII."""
    before, at, domain = mailbox.rpartition("@")
    bare = domain.rstrip("> ")
    return mailbox if bare.isascii() else before + at + ascii_domain(bare) + domain[len(bare) :]
