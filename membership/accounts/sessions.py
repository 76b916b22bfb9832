"""Sessions belong to one host; the person comes with membership and rights there in one query.

A session made at one tenant's host is no login at another's, even if someone carries the cookie
over (rule T2); and a gated page costs a signed-in reader no more than two queries (rule S2).
"""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Exists, FilteredRelation, Model, OuterRef, Q
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject
from wagtail.models import Site

from krate_site.caching import keep_from_caches
from krate_site.compiled import Given, Statement, compiled
from krate_site.middleware import Middleware
from krate_site.tenancy.ownership import groups_of
from krate_site.tenancy.permissions import works_for
from krate_site.tenancy.sites import current_site
from membership.models import Membership, User

SITE_SESSION_KEY = "signed_in_at_site"


class TenantAuthenticationMiddleware(Middleware):
    """Django's AuthenticationMiddleware, for sessions that belong to a host."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Lazy: a page that doesn't ask who reads never opens the session.
        request.user = SimpleLazyObject(lambda: self.person(request))  # type: ignore[assignment]
        response = self.get_response(request)
        # Whatever may know who reads is kept by no cache, unless its view said what may.
        if request.session.accessed and "Cache-Control" not in response.headers:
            keep_from_caches(response)
        return response

    def person(self, request: HttpRequest) -> User | AnonymousUser:
        """Return who is signed in; the leak check, whose readers have no sessions, overrides it."""
        return user_of_session(request.session, current_site(request)) or AnonymousUser()


def user_of_session(session: SessionBase, site: Site) -> Any:
    """Return the `User` whose login this session is at this site, or None.

    The checks are those of `django.contrib.auth.get_user`, and the site's.
    """
    if SESSION_KEY not in session or session.get(SITE_SESSION_KEY) != site.pk:
        return None
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = user_with_membership(session[SESSION_KEY], site)
    if user is None or not user.is_active:
        return None
    if not password_is_still_the_same(session, user):
        session.flush()
        return None
    return user


def user_with_membership(user_id: str, site: Site) -> Any:
    """Return the `User` with what they are at this site, in one query.

    That is `membership_here`, or None, and `works_here`, for the tenant's team.
    """
    found = statement().rows(user=User._meta.pk.to_python(user_id), site=site.pk)
    row = next(found, None)
    if row is None:
        return None
    names = columns(User)
    user: Any = User.from_db("default", names, [row[name] for name in names])
    user.works_here = user.is_superuser or row["is_in_group"]
    user.membership_here = None
    if row["here__id"] is not None:
        names = columns(Membership)
        values = [row[f"here__{name}"] for name in names]
        user.membership_here = Membership.from_db("default", names, values)
        # Both are at hand already: asking for them must not cost queries.
        user.membership_here.site = site
        user.membership_here.user = user
    return user


@lru_cache(maxsize=1)
def statement() -> Statement:
    """Return what reads a person with membership and group at a site: each signed-in page needs it."""
    site = Given("site", Site._meta.pk)
    here = FilteredRelation("memberships", condition=Q(memberships__site=site))
    groups = groups_of(site).filter(user=OuterRef("pk"))
    return compiled(
        User.objects.annotate(here=here, is_in_group=Exists(groups))
        .filter(pk=Given("user", User._meta.pk))
        .values(*columns(User), *(f"here__{name}" for name in columns(Membership)), "is_in_group")
    )


def columns(model: type[Model]) -> list[str]:
    return [column.attname for column in model._meta.concrete_fields]


def password_is_still_the_same(session: SessionBase, user: User) -> bool:
    """Return whether the session was made with the user's present password.

    A session signed with a retired SECRET_KEY is signed anew.
    """
    signed = session.get(HASH_SESSION_KEY, "")
    if constant_time_compare(signed, user.get_session_auth_hash()):
        return True
    if any(constant_time_compare(signed, old) for old in user.get_session_auth_fallback_hash()):
        session.cycle_key()
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        return True
    return False


def membership_of(request: HttpRequest) -> Membership | None:
    """Return the signed-in person's membership at this tenant, or None."""
    if not request.user.is_authenticated:
        return None
    user = request.user
    if not hasattr(user, "membership_here"):
        user.membership_here = membership_at(current_site(request), user)
    return user.membership_here


def membership_at(site: Site, user: User) -> Membership | None:
    """Return this person's membership at a tenant, or None."""
    return Membership.objects.filter(site=site, user=user).select_related("site", "user").first()


def is_on_team(request: HttpRequest) -> bool:
    """Return whether the signed-in person works in this tenant's admin, at its host (rule G4)."""
    if not request.user.is_authenticated:
        return False
    works_here: bool | None = getattr(request.user, "works_here", None)
    # Not known of whoever signed in during this very request.
    return works_for(request.user, current_site(request)) if works_here is None else works_here
