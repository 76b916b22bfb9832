"""Who asks: one reader of each audience, made in memory."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from wagtail.models import Site

from membership.models import Membership, User
from membership.states import Standing

ANONYMOUS = "anonymous"
FREE = "free member"
ENDED = "ended member"
PRO_ELSEWHERE = "Pro of another tenant"
EDITOR_ELSEWHERE = "editor of another tenant"
PRO_HERE = "Pro member"
TEAM_HERE = "editor of this tenant"

MEMBERS = frozenset({FREE, ENDED})
NOBODY: frozenset[str] = frozenset()
EVERYBODY = frozenset(
    {ANONYMOUS, FREE, ENDED, PRO_ELSEWHERE, EDITOR_ELSEWHERE, PRO_HERE, TEAM_HERE}
)


@dataclass(frozen=True, kw_only=True)
class AskingReader:
    """Somebody who asks: a person and their membership at the tenant, nothing of them stored."""

    audience: str
    user: User | None = None
    membership: Membership | None = None
    home: Site | None = None


def readers_at(site: Site) -> list[AskingReader]:
    """Return one reader of each audience that is kept from something at this tenant."""
    return [
        AskingReader(audience=ANONYMOUS),
        member(site, FREE, key=-1),
        member(
            site,
            ENDED,
            key=-2,
            standing=Standing.ENDED,
            reason_code="subscription_canceled",
            pro_until=timezone.now() - timedelta(days=40),
        ),
        AskingReader(audience=PRO_ELSEWHERE, user=person(PRO_ELSEWHERE, -3)),
        editor_elsewhere(site),
    ]


def pro_member(site: Site) -> AskingReader:
    """Return a reader from whom nothing is hidden: what they can't see, the check can't find."""
    until = timezone.now() + timedelta(days=30)
    return member(
        site,
        PRO_HERE,
        key=-5,
        standing=Standing.PRO,
        reason_code="subscription_active",
        pro_until=until,
    )


def member(site: Site, audience: str, *, key: int, **fields: object) -> AskingReader:
    """Return a member of this tenant who is in no table."""
    user = person(audience, key)
    return AskingReader(
        audience=audience, user=user, membership=Membership(site=site, user=user, **fields)
    )


def person(audience: str, key: int) -> User:
    """Return a person whom no row knows: no key of a row is negative."""
    return User(pk=key, email=f"{audience.replace(' ', '-')}@leak-check.invalid")


def editor_elsewhere(site: Site) -> AskingReader:
    """Return an editor of another tenant, with his real groups where there is one.

    Nothing of him is written. Where no other tenant has an editor, it is somebody without groups.
    """
    user = (
        User.objects.filter(groups__editors_of__isnull=False, is_active=True, is_superuser=False)
        .exclude(groups__editors_of__site=site)
        .exclude(groups__admins_of__site=site)
        .exclude(memberships__site=site)
        .first()
    )
    if user is None:
        return AskingReader(audience=EDITOR_ELSEWHERE, user=person(EDITOR_ELSEWHERE, -4))
    home = Site.objects.filter(tenant__editors__user=user).first()
    return AskingReader(audience=EDITOR_ELSEWHERE, user=user, home=home)


def editor_here(site: Site) -> AskingReader:
    """Return one of the tenant's own team, whose rights are real where it has an editor.

    Where it has none, it is somebody in memory who counts as one.
    """
    user: User | None = User.objects.filter(
        groups__editors_of__site=site, is_active=True, is_superuser=False
    ).first()
    if user is None:
        user = person(TEAM_HERE, -6)
        # As `membership.accounts.sessions` notes it.
        user.works_here = True
    return AskingReader(audience=TEAM_HERE, user=user)
