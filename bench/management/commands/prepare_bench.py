"""`manage.py prepare_bench`: the bench's tenant in an empty database, as JSON what to ask it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from django.core.management import call_command
from django.core.management.base import BaseCommand
from wagtail.models import Site

from bench import PRICE, PRODUCT, WEBHOOK_SECRET
from billing.models import BillingSettings, Price
from demo.publications import seed_publication
from home.models import ArticlePage
from membership.accounts.sessions import SITE_SESSION_KEY
from membership.models import Membership, User

READERS = 50
PLAIN_BACKEND = "django.contrib.auth.backends.ModelBackend"


class Command(BaseCommand):
    help = "Makes the bench's tenant in an empty database, and prints what there is to be asked."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--members", type=int, required=True)
        parser.add_argument("--articles", type=int, required=True)

    def handle(self, *args: Any, members: int, articles: int, **options: Any) -> None:
        call_command("migrate", verbosity=0, stdout=self.stderr)
        site = seed_publication("courier", port=8000)
        billing = BillingSettings.for_site(site)
        # Nobody is asked whether they are any good.
        billing.publishable_key, billing.secret_key = "pk_test_bench", "sk_test_bench"
        billing.webhook_secret = WEBHOOK_SECRET
        billing.monthly_price_id = PRICE
        billing.save()
        Price.objects.update_or_create(
            site=site,
            stripe_id=PRICE,
            defaults={
                "product_id": PRODUCT,
                "unit_amount": 900,
                "currency": "eur",
                "interval": "month",
            },
        )
        call_command("fill", members=members, events=members, articles=articles, stdout=self.stderr)
        public, pro = article(site, "public"), article(site, "pro")
        told = {
            "public": public.get_url(),
            "pro": pro.get_url(),
            "free_members": sessions(site, standing="free"),
            "pro_members": sessions(site, standing="pro"),
        }
        if apps.is_installed("bench.floor"):
            from bench.floor.models import publish_bare  # noqa: PLC0415 - only there

            told["bare"] = publish_bare(public).get_url()
            told["bare_members"] = sessions(site, standing="free", backend=PLAIN_BACKEND)
        self.stdout.write(json.dumps(told))


def article(site: Site, access: str) -> ArticlePage:
    """Return one of the demo's articles, the same in each run."""
    articles = ArticlePage.objects.descendant_of(site.root_page).filter(access=access)
    return articles.exclude(slug__contains="-fill-").order_by("slug").first()


def sessions(site: Site, *, standing: str, backend: str = "") -> list[str]:
    """Sign in some of the members with this standing, and return their sessions' keys."""
    members = Membership.objects.filter(site=site, standing=standing, user__email__contains="@fill")
    people = User.objects.filter(pk__in=members.order_by("pk").values("user")[:READERS])
    return [session_of(person, site, backend) for person in people]


def session_of(person: User, site: Site, backend: str) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = backend or settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session[SITE_SESSION_KEY] = site.pk
    session.save()
    return str(session.session_key)
