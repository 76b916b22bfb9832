"""A person has one account, and one `Membership` for each tenant where they signed in."""

from datetime import datetime
from typing import Any, ClassVar

from django.apps import apps
from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Site

from krate_site.domain_names import ModelAddressField, address_to_find, canonical_address
from membership.audit_log import TenantLogEntry
from membership.reasons import REASONS
from membership.states import PAID_TIMES, CurrentStanding, Standing

__all__ = ["Invitation", "Membership", "TenantLogEntry", "User"]


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address, which is kept in one form however it is written."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=canonical_address(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
        # Whoever has the server's command line needs no mailed code to sign in.
        user.mark_email_verified()
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.with_address(username or "").get()

    def with_address(self, text: str) -> models.QuerySet["User"]:
        """Return who has this address, however it is written: one person, or nobody."""
        return self.filter(email__iexact=address_to_find(text))


class User(AbstractUser):
    """A person. The e-mail address is the login; there is no user name."""

    username = None  # type: ignore[assignment]
    email = ModelAddressField(_("e-mail address"), unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    # What they are at the host that a request asks, as `accounts.sessions` reads it.
    works_here: bool
    membership_here: "Membership | None"

    class Meta(AbstractUser.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="membership_user_email_any_case")
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.lower()
        super().save(*args, **kwargs)

    def __str__(self) -> str:
        return self.email

    def mark_email_verified(self) -> bool:
        """Note the address as proven; return False where it is proven as somebody else's."""
        addresses = apps.get_model("account", "EmailAddress").objects
        if addresses.filter(email=self.email, verified=True).exclude(user=self).exists():
            return False
        others = addresses.filter(user=self, primary=True).exclude(email=self.email)
        addresses.update_or_create(
            user=self,
            email=self.email,
            defaults={"verified": True, "primary": not others.exists()},
        )
        return True


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Asks the table what the methods `…_at` of `Membership` ask of a row."""

    def pro(self, now: datetime | None = None) -> "MembershipQuerySet":
        return self.filter(pro_at(now or timezone.now()))

    def not_pro(self, now: datetime) -> "MembershipQuerySet":
        return self.exclude(pro_at(now))

    def complimentary(self, now: datetime) -> "MembershipQuerySet":
        return self.filter(complimentary_until__gt=now)

    def with_standing(self, standing: str, now: datetime) -> "MembershipQuerySet":
        """Return those who stand so at this moment: `Membership.standing_at` as a query."""
        paid = Q(pro_until__gt=now)
        if standing in PAID_TIMES:
            return self.filter(paid, standing=standing)
        if standing == Standing.ENDED:
            not_paid = Q(pro_until__isnull=True) | Q(pro_until__lte=now)
            return self.filter(Q(standing=standing) | Q(not_paid, standing__in=PAID_TIMES))
        return self.filter(standing=standing)


def pro_at(now: datetime) -> Q:
    return Q(pro_until__gt=now) | Q(complimentary_until__gt=now)


class Membership(models.Model):
    """What one person is at one tenant, and why (rule G5)."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    pro_until = models.DateTimeField(_("Pro until"), null=True, blank=True, editable=False)
    complimentary_until = models.DateTimeField(_("complimentary until"), null=True, blank=True)
    # In the tenant admin's words, and the member reads them: it is a part of the reason (G5).
    complimentary_note = models.CharField(_("why"), max_length=200, blank=True)
    # A key of `membership.states.STATES`, where its words are.
    standing = models.CharField(
        _("standing"), max_length=20, default=Standing.FREE.value, editable=False
    )
    reason_code = models.CharField(max_length=40, default="never_subscribed", editable=False)
    reason_params = models.JSONField(default=dict, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["site", "user"], name="one_membership_per_site_and_user"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["site", "standing"]),
            models.Index(fields=["site", "pro_until"]),
            models.Index(
                fields=["site", "complimentary_until"],
                condition=Q(complimentary_until__isnull=False),
                name="complimentary_members",
            ),
            models.Index(fields=["site", "-joined_at"]),
        ]
        verbose_name = _("member")
        verbose_name_plural = _("members")

    def __str__(self) -> str:
        return str(self.user)

    @property
    def is_pro(self) -> bool:
        """Pro by the clock, now: paid or complimentary."""
        return self.is_pro_at(timezone.now())

    def is_pro_at(self, now: datetime) -> bool:
        """Return whether a paid or complimentary time reaches beyond this moment."""
        is_paid = self.pro_until is not None and self.pro_until > now
        return is_paid or self.is_complimentary_at(now)

    def is_complimentary_at(self, now: datetime) -> bool:
        return self.complimentary_until is not None and self.complimentary_until > now

    def standing_at(self, now: datetime) -> CurrentStanding:
        """Return where this member stands at this moment, and why.

        Billing writes nothing when a paid period or a grace runs out, so this reads by the clock.
        """
        until = self.complimentary_until
        paid = self.pro_until is not None and self.pro_until > now
        standing, code = self.standing, self.reason_code
        if not paid and standing in PAID_TIMES:
            standing = Standing.ENDED
        if not paid and until is not None and self.is_complimentary_at(now):
            return CurrentStanding(
                is_pro=True,
                standing=standing,
                reason_code="complimentary",
                reason_params={"until": until.isoformat(), "note": self.complimentary_note},
            )
        if code == "never_subscribed" and until is not None:
            code = "complimentary"
        params = dict(self.reason_params)
        if not paid and code in REASONS and (over := REASONS[code].when_over):
            code = over
            # The reason names the paid period's end; the row's own time has the allowance in it.
            ended = params.get("until") or self.ended_at()
            params["since" if code == "subscription_canceled" else "until"] = ended
        return CurrentStanding(
            is_pro=paid, standing=standing, reason_code=code, reason_params=params
        )

    def ended_at(self) -> str:
        """Return when the last time given ended, as a reason's param."""
        ends = [end for end in (self.pro_until, self.complimentary_until) if end]
        return max(ends).isoformat() if ends else ""


class Invitation(models.Model):
    """Somebody was asked into a tenant's team, and hasn't signed in there since.

    The rights are given at once, in the tenant's group; this is what tells an invitation that
    waits from a colleague who works here. It goes with the first sign-in, or is withdrawn.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="invitations")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["site", "user"], name="one_invitation_per_site_and_user"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.site}"
