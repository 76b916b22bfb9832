"""Which version a tenant's content is of (rule S1).

Whatever is cached of a tenant is cached under this version, so nothing has to be emptied: what a
change touches is simply never asked for again. A stamp is written in the transaction of the
change itself, so every process, also a management command, tells the others by committing.
"""

import uuid
from collections.abc import Iterable

from django.db import models, transaction
from wagtail.models import Site


class ContentStamp(models.Model):
    """One of a tenant's few stamps; all of them together are the version.

    Several, since one row would make two people who publish at once wait for each other, or for
    ever: each transaction stamps the first row that no other one holds. The tokens are random, so
    that a version, once gone, never comes again, whatever is rolled back or restored.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="content_stamps")
    token = models.UUIDField(default=uuid.uuid4, editable=False)

    class Meta:
        verbose_name = "content stamp"
        verbose_name_plural = "content stamps"

    def __str__(self) -> str:
        return str(self.token)


def stamp(site_ids: Iterable[int]) -> None:
    """Give these tenants' content a new version, as of the commit of the present transaction.

    A tenant without any stamp is just being deleted, and stays without.
    """
    for site_id in site_ids:
        with transaction.atomic():
            free = (
                ContentStamp.objects.select_for_update(skip_locked=True)
                .filter(site=site_id)
                .order_by("pk")
                .first()
            )
            if free is not None:
                ContentStamp.objects.filter(pk=free.pk).update(token=uuid.uuid4())
            elif ContentStamp.objects.filter(site=site_id).exists():
                ContentStamp.objects.create(site_id=site_id)


def version_from(tokens: Iterable[uuid.UUID | None]) -> str:
    """Return the version that a tenant's stamps make, in the order of their keys; "" for none."""
    return "".join(token.hex for token in tokens if token is not None)
