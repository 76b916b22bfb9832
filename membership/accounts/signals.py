"""What happens as somebody signs up and signs in: the host's session, the membership, the password;
and what follows when a platform administrator changes an address."""

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.manage_email import emit_email_changed
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, password_reset
from allauth.account.utils import has_verified_email
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from wagtail.models import Site

from membership.accounts.sessions import SITE_SESSION_KEY
from membership.models import Invitation, Membership, User

SIGN_UP_SESSION_KEY = "sign_up"


@receiver(user_logged_in)
def join_the_tenant(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Bind the session to this host; the first verified sign-in here makes a membership (T2)."""
    site: Site | None = getattr(request, "_wagtail_site", None)
    if site is None:
        return
    request.session[SITE_SESSION_KEY] = site.pk
    if has_verified_email(user):
        user.membership_here, _made = Membership.objects.get_or_create(site=site, user=user)
        Invitation.objects.filter(site=site, user=user).delete()


def remember_password(request: HttpRequest, user: User, hashed_password: str) -> None:
    """Note the password chosen in this session, until the address proves to be this person's."""
    request.session[SIGN_UP_SESSION_KEY] = {"user": user.pk, "password": hashed_password}


@receiver(email_confirmed)
def drop_a_strangers_password(
    request: HttpRequest, email_address: EmailAddress, **kwargs: Any
) -> None:
    """Let only the password of whoever proved the address stand.

    Otherwise somebody could sign up with another's address and a password of his own, wait until
    the other joins, and then sign in.
    """
    user = email_address.user
    chosen = request.session.pop(SIGN_UP_SESSION_KEY, None)
    if was_verified_before(user, email_address):
        return
    if chosen and chosen["user"] == user.pk:
        user.password = chosen["password"]
    elif not knows_the_password(request, user):
        user.set_unusable_password()
    user.save(update_fields=["password"])


def was_verified_before(user: User, email_address: EmailAddress) -> bool:
    """Return whether this person once proved an address of his already."""
    return (
        user.last_login is not None
        or EmailAddress.objects.filter(user=user, verified=True)
        .exclude(pk=email_address.pk)
        .exists()
    )


def knows_the_password(request: HttpRequest, user: User) -> bool:
    """Return whether the account's password was given in this session."""
    return any(
        record.get("method") in ("password", "password_reset")
        for record in get_authentication_records(request, user)
    )


@receiver(password_reset)
def a_reset_proves_the_address(user: User, **kwargs: Any) -> None:
    """Whoever followed the mailed link to a new password needs no code on top."""
    user.mark_email_verified()


def follow_the_account(request: HttpRequest, user: User) -> None:
    """Make an address that was changed in Wagtail's form the one to sign in by, and tell the old one.

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
