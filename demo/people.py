"""The demo's people: a platform administrator, and at each tenant an admin, an editor and readers."""

from dataclasses import dataclass
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.utils import timezone
from wagtail.models import Site

from demo import PASSWORD
from membership.models import Membership, User

PLATFORM_ADMIN = "platform@demo.example"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody at a tenant: the part of the address before the @, and what he is to show."""

    name: str
    shows: str
    joined_days_ago: int = 80


STAFF = (
    Person(name="admin", shows="tenant admin: billing settings, and all of this tenant in /admin/"),
    Person(name="editor", shows="editor: writes and publishes, sees no money"),
)

# Whatever these have, they bought: see demo.subscribers.
READERS = (
    Person(name="free", shows="a member who never paid", joined_days_ago=12),
    Person(name="monthly", shows="Pro, by the month"),
    Person(name="annual", shows="Pro, by the year"),
    Person(name="ending", shows="Pro, cancelled: reads on to the end of the paid period"),
    Person(name="pastdue", shows="Pro, the renewal's payment failed: reads on for a while"),
    Person(name="ended", shows="was Pro once"),
)


def address(person: Person, tenant: str) -> str:
    """Return the person's e-mail address at a tenant."""
    return f"{person.name}@{tenant}.example"


def seed_people(sites: dict[str, Site]) -> None:
    """Make every account with its membership, unless it is there."""
    platform_admin = seed_user(PLATFORM_ADMIN, is_staff=True, is_superuser=True)
    for tenant, site in sites.items():
        seed_membership(site, platform_admin, joined_days_ago=90)
        for person in (*STAFF, *READERS):
            user = seed_user(address(person, tenant))
            seed_membership(site, user, joined_days_ago=person.joined_days_ago)
            if person.name == "admin":
                user.groups.add(site.tenant.admins)
            if person.name == "editor":
                user.groups.add(site.tenant.editors)


def seed_user(email: str, **fields: bool) -> User:
    """Return the account of this address, made with the demo's password and a verified address."""
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, PASSWORD, **fields)
    EmailAddress.objects.get_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    return user


def seed_membership(site: Site, user: User, *, joined_days_ago: int) -> None:
    """Make the membership, unless it is there."""
    joined_at = timezone.now() - timedelta(days=joined_days_ago)
    Membership.objects.get_or_create(site=site, user=user, defaults={"joined_at": joined_at})
