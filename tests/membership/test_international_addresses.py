"""An address with an international domain is one mailbox, and its mail goes to that domain."""

import re
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage, send_mail
from django.core.management import CommandError, call_command
from django.core.validators import validate_email

from krate_site.domain_names import canonical_address
from krate_site.tenancy.models import Publication
from membership.models import Membership, User
from membership.team import invite_to_group
from tests.factories import UserFactory, team_member
from tests.mail_server import mail_server

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-battery"

WRITTEN, KEPT = "jo@straße.example", "jo@xn--strae-oqa.example"
SPELLINGS = {
    "jo@straße.example": KEPT,
    "Jo@STRAẞE.example": KEPT,
    "jo@straße.example.": KEPT,
    "jo@xn--strae-oqa.example": KEPT,
    "jo@XN--STRAE-OQA.EXAMPLE": KEPT,
    "jo@bücher.example": "jo@xn--bcher-kva.example",
    "jo@bu\u0308cher.example": "jo@xn--bcher-kva.example",
    "jo@\uff45xample\uff0ecom": "jo@example.com",
    "jo@example。com": "jo@example.com",
    "jo@ΣΑΣ.example": "jo@xn--mxa9ab.example",
    "jo@p\u0430ypal.example": "jo@xn--pypal-4ve.example",  # a Cyrillic letter
    "jo@[127.0.0.1]": "jo@[127.0.0.1]",
}
NO_DOMAINS = ["☃.example", "i❤.example", "😀.example", "a\u200db.example", "℀.example", "ü" * 99]
REFUSED = "The part after the @ is no valid domain name. Check its spelling."


def code_in(mail):
    return re.search(r"^    (\S+)$", mail.body, re.MULTILINE)[1]


def sign_up(client, email, **fields):
    form = {"email": email, "password1": PASSWORD, **fields}
    return client.post("/accounts/signup/", form)


def join(client, mailoutbox, email):
    """Sign up and prove the address."""
    sign_up(client, email)
    client.post("/accounts/login/code/confirm/", {"code": code_in(mailoutbox[-1])})
    return User.objects.get()


def is_signed_in(client):
    return client.get("/account/").status_code == 200


@pytest.mark.parametrize(("written", "kept"), SPELLINGS.items())
def test_every_spelling_is_kept_as_one(written, kept, site, client_at, mailoutbox):
    assert canonical_address(written) == kept
    assert sign_up(client_at(site), written).status_code == 302
    assert User.objects.get().email == EmailAddress.objects.get().email == kept
    assert mailoutbox[0].to == [kept]


def test_a_mailed_code_goes_to_the_domain_that_was_written(site, client_at, settings):
    with mail_server(settings) as recipients:
        sign_up(client_at(site), WRITTEN)
    assert recipients == [f"<{KEPT}>"]


@pytest.mark.parametrize("written", ["jo@straße.example", "JO@STRAẞE.EXAMPLE", KEPT])
def test_another_spelling_signs_in_to_the_same_account(written, site, client_at, mailoutbox):
    client = client_at(site)
    join(client, mailoutbox, WRITTEN)
    client.logout()
    client.post("/accounts/login/", {"login": written, "password": PASSWORD})
    assert is_signed_in(client)
    client.logout()
    client.post("/accounts/login/code/", {"email": written})
    assert mailoutbox[-1].to == [KEPT]
    client.post("/accounts/login/code/confirm/", {"code": code_in(mailoutbox[-1])})
    assert is_signed_in(client)
    client.logout()
    # A known address, so its code signs in, too.
    sign_up(client, written)
    client.post("/accounts/login/code/confirm/", {"code": code_in(mailoutbox[-1])})
    assert is_signed_in(client)
    assert User.objects.count() == 1


def test_a_reset_reaches_the_account_by_either_spelling(site, client_at, mailoutbox):
    user = UserFactory(email=KEPT, password=PASSWORD, verified=True)
    client = client_at(site)
    client.post("/accounts/password/reset/", {"email": WRITTEN})
    assert mailoutbox[0].to == [KEPT]
    link = re.search(r"https?://[^/]+(/\S+/key/\S+)", mailoutbox[0].body)[1]
    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "a-newer-one", "password2": "a-newer-one"})
    user.refresh_from_db()
    assert user.check_password("a-newer-one")


def test_an_address_is_changed_to_the_domain_that_was_written(site, client_at, mailoutbox):
    client = client_at(site)
    user = join(client, mailoutbox, "jo@example.com")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/email/", {"email": WRITTEN, "action_add": ""})
    assert mailoutbox[-1].to == [KEPT]
    client.post("/accounts/confirm-email/", {"code": code_in(mailoutbox[-1])})
    user.refresh_from_db()
    assert user.email == KEPT


def test_deleting_the_account_is_confirmed_by_either_spelling(site, client_at, mailoutbox):
    client = client_at(site)
    join(client, mailoutbox, WRITTEN)
    client.post("/account/delete/", {"email": WRITTEN, "password": PASSWORD})
    assert not User.objects.exists()


@pytest.mark.parametrize("domain", NO_DOMAINS)
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/accounts/signup/", "email"),
        ("/accounts/login/", "login"),
        ("/accounts/login/code/", "email"),
        ("/accounts/password/reset/", "email"),
    ],
)
def test_what_is_no_domain_is_refused_in_words(path, field, domain, site, client_at, mailoutbox):
    address = f"jo@{domain}"
    page = client_at(site).post(path, {field: address, "password": "x", "password1": PASSWORD})
    assert page.status_code == 200
    assert REFUSED in page.content.decode()
    assert mailoutbox == []
    assert not User.objects.exists()


def test_an_invitation_goes_to_the_domain_that_was_written(
    site, client_at, mailoutbox, django_capture_on_commit_callbacks
):
    client = client_at(site)
    client.force_login(team_member(site))
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/admin/team/", {"email": WRITTEN, "role": "editors"})
    assert mailoutbox[0].to == [KEPT]
    assert User.objects.filter(email=KEPT, groups=site.tenant.editors).exists()
    again = client.post("/admin/team/", {"email": "jo@STRAẞE.example", "role": "editors"})
    assert "is in the team already" in again.content.decode()
    refused = client.post("/admin/team/", {"email": "jo@☃.example", "role": "editors"})
    assert REFUSED in refused.content.decode()


def test_the_first_admin_is_invited_at_the_domain_that_was_written(site):
    tenant = team_member(site).groups.get().admins_of
    invite_to_group(site=site, group=tenant.admins, email=WRITTEN)
    assert User.objects.filter(email=KEPT, groups=tenant.admins).exists()


def test_a_superuser_is_made_once_however_the_address_is_written():
    call_command("createsuperuser", "--no-input", "--email", WRITTEN)
    assert User.objects.get().email == KEPT
    with pytest.raises(CommandError, match="already taken"):
        call_command("createsuperuser", "--no-input", "--email", "jo@STRAẞE.example")
    with pytest.raises(CommandError, match="no valid domain name"):
        call_command("createsuperuser", "--no-input", "--email", "jo@☃.example")


def test_a_superuser_who_changes_an_address_writes_it_either_way(site, client_at):
    root = User.objects.create_superuser("root@platform.example.com")
    member = UserFactory(email="jo@example.com", verified=True)
    client = client_at(site)
    client.force_login(root)
    form = {"first_name": "Jo", "last_name": "Moss", "is_active": "on"}
    page = client.post(f"/admin/users/edit/{member.pk}/", {**form, "email": "jo@☃.example"})
    assert REFUSED in page.content.decode()
    client.post(f"/admin/users/edit/{member.pk}/", {**form, "email": WRITTEN})
    member.refresh_from_db()
    assert member.email == KEPT
    assert EmailAddress.objects.get(user=member).email == KEPT


def test_a_member_is_found_by_the_address_as_it_is_written(site, client_at):
    member = UserFactory(email=KEPT, first_name="Jo", verified=True)
    Membership.objects.create(site=site, user=member)
    client = client_at(site)
    client.force_login(team_member(site))
    for words in (WRITTEN, "straße.example", "jo", "xn--strae"):
        assert KEPT in client.get("/admin/members/", {"q": words}).content.decode(), words
    assert KEPT not in client.get("/admin/members/", {"q": "jo@strasse.example"}).content.decode()
    said = StringIO()
    call_command("explain_access", "--tenant", site.hostname, "--user", WRITTEN, stdout=said)
    assert "is no member" not in said.getvalue()


def test_replies_go_to_the_domain_that_was_written(site, client_at, mailoutbox):
    publication = Publication.objects.create(site=site, contact_email="desk@straße.example")
    with_old_row = client_at(site)
    sign_up(with_old_row, "ada@example.com")
    publication.contact_email = "desk@straße.example"
    publication.full_clean()
    assert publication.contact_email == "desk@xn--strae-oqa.example"


def test_codes_are_mailed_though_nobody_can_reply_to_an_address_from_before(
    site, client_at, settings
):
    """Django's own check takes a domain that isn't one by today's rules."""
    validate_email("desk@i❤.ws")
    Publication.objects.create(site=site, contact_email="desk@i❤.ws")
    with mail_server(settings) as recipients:
        sign_up(client_at(site), "ada@example.com")
    assert recipients == ["<ada@example.com>"]


def test_a_row_from_before_is_never_mailed_to_another_domain(settings):
    """Whatever is in the database, or is written elsewhere: the last door converts it."""
    with mail_server(settings) as recipients:
        send_mail(
            "Hello", "…", "Desk <desk@straße.example>", [f"Jo Möß <{WRITTEN}>", "b@example.com"]
        )
        EmailMessage("Hello", "…", cc=[WRITTEN], bcc=["jo@bücher.example"]).send()
        with pytest.raises(ValueError, match="no valid domain name"):
            send_mail("Hello", "…", None, ["jo@☃.example"])
    assert recipients == [
        f"<{KEPT}>", "<b@example.com>", f"<{KEPT}>", "<jo@xn--bcher-kva.example>"
    ]  # fmt: skip
