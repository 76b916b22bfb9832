"""Brings a person into a tenant's team: account, group, and a mail that leads in."""

from urllib.parse import quote

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from wagtail.models import Site

from krate_site.domain_names import DomainNameError, canonical_address
from krate_site.tenancy.sites import absolute_url
from membership.mail import send_tenant_mail
from membership.models import Invitation, Membership, User


class InvitationError(Exception):
    """A person can't be invited; the message says why."""


@transaction.atomic
def invite_to_group(*, site: Site, group: Group, email: str, by: User | None = None) -> bool:
    """Put the person of this address into a tenant's group and mail the way in.

    Whoever isn't a member here yet becomes one by the first sign-in (rule T2); until then the
    `Invitation` waits. Returns False, and mails nothing, where he is in the group already. Raises
    `InvitationError` for a bad address and for a locked account.
    """
    try:
        email = canonical_address(email)
        validate_email(email)
    except DomainNameError as error:
        raise InvitationError(str(error)) from error
    except ValidationError as error:
        raise InvitationError(f"{email!r} is no e-mail address.") from error
    user = User.objects.filter(email__iexact=email).first()
    if user is not None and not user.is_active:
        raise InvitationError(f"The account of {email} is locked; unlock it first.")
    if user is not None and user.groups.filter(pk=group.pk).exists():
        return False
    if user is None:
        user = User.objects.create_user(email)
    trust_only_the_mailbox(user)
    if not Membership.objects.filter(site=site, user=user).exists():
        Invitation.objects.get_or_create(site=site, user=user, defaults={"invited_by": by})
    user.groups.add(group)
    transaction.on_commit(lambda: mail_invitation(site=site, user=user))
    return True


def trust_only_the_mailbox(user: User) -> None:
    """Make the address verified, and void any password chosen before it was.

    Anybody can sign up with anybody's address and choose a password; without this the first to
    do so would become a tenant's admin by the invitation.
    """
    if EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists():
        return
    user.set_unusable_password()
    user.save(update_fields=["password"])
    address, _made = EmailAddress.objects.get_or_create(user=user, email=user.email)
    address.verified = True
    address.save(update_fields=["verified"])
    address.set_as_primary()


def mail_invitation(*, site: Site, user: User) -> None:
    """Mail the link that sets a first password, or that leads to the admin where one is set."""
    context = {
        "admin_url": absolute_url(site, reverse("wagtailadmin_home")),
        "forgot_url": absolute_url(site, reverse("account_reset_password")),
        "password_url": "" if user.has_usable_password() else first_password_url(site, user),
    }
    send_tenant_mail(site, to=user.email, template="mail/invitation", context=context)


def first_password_url(site: Site, user: User) -> str:
    """Return allauth's page for choosing a password, at the tenant's host."""
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    return absolute_url(site, path.replace("UID-KEY", quote(key)))
