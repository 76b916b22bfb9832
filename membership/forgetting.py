"""What the tenant's log keeps of a member who left: that something was done, not to whom."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils.translation import gettext as _

from membership.changes import TenantLogEntry
from membership.models import Membership


@receiver(post_delete, sender=Membership)
def forget_the_member(instance: Membership, **kwargs: Any) -> None:
    """Take the address, and the words that were written about the person, out of the log."""
    TenantLogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Membership), object_id=str(instance.pk)
    ).update(label=_("a former member"), data={})
