"""Rule T5: `create_tenant` makes a whole tenant in one step, and harms nothing when run again."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.db import connection
from wagtail.models import Collection, GroupSitePermission, Page, Site

from home.models import HomePage
from membership.models import Membership, User

pytestmark = pytest.mark.django_db(transaction=False)

GAZETTE = ["gazette.example.com", "--name", "The Gazette"]
HEADERS = {"HTTP_HOST": "gazette.example.com"}


@pytest.fixture
def create(django_capture_on_commit_callbacks, capsys):
    """Return a function that runs the command, commits included, and returns what it printed."""

    def run(*arguments):
        with django_capture_on_commit_callbacks(execute=True):
            call_command("create_tenant", *arguments)
        return capsys.readouterr().out

    return run


def every_row():
    """Return every row of the database, to compare it before and after."""
    rows = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows[table] = sorted(map(repr, cursor.fetchall()))
    return rows


def set_password(client, mail, password="correct horse battery"):
    """Follow the mailed link and choose a password, as the invited person does."""
    url = re.search(
        r"https://gazette\.example\.com(\S+/accounts/password/reset/key/\S+|\S*key/\S+)", mail.body
    )
    assert url, mail.body
    client.defaults.update(HEADERS)
    form = client.get(url[1], follow=True, secure=True)
    return client.post(
        form.request["PATH_INFO"],
        {"password1": password, "password2": password},
        secure=True,
        follow=True,
    )


def test_T5_a_tenant_has_site_front_page_collection_and_groups(create, client):
    create(*GAZETTE)
    site = Site.objects.get(hostname="gazette.example.com")
    assert site.root_url == "https://gazette.example.com"
    assert isinstance(site.root_page.specific, HomePage)
    assert site.tenant.collection.get_parent() == Collection.get_first_root_node()
    assert site.tenant.admins.name == "gazette.example.com admins"
    assert client.get("/", **HEADERS).status_code == 200


@pytest.mark.parametrize(
    ("written", "asked_for"),
    [
        ("bücher.example", "xn--bcher-kva.example"),
        ("Straße.example.", "xn--strae-oqa.example"),
        ("xn--strae-oqa.example", "xn--strae-oqa.example"),
    ],
)
def test_T1_an_international_host_is_served_by_what_browsers_ask_for(
    create, client, written, asked_for
):
    assert asked_for in create(written, "--name", "The Gazette")
    assert client.get("/", HTTP_HOST=asked_for).status_code == 200
    assert client.get("/", HTTP_HOST="strasse.example").status_code == 404
    assert "nothing to do" in create(written, "--name", "The Gazette")


def test_T5_the_language_is_the_publications(create, client):
    create(*GAZETTE, "--language", "de")
    assert client.get("/", **HEADERS).headers["Content-Language"] == "de"


def test_T5_the_first_admin_is_invited_sets_a_password_and_works(create, client, mailoutbox):
    create(*GAZETTE, "--admin", "ann@example.com")
    [mail] = mailoutbox
    assert mail.to == ["ann@example.com"]
    assert "The Gazette" in mail.subject
    set_password(client, mail)
    login = client.post(
        "/accounts/login/",
        {"login": "ann@example.com", "password": "correct horse battery"},
        secure=True,
    )
    assert login.status_code == 302
    dashboard = client.get("/admin/", secure=True)
    assert dashboard.status_code == 200
    assert Membership.objects.filter(user__email="ann@example.com").count() == 1


def test_T5_a_second_run_changes_nothing_and_mails_nobody(create, mailoutbox):
    create(*GAZETTE, "--admin", "ann@example.com")
    mailoutbox.clear()
    before = every_row()
    assert "nothing to do" in create(*GAZETTE, "--admin", "ann@example.com")
    assert every_row() == before
    assert mailoutbox == []


def test_T5_a_second_run_fills_in_what_is_missing(create):
    create(*GAZETTE)
    site = Site.objects.get(hostname="gazette.example.com")
    GroupSitePermission.objects.filter(site=site).first().delete()
    site.tenant.editors.permissions.clear()
    assert "granted its groups 2 rights" in create(*GAZETTE)
    assert site.tenant.editors.permissions.filter(codename="access_admin").exists()


def test_T5_a_site_made_in_the_admin_becomes_a_whole_tenant(create):
    root = Page.objects.get(depth=1)
    page = root.add_child(instance=HomePage(title="The Gazette", slug="gazette"))
    site = Site.objects.create(
        hostname="gazette.example.com", site_name="The Gazette", port=443, root_page=page
    )
    create(*GAZETTE)
    site.refresh_from_db()
    assert site.root_page_id == page.pk
    assert site.tenant.admins.page_permissions.filter(page=page).count() == 6


def test_the_first_comer_with_the_admins_address_does_not_become_admin(create, client, mailoutbox):
    """Anybody can sign up with anybody's address: only the mailbox counts."""
    squatter = User.objects.create_user("ann@example.com", "the squatter's own")
    EmailAddress.objects.create(user=squatter, email="ann@example.com", verified=False)
    create(*GAZETTE, "--admin", "ann@example.com")
    assert not client.login(email="ann@example.com", password="the squatter's own")
    set_password(client, mailoutbox[0])
    assert client.login(email="ann@example.com", password="correct horse battery")


def test_a_person_who_has_a_password_keeps_it(create, client, mailoutbox):
    person = User.objects.create_user("ann@example.com", "a password of her own")
    EmailAddress.objects.create(user=person, email="ann@example.com", verified=True, primary=True)
    create(*GAZETTE, "--admin", "Ann@Example.com")
    assert "/reset/key/" not in mailoutbox[0].body
    assert client.login(email="ann@example.com", password="a password of her own")
    assert person.groups.get() == Site.objects.get().tenant.admins


def test_T4_no_right_that_leads_to_other_tenants_is_given(create):
    create(*GAZETTE)
    tenant = Site.objects.get().tenant
    for group in (tenant.admins, tenant.editors):
        assert list(group.permissions.values_list("codename", flat=True)) == ["access_admin"]
        named = Permission.objects.filter(grouppagepermission__group=group).values_list(
            "codename", flat=True
        )
        assert not {"add_user", "change_user", "change_group"} & set(named)


@pytest.mark.parametrize(
    ("hostname", "advice"),
    [
        ("https://gazette.example.com", "gazette.example.com"),
        ("gazette.example.com:8000", "--port"),
        ("gazette.example.com/news", "path"),
        ("Gazette.example.com", "lower case"),
        ("zürich☃.example.com", "no valid domain name"),
        ("zürich_news.example.com", "no valid domain name"),
        ("gazette.example.com.", "no host name"),
        ("gazette-.example.com", "no host name"),
        ("gazette_news.example.com", "no host name"),
        ("gazette..example.com", "no host name"),
        ("a" * 64 + ".example.com", "no host name"),
        ("", "no host name"),
        ("gazette example", "no host name"),
        ("gazette.example.com\n", "no host name"),
    ],
)
def test_a_bad_hostname_is_refused_with_advice(create, hostname, advice):
    with pytest.raises(CommandError, match=re.escape(advice)):
        create(hostname, "--name", "The Gazette")
    assert not Site.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["--name", "The Gazete"], "The Gazette"),
        (["--name", "The Gazette", "--port", "8000"], "port 443"),
    ],
)
def test_a_living_tenant_is_not_taken_over_by_a_slip(create, arguments, advice):
    create(*GAZETTE)
    with pytest.raises(CommandError, match=advice):
        create("gazette.example.com", *arguments)


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["--port", "0"], "no port"),
        (["--port", "70000"], "no port"),
        (["--language", "tlh"], "no language"),
        (["--admin", "ann"], "no e-mail address"),
        (["--name", " "], "needs a name"),
    ],
)
def test_other_bad_arguments_are_refused_and_leave_nothing(create, arguments, advice):
    with pytest.raises(CommandError, match=advice):
        create(*GAZETTE, *arguments)
    assert not Site.objects.exists()
    assert not HomePage.objects.exists()
    assert not User.objects.exists()


def test_a_locked_account_is_not_invited(create):
    User.objects.create_user("ann@example.com", is_active=False)
    with pytest.raises(CommandError, match="locked"):
        create(*GAZETTE, "--admin", "ann@example.com")
