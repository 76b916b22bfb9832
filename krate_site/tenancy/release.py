"""Which release of the site this is: what one release rendered, another doesn't show."""

from functools import cache
from hashlib import blake2b
from pathlib import Path

from django.conf import settings
from django.utils.crypto import salted_hmac

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
