"""What becomes of the addresses with international domains that an installation has: nobody's
account goes to whoever owns the other domain of that name, and nothing is lost."""

from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import connection
from django.utils import timezone

from membership.models import Membership, User
from tests.membership.test_international_addresses import PASSWORD, code_in, is_signed_in

pytestmark = pytest.mark.django_db

WRITTEN = "jo@straße.example"
ANSWERED = "jo@strasse.example"  # where Django's mail sent what was for WRITTEN
NAMED = "jo@xn--strae-oqa.example"


def person(email, *, verified=True, signed_in=True):
    """Make a person as the code before did: with the address as it was typed in."""
    user = User.objects.create_user(f"person{User.objects.count()}@example.com", PASSWORD)
    User.objects.filter(pk=user.pk).update(
        email=email, last_login=timezone.now() if signed_in else None
    )
    EmailAddress.objects.create(user=user, email=email, verified=verified, primary=True)
    user.refresh_from_db()
    return user


def migrate():
    migration = import_module("membership.migrations.0006_ascii_domains")
    migration.convert_addresses(apps, connection.schema_editor())


def kept_of(user):
    """Return the person's address, and whether it counts as proven."""
    user.refresh_from_db()
    address = EmailAddress.objects.get(user=user)
    assert address.email == user.email
    assert address.primary
    return user.email, address.verified


@pytest.mark.parametrize(
    ("before", "verified", "signed_in", "after"),
    [
        # The same by both rules: the same mailbox, and proven where it was.
        ("jo@bücher.example", True, True, ("jo@xn--bcher-kva.example", True)),
        ("jo@bücher.example", True, False, ("jo@xn--bcher-kva.example", True)),
        ("jo@bücher.example", False, False, ("jo@xn--bcher-kva.example", False)),
        # The mailbox that answered keeps its account.
        (WRITTEN, True, True, (ANSWERED, True)),
        # Nobody answered: a sign-up that was never finished, an invitation that nobody followed.
        (WRITTEN, False, False, (NAMED, False)),
        (WRITTEN, True, False, (NAMED, False)),
        # Mail reached it, though no browser writes such a name any more.
        ("jo@☃.example", True, True, ("jo@xn--n3h.example", True)),
        ("jo@example.com", True, True, ("jo@example.com", True)),
    ],
)
def test_an_address_becomes_that_of_whoever_answered(before, verified, signed_in, after):
    user = person(before, verified=verified, signed_in=signed_in)
    migrate()
    assert kept_of(user) == after
    migrate()
    assert kept_of(user) == after, "a second time changes nothing"


def test_the_owner_of_the_other_domain_gets_no_code_for_the_account(
    site, client_at, mailoutbox, capsys
):
    user = person(WRITTEN)
    Membership.objects.create(site=site, user=user)
    migrate()
    assert f"{WRITTEN} is {ANSWERED} from now on: that mailbox answered" in capsys.readouterr().out
    client = client_at(site)
    client.post("/accounts/login/code/", {"email": WRITTEN})
    assert mailoutbox[0].to == [NAMED]
    assert "no account" in mailoutbox[0].body
    client.cookies.clear()
    client.post("/accounts/login/", {"login": ANSWERED, "password": PASSWORD})
    assert is_signed_in(client)


def test_an_account_whose_address_is_taken_stays_and_is_named(capsys):
    person("jo@xn--bcher-kva.example")
    left = person("jo@bücher.example")
    migrate()
    assert kept_of(left) == ("jo@bücher.example", True)
    said = " ".join(capsys.readouterr().out.split())
    assert "jo@bücher.example stays as it is: jo@xn--bcher-kva.example has an account" in said


@pytest.mark.database
@pytest.mark.parametrize("written", ["jo@bücher.example", WRITTEN])
def test_nobody_is_kept_out_by_a_sign_up_that_was_never_proven(
    written, site, client_at, mailoutbox, capsys
):
    """Anybody can begin to sign up with anybody's address."""
    member = person(written)
    Membership.objects.create(site=site, user=member)
    address = ANSWERED if written == WRITTEN else "jo@xn--bcher-kva.example"
    squatter = person(address, verified=False, signed_in=False)
    migrate()
    assert kept_of(member) == (address, True)
    assert kept_of(squatter) == (written, False)
    assert f"{address} was also that of a sign-up" in " ".join(capsys.readouterr().out.split())
    migrate()
    assert kept_of(member) == (address, True)
    client = client_at(site)
    client.post("/accounts/login/code/", {"email": address})
    client.post("/accounts/login/code/confirm/", {"code": code_in(mailoutbox[0])})
    assert client.get("/account/").context["user"] == member


@pytest.mark.database
@pytest.mark.parametrize(("verified", "signed_in"), [(True, False), (False, True), (True, True)])
def test_who_may_have_used_an_account_keeps_its_address(verified, signed_in):
    left = person("jo@bücher.example")
    known = person("jo@xn--bcher-kva.example", verified=verified, signed_in=signed_in)
    migrate()
    assert kept_of(known) == ("jo@xn--bcher-kva.example", verified)
    assert kept_of(left) == ("jo@bücher.example", True)


def test_of_two_spellings_whoever_signed_in_gets_the_address(capsys):
    squatter = person("jo@bu\u0308cher.example", verified=False, signed_in=False)
    member = person("jo@bücher.example")
    migrate()
    assert kept_of(member) == ("jo@xn--bcher-kva.example", True)
    assert kept_of(squatter) == ("jo@bu\u0308cher.example", False)


def test_both_spellings_of_one_person_become_one_address():
    user = person("jo@bücher.example")
    EmailAddress.objects.create(user=user, email="jo@xn--bcher-kva.example")
    migrate()
    assert kept_of(user) == ("jo@xn--bcher-kva.example", True)


def test_what_no_domain_can_be_is_left_and_named(capsys):
    user = person("jo@" + "ü" * 70 + ".example")
    migrate()
    assert kept_of(user)[1]
    assert "no domain can have this name" in capsys.readouterr().out
