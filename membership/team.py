"""A tenant's team: who works in its admin, as admin or as editor; invited, removed, and noted.

An invitation is an account, its group, and a mail that leads in.

Only the tenant's own two groups are ever touched (rule T4), and never a superuser's account.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import has_verified_email, user_pk_to_url_str
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.models import Site

from krate_site.domain_names import DomainNameError, address_to_find, canonical_address
from krate_site.tenancy.models import Tenant
from krate_site.tenancy.sites import absolute_url
from membership.accounts.adapter import password_url
from membership.audit_log import TenantLogEntry
from membership.emails import send_tenant_mail
from membership.models import Invitation, Membership, User

PAUSE_BETWEEN_MAILS = timedelta(minutes=1)


class Role(models.TextChoices):
    """A group of the tenant's, by the name of its field of `Tenant`."""

    ADMINS = "admins", gettext_lazy("Admin")
    EDITORS = "editors", gettext_lazy("Editor")


class TeamError(Exception):
    """It can't be done; the message says why and what to do, to a tenant's admin."""


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """One person of a team; an `invitation` waits for the first sign-in."""

    user: User
    role: Role
    invitation: Invitation | None = None

    @property
    def is_ours_to_change(self) -> bool:
        """A superuser's account is the platform's."""
        return not self.user.is_superuser


def team_of(site: Site) -> dict[int, Colleague]:
    """Return the team by the keys of its people: admins first, then by address."""
    waiting = {
        invitation.user_id: invitation
        for invitation in Invitation.objects.filter(site=site).select_related("invited_by")
    }
    team: dict[int, Colleague] = {}
    for role in (Role.ADMINS, Role.EDITORS):
        for user in people_in(group_of(site.tenant, role)).order_by("email"):
            known = Colleague(user=user, role=role, invitation=waiting.get(user.pk))
            team.setdefault(user.pk, known)
    return team


def colleague(site: Site, user_id: int) -> Colleague:
    """Return a person of this tenant's team, or raise 404."""
    found = team_of(site).get(user_id)
    if found is None:
        raise Http404("Not of this team.")
    return found


def invite(*, site: Site, email: str, role: Role, by: User) -> None:
    """Ask somebody into the team by mail; raises TeamError.

    Whether the address has an account at another tenant shows in nothing that is said.
    """
    email = address_to_find(email)
    with changing_team(site) as tenant:
        person = User.objects.with_address(email).first()
        known = team_of(site).get(person.pk) if person else None
        if known is not None:
            raise TeamError(
                _("%(email)s is in the team already, as: %(role)s.")
                % {"email": email, "role": known.role.label}
            )
        if person is not None and person.is_superuser:
            raise TeamError(cannot_be_invited(email))
        try:
            invited = invite_to_group(site=site, group=group_of(tenant, role), email=email, by=by)
        except InvitationError as error:
            raise TeamError(cannot_be_invited(email)) from error
        if invited is not None:
            note(site, invited, "team.invite", by=by, role=role)


def mail_again(*, site: Site, user_id: int, by: User) -> Colleague:
    """Mail an invitation again, with a fresh link; raises TeamError."""
    with changing_team(site):
        person = colleague(site, user_id)
        waiting = person.invitation
        if waiting is None:
            raise TeamError(_("%(email)s has signed in here already.") % {"email": person.user})
        if waiting.mailed_at > timezone.now() - PAUSE_BETWEEN_MAILS:
            raise TeamError(_("The mail went out a moment ago. Wait a minute before the next."))
        waiting.mailed_at = timezone.now()
        waiting.save(update_fields=["mailed_at"])
        note(site, person.user, "team.mail_again", by=by, role=person.role)
        transaction.on_commit(lambda: mail_invitation(site=site, user=person.user))
    return person


def change_role(*, site: Site, user_id: int, role: str, by: User) -> Colleague:
    """Make an editor an admin, or the other way; raises TeamError for the last admin."""
    with changing_team(site) as tenant:
        person = colleague(site, user_id)
        if role not in Role.values:
            raise TeamError(_("Choose a role."))
        refuse_the_platforms(person)
        if role == Role.EDITORS:
            refuse_the_last_admin(site, person)
        person.user.groups.remove(tenant.admins, tenant.editors)
        person = replace(person, role=Role(role))
        person.user.groups.add(group_of(tenant, person.role))
        note(site, person.user, "team.change_role", by=by, role=person.role)
    return person


def remove(*, site: Site, user_id: int, by: User) -> Colleague:
    """Take somebody's rights here, at once, or withdraw an invitation; raises TeamError.

    The account stays, and with it the membership; but one that was made by the invitation and
    never used is deleted: its address may have been a slip of the pen.
    """
    with changing_team(site) as tenant:
        person = colleague(site, user_id)
        refuse_the_platforms(person)
        refuse_the_last_admin(site, person)
        user = person.user
        withdrawn, _rows = Invitation.objects.filter(site=site, user=user).delete()
        user.groups.remove(tenant.admins, tenant.editors)
        note(site, user, "team.withdraw" if withdrawn else "team.remove", by=by, role=person.role)
        if withdrawn and is_unused(user):
            user.delete()
    return person


@contextmanager
def changing_team(site: Site) -> Iterator[Tenant]:
    """One change at a time: two admins who remove each other must not both succeed."""
    with transaction.atomic():
        yield Tenant.objects.select_for_update(of=("self",)).get(site=site)


def refuse_the_platforms(person: Colleague) -> None:
    if not person.is_ours_to_change:
        raise TeamError(_("This account belongs to the platform; ask its operator."))


def refuse_the_last_admin(site: Site, person: Colleague) -> None:
    """Raise TeamError where nobody who ever signed in would be left to admit others."""
    if person.role != Role.ADMINS or person.invitation is not None:
        return
    waiting = Invitation.objects.filter(site=site).values("user")
    others = people_in(site.tenant.admins).exclude(pk=person.user.pk).exclude(pk__in=waiting)
    if not others.filter(is_active=True).exists():
        raise TeamError(
            _(
                "%(email)s is the last admin. Invite another one first, and wait until he or she "
                "has signed in."
            )
            % {"email": person.user.email}
        )


def people_in(group: Group) -> QuerySet[User]:
    return User.objects.filter(groups=group)


def group_of(tenant: Tenant, role: Role) -> Group:
    """Return one of the tenant's own two groups."""
    group: Group = tenant.admins if role == Role.ADMINS else tenant.editors
    return group


def cannot_be_invited(email: str) -> str:
    return _(
        "%(email)s can't be invited. If the address is right, ask the platform's operator."
    ) % {"email": email}


def is_unused(user: User) -> bool:
    """Return whether nobody ever signed in by this account, anywhere, nor belongs to anything."""
    return (
        user.last_login is None
        and not user.is_superuser
        and not user.groups.exists()
        and not user.memberships.exists()
        and not user.invitations.exists()
    )


def note(site: Site, user: User, action: str, *, by: User, role: Role) -> None:
    """Write a change of the team into the tenant's log."""
    TenantLogEntry.objects.log_action(
        user, action, site=site, user=by, title=user.email, data={"role": str(role)}
    )


class InvitationError(Exception):
    """A person can't be invited; the message says why."""


@transaction.atomic
def invite_to_group(*, site: Site, group: Group, email: str, by: User | None = None) -> User | None:
    """Put the person of this address into a tenant's group and mail the way in.

    Whoever isn't a member here yet becomes one by the first sign-in (rule T2); until then the
    `Invitation` waits. Returns who was invited; None, and mails nothing, where they are in the
    group already. Raises `InvitationError` for a bad address, for one that is proven as somebody
    else's, and for a locked account.
    """
    try:
        email = canonical_address(email)
        validate_email(email)
    except DomainNameError as error:
        raise InvitationError(str(error)) from error
    except ValidationError as error:
        raise InvitationError(f"{email!r} is no e-mail address.") from error
    user = User.objects.with_address(email).first()
    if user is not None and not user.is_active:
        raise InvitationError(f"The account of {email} is locked; unlock it first.")
    if user is not None and user.groups.filter(pk=group.pk).exists():
        return None
    if user is None:
        user = User.objects.create_user(email)
    trust_only_the_mailbox(user)
    if not Membership.objects.filter(site=site, user=user).exists():
        Invitation.objects.get_or_create(site=site, user=user, defaults={"invited_by": by})
    user.groups.add(group)
    transaction.on_commit(lambda: mail_invitation(site=site, user=user))
    return user


def trust_only_the_mailbox(user: User) -> None:
    """Make the address verified, and void any password chosen before it was; raises InvitationError.

    Anybody can sign up with anybody's address and choose a password; without this the first to
    do so would become a tenant's admin by the invitation.
    """
    if has_verified_email(user, user.email):
        return
    user.set_unusable_password()
    user.save(update_fields=["password"])
    if not user.mark_email_verified():
        raise InvitationError(f"{user.email} is proven as another account's.")


def mail_invitation(*, site: Site, user: User) -> None:
    """Mail the link that sets a first password, or that leads to the admin where one is set."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    context = {
        "admin_url": absolute_url(site, reverse("wagtailadmin_home")),
        "forgot_url": absolute_url(site, reverse("account_reset_password")),
        "password_url": "" if user.has_usable_password() else password_url(site, key),
    }
    send_tenant_mail(site, to=user.email, template="mail/invitation", context=context)
