"""Which version a tenant's content is of, and which release of the site renders it (rule S1).

Whatever is cached of a tenant is cached under this version, so nothing has to be emptied: what a
change touches is simply never asked for again. A stamp is written in the transaction of the
change itself, so every process, also a management command, tells the others by committing.
"""

import uuid
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from pathlib import Path

from django.conf import settings
from django.db import models, transaction
from django.utils.crypto import salted_hmac
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


MADE_OF = ("krate_site", "membership", "billing", "home", "templates", "static", "locale")
KINDS = frozenset({".py", ".html", ".css", ".js", ".svg", ".mo", ".po"})
# What pages show of the settings; SECRET_KEY, by which images are signed, is in every HMAC.
SHOWN_SETTINGS = (
    "DEFAULT_FROM_EMAIL",
    "KRATE_ENCRYPTION_KEYS",
    "LANGUAGES",
    "MEDIA_URL",
    "STATIC_URL",
    "STORAGES",
    "TIME_ZONE",
)


@cache
def release() -> str:
    """Return a name of this code with these settings, the same in all processes that run them."""
    digest = blake2b(digest_size=16)
    for path in source_files():
        digest.update(str(path.relative_to(settings.BASE_DIR)).encode())
        digest.update(path.read_bytes())
    shown = [repr(getattr(settings, name, None)) for name in SHOWN_SETTINGS]
    return salted_hmac("krate.release", digest.hexdigest() + "\n".join(shown)).hexdigest()[:16]


def source_files() -> list[Path]:
    """Return what the site is made of, and the pinned versions of what it stands on."""
    found = [
        path
        for folder in MADE_OF
        for path in (settings.BASE_DIR / folder).rglob("*")
        if path.suffix in KINDS and path.is_file()
    ]
    return sorted([*found, settings.BASE_DIR / "requirements.txt"])
