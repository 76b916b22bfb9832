"""An address that a platform administrator changed in Wagtail's form of a user reaches allauth's."""

from allauth.account.internal.flows.manage_email import emit_email_changed
from allauth.account.models import EmailAddress
from django.db import transaction
from django.http import HttpRequest

from membership.models import User


def follow_the_account(request: HttpRequest, user: User) -> None:
    """Make the account's address the one to sign in by, and tell the old one by mail.

    It counts as proven where the old one was: the administrator vouches for it. All others go, or
    whoever reads the old mailbox could still ask for a new password.
    """
    with transaction.atomic():
        known = EmailAddress.objects.select_for_update().filter(user=user)
        old = known.filter(primary=True).first()
        if old is None or old.email == user.email:
            return
        was_proven = old.verified
        known.exclude(email=user.email).delete()
        address, _made = EmailAddress.objects.get_or_create(user=user, email=user.email)
        address.primary = True
        address.verified = was_proven and address.can_set_verified()
        address.save()
    emit_email_changed(request, old, address)
