"""What happens as somebody signs up and signs in: the host's session, the membership, the password."""

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, password_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from wagtail.models import Site

from membership.accounts.sessions import SITE_SESSION_KEY, note_membership
from membership.models import Invitation, Membership, User

SIGN_UP_SESSION_KEY = "sign_up"


@receiver(user_logged_in)
def join_the_tenant(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Bind the session to this host; the first verified sign-in here makes a membership (T2)."""
    site: Site | None = getattr(request, "_wagtail_site", None)
    if site is None:
        return
    request.session[SITE_SESSION_KEY] = site.pk
    if EmailAddress.objects.filter(user=user, verified=True).exists():
        membership, _created = Membership.objects.get_or_create(site=site, user=user)
        note_membership(request, membership)
        Invitation.objects.filter(site=site, user=user).delete()


@receiver(user_logged_out)
def leave(request: HttpRequest, **kwargs: Any) -> None:
    """Forget whose membership this request carried."""
    note_membership(request, None)


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
