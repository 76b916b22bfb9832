"""A copy of the database writes nothing to Stripe by live keys, and no mail, until it is confirmed."""

from io import StringIO

import pytest
import stripe
from django.core import mail
from django.core.mail import send_mail
from django.core.management import CommandError, call_command
from django.db import connection
from wagtail.models import ModelLogEntry

from billing.emails.outbox import send_notices
from billing.models import Notice
from krate_site.tenancy import clone_guard
from krate_site.tenancy.models import LiveBinding
from membership.models import User
from tests.billing.panel import save, stored, text_of
from tests.clients import TenantClient
from tests.factories import SiteFactory
from tests.selling import PLANS, make_price, remember_price

pytestmark = [pytest.mark.django_db, pytest.mark.database]
SAYS_SO = "No payment is started and no mail is sent from here."


@pytest.fixture
def live(shop, sandbox, entries, at_panel):
    """The Courier, whose admin has entered live keys; what the form was filled with."""
    account = shop.account
    client = stripe.StripeClient(account.live_secret_key, base_addresses={"api": sandbox.url})
    product = client.v1.products.create({"name": "The Courier Pro"})
    monthly, annual = (make_price(client, product, *plan) for plan in PLANS)
    entries |= {
        "publishable_key": account.live_publishable_key,
        "secret_key": account.live_secret_key,
        "monthly_price_id": monthly.id,
        "annual_price_id": annual.id,
    }
    assert save(at_panel, entries).status_code == 200
    shop.stripe = client
    for price in (monthly, annual):
        if not shop.site.pro_prices.filter(stripe_id=price.id).exists():
            remember_price(shop.site, price)
    return shop


@pytest.fixture
def copied(live, settings):
    """The same database, somewhere else."""
    settings.KRATE_INSTALLATION = "staging"
    return live


@pytest.fixture
def platform(client_at, site):
    """A platform administrator's browser at The Courier."""
    client = TenantClient()
    client.speak_to(site)
    client.force_login(User.objects.create_superuser("root@platform.example.com", "pass"))
    return client


def buys(reader):
    """Return whether the button leads to Stripe."""
    answer = reader.post("/account/billing/checkout/", {"plan": "annual"})
    return answer.status_code == 303 and "/c/pay/" in answer["Location"]


def changes_asked_of(sandbox):
    return [call for call in sandbox.requests() if call["method"] != "GET"]


def is_written_to(site, person):
    """Return whether somebody who forgot the password gets a mail."""
    client = TenantClient()
    client.speak_to(site)
    mail.outbox.clear()
    client.post("/accounts/password/reset/", {"email": person.email})
    return bool(mail.outbox)


def test_live_keys_are_bound_to_host_and_installation_when_they_are_saved(live, reader, person):
    binding = LiveBinding.objects.get()
    assert (binding.site, binding.hostname) == (live.site, "courier.localhost")
    assert buys(reader)
    assert is_written_to(live.site, person)


def test_a_copy_elsewhere_changes_nothing_at_stripe_and_writes_to_nobody(
    copied, sandbox, reader, person
):
    before = len(changes_asked_of(sandbox))
    answer = reader.post("/account/billing/checkout/", {"plan": "annual"}, follow=True)
    assert "This looks like a copy of the site" in text_of(answer)
    assert len(changes_asked_of(sandbox)) == before
    assert not is_written_to(copied.site, person)
    assert not is_written_to(SiteFactory(), person), "nor does any other tenant of the copy"


def test_a_copy_still_reads_at_stripe_and_says_so_in_the_panel(copied, sandbox, at_panel):
    answer = at_panel.post("/admin/settings/billing/check/", follow=True)
    assert "Stripe accepts the key" in text_of(answer)
    assert SAYS_SO in text_of(answer)
    assert "A platform administrator can confirm" in text_of(answer)
    assert SAYS_SO in text_of(at_panel.get("/admin/"))
    before = len(changes_asked_of(sandbox))
    answer = at_panel.post("/admin/settings/billing/webhook/", follow=True)
    assert "so nothing is changed at Stripe" in text_of(answer)
    assert len(changes_asked_of(sandbox)) == before


def test_another_host_name_is_a_copy_of_this_tenant_alone(live, person, make_reader):
    live.site.hostname = "staging.localhost"
    live.site.save()
    assert not buys(make_reader(person, at=live.site))
    assert not is_written_to(live.site, person)
    assert is_written_to(SiteFactory(), person)


def test_the_tenants_admin_cant_lift_it_by_saving_the_keys_anew(
    copied, entries, at_panel, reader, person
):
    save(at_panel, entries)
    assert not buys(reader)
    assert not is_written_to(copied.site, person)


def test_the_platforms_administrator_confirms_and_all_goes_out_again(
    copied, platform, reader, person
):
    page = text_of(platform.get("/admin/installation/"))
    assert "at another installation" in page
    assert SAYS_SO in text_of(platform.get("/admin/"))
    assert platform.post("/admin/installation/").status_code == 400
    assert not buys(reader)
    answer = platform.post("/admin/installation/", {"confirmed": "on"}, follow=True)
    assert "Nothing is held back" in text_of(answer)
    assert SAYS_SO not in text_of(platform.get("/admin/"))
    assert buys(reader)
    assert is_written_to(copied.site, person)
    assert ModelLogEntry.objects.filter(action="tenancy.confirm_installation").count() == 1


def test_nobody_else_confirms(copied, at_panel, reader, client_at):
    assert at_panel.post("/admin/installation/", {"confirmed": "on"}).status_code == 404
    assert reader.post("/admin/installation/", {"confirmed": "on"}).status_code in {302, 404}
    assert not clone_guard.is_at_home(copied.site)


def test_operators_confirm_by_a_command(copied, person):
    with pytest.raises(CommandError, match=r"courier\.localhost: bound to .* another installation"):
        call_command("confirm_installation")
    out = StringIO()
    call_command("confirm_installation", "--yes", stdout=out)
    call_command("confirm_installation", stdout=out)
    assert "Nothing is held back." in out.getvalue()
    assert is_written_to(copied.site, person)


def test_test_keys_are_not_bothered(shop, settings, reader, person):
    assert buys(reader)
    settings.KRATE_INSTALLATION = "a laptop"
    assert buys(reader)
    assert is_written_to(shop.site, person)
    assert not LiveBinding.objects.exists()


def test_a_copy_with_test_keys_entered_sells_for_play_money_and_still_writes_to_nobody(
    copied, settings, entries, at_panel, reader, person
):
    """The way to try things out in a copy: its readers are real people."""
    shop = copied
    save(
        at_panel,
        entries
        | {
            "publishable_key": shop.publishable_key,
            "secret_key": shop.secret_key,
            "monthly_price_id": shop.monthly.id,
            "annual_price_id": shop.annual.id,
        },
    )
    assert stored(shop.site).mode == "test"
    assert buys(reader)
    assert not is_written_to(shop.site, person)


def test_notices_wait_until_it_is_confirmed(copied, person):
    notice = Notice.objects.create(site=copied.site, user=person, kind=Notice.Kind.WELCOME)
    mail.outbox.clear()
    for _day in range(9):
        assert send_notices() == 0
    clone_guard.confirm(by=None)
    assert send_notices() == 1
    assert [message.to for message in mail.outbox] == [[person.email]]
    assert Notice.objects.get(pk=notice.pk).sent_at


def test_wagtails_own_mails_are_held_back_too(copied, settings):
    settings.MAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.EMAIL_BACKEND = "krate_site.tenancy.email_backend.GuardedBackend"
    mail.outbox.clear()
    assert send_mail("A comment", "…", None, ["ed@example.com"], fail_silently=True) == 0
    with pytest.raises(Exception, match="held back"):
        send_mail("A comment", "…", None, ["ed@example.com"])
    clone_guard.confirm(by=None)
    assert send_mail("A comment", "…", None, ["ed@example.com"]) == 1


def test_what_a_copy_is_told_by(settings, tmp_path, monkeypatch):
    here = clone_guard.this_installation()
    assert clone_guard.this_installation() == here, "the same each time, and on each box"
    with monkeypatch.context() as other_server:
        other_server.setattr(clone_guard, "database_identity", lambda: "another")
        assert clone_guard.this_installation() != here
    settings.SECRET_KEY = "another"
    assert clone_guard.this_installation() != here
    assert str(connection.settings_dict["NAME"]) in clone_guard.database_identity()
    original, copy = tmp_path / "a.sqlite3", tmp_path / "b.sqlite3"
    for path in (original, copy):
        path.touch()
    assert clone_guard.identity_of_file(original) != clone_guard.identity_of_file(copy)
    monkeypatch.setattr(clone_guard, "MACHINE_ID", tmp_path / "none, as in a container")
    assert str(original.stat().st_ino) in clone_guard.identity_of_file(original)


def test_a_team_is_told_only_where_something_is_held_back(live, at_panel):
    assert SAYS_SO not in text_of(at_panel.get("/admin/"))
