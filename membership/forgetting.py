"""What a tenant's log keeps of a member or a colleague who left: that something was done, not to whom."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils.translation import gettext as _

from membership.changes import TenantLogEntry
from membership.models import Membership, User


@receiver(post_delete, sender=Membership)
def forget_the_member(instance: Membership, **kwargs: Any) -> None:
    """Take the address, and the words that were written about the person, out of the log."""
    TenantLogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Membership), object_id=str(instance.pk)
    ).update(label=_("a former member"), data={})


@receiver(post_delete, sender=User)
def forget_the_colleague(instance: User, **kwargs: Any) -> None:
    """Take the address out of what was noted of the team, at every tenant.

    That of an invitation which nobody followed stays: no account was ever used by it.
    """
    if instance.last_login is not None:
        TenantLogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(User), object_id=str(instance.pk)
        ).update(label=_("a former member"))
