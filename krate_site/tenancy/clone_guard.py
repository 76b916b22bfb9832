"""Tells the installation that a tenant sells at from a copy of its database (the clone guard).

A tenant is bound when its live Stripe keys are first used: to its host name and to this
installation. Where either is another, the database is taken for a copy: nothing is written to
Stripe and no mail is sent until a platform administrator confirms it. `docs/operations.md` says
what an operator sees of it.
"""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Max, Min, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from wagtail.log_actions import log
from wagtail.models import Site

from krate_site.tenancy.models import LiveBinding

MACHINE_ID = Path("/etc/machine-id")


def this_installation() -> str:
    """Return what this installation is told by: 64 hex digits, the same on each of its boxes.

    Made of what a copy has of its own (one of the three is enough): SECRET_KEY,
    KRATE_INSTALLATION, and which database server, and database, the rows lie in.
    """
    told_by = f"{settings.KRATE_INSTALLATION}\n{database_identity()}"
    return salted_hmac("krate.installation", told_by, algorithm="sha256").hexdigest()


@cache
def database_identity() -> str:
    """Return what no dump carries along: the cluster's own number, or the file's own place.

    Source: https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-CONTROLDATA
    """
    if connection.vendor != "postgresql":
        return identity_of_file(Path(connection.settings_dict["NAME"]).resolve())
    cluster = ""
    try:
        # A savepoint, since a refusal would spoil the caller's transaction.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT system_identifier FROM pg_control_system()")
            cluster = str(cursor.fetchone()[0])
    except DatabaseError:
        pass  # a host that forbids it: the name, SECRET_KEY and KRATE_INSTALLATION must do
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        return f"{cluster}/{cursor.fetchone()[0]}"


def identity_of_file(path: Path) -> str:
    """Return the machine's id with the file's path; in a container without id, its inode."""
    try:
        machine = MACHINE_ID.read_text().strip()
    except OSError:
        machine = ""
    return f"{machine or path.stat().st_ino}/{path}"


def bind(site: Site) -> None:
    """Note that this tenant takes real money here, unless it is noted that it does elsewhere."""
    LiveBinding.objects.get_or_create(
        site=site, defaults={"hostname": site.hostname, "installation": this_installation()}
    )


def misplaced() -> QuerySet[LiveBinding]:
    """Return the bindings that don't fit: to another installation, or to another host name.

    Each says by `is_elsewhere` whether it is the installation.
    """
    here = Q(installation=this_installation())
    bindings = LiveBinding.objects.exclude(here, hostname=F("site__hostname"))
    bindings = bindings.annotate(is_elsewhere=~here)
    return bindings.select_related("site").order_by("site__hostname")


def is_copy() -> bool:
    """Return whether this database is bound to another installation, whichever tenant tells."""
    bounds = LiveBinding.objects.aggregate(first=Min("installation"), last=Max("installation"))
    return set(bounds.values()) - {None, this_installation()} != set()


def is_at_home(site: Site) -> bool:
    """Return whether this tenant may write to Stripe by live keys, and send mail, from here."""
    return not is_copy() and not misplaced().filter(site=site).exists()


def confirm(*, by: AbstractBaseUser | None) -> list[Site]:
    """Bind what is misplaced to this installation and its present host; return these tenants."""
    confirmed = []
    with transaction.atomic():
        for binding in misplaced().select_for_update(of=("self",)):
            told = {"hostname": binding.hostname}
            binding.hostname = binding.site.hostname
            binding.installation = this_installation()
            binding.bound_at = timezone.now()
            binding.save()
            log(binding.site, "tenancy.confirm_installation", user=by, data=told)
            confirmed.append(binding.site)
    return confirmed
