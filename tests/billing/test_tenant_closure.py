"""Nobody is charged for what was deleted (rule B11)."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models.deletion import ProtectedError
from django.urls import reverse
from django.utils import timezone

from billing.models import Subscription, TenantFeatures
from membership.models import TenantLogEntry
from tests.billing.at_checkout import choose
from tests.factories import UserFactory


def status_at_stripe(at_stripe, stripe_id):
    return at_stripe.stripe.v1.subscriptions.retrieve(stripe_id).status


def noted_switches():
    entries = TenantLogEntry.objects.filter(action__startswith="billing.switch", user=None)
    return list(entries.order_by("pk").values_list("action", flat=True))


def test_B11_closing_a_tenant_cancels_what_its_members_pay_for(at_stripe, capsys):
    told, untold = at_stripe.member(), at_stripe.member()
    first = at_stripe.subscribe(told)
    at_stripe.tells()
    second = at_stripe.subscribe(untold)
    stranger = at_stripe.member(link=False)
    third = at_stripe.subscribe(stranger)
    call_command("close_tenant", "courier.localhost", "--yes")
    assert "2 subscriptions cancelled" in capsys.readouterr().out
    statuses = [status_at_stripe(at_stripe, one) for one in (first, second, third)]
    assert statuses == ["canceled", "canceled", "active"]
    told.refresh_from_db()
    assert not told.is_pro
    assert not TenantFeatures.objects.get().billing_enabled
    assert noted_switches() == ["billing.switch_off"]
    at_stripe.shop.site.delete()


def test_B11_where_stripe_is_away_the_tenant_stays_open(at_stripe, sandbox):
    member = at_stripe.member()
    at_stripe.subscribe(member)
    at_stripe.tells()
    sandbox.mischief(answer=500)
    with pytest.raises(CommandError, match="Not closed"):
        call_command("close_tenant", "courier.localhost", "--yes")
    assert TenantFeatures.objects.get().billing_enabled
    assert noted_switches() == ["billing.switch_off", "billing.switch_on"]
    member.refresh_from_db()
    assert member.is_pro


def test_B11_a_tenant_that_never_had_keys_is_closed_too(site, capsys):
    call_command("close_tenant", "courier.localhost", "--yes")
    assert "0 subscriptions cancelled; billing is off" in capsys.readouterr().out
    assert not TenantFeatures.objects.get().billing_enabled


def test_B11_what_is_charged_in_live_mode_is_not_left_behind_by_test_keys(at_stripe):
    member = at_stripe.member()
    at_stripe.subscribe(member)
    at_stripe.tells()
    Subscription.objects.update(stripe_id="sub_live", livemode=True)
    with pytest.raises(CommandError, match="Not closed"):
        call_command("close_tenant", "courier.localhost", "--yes")
    assert TenantFeatures.objects.get().billing_enabled


def test_B11_what_is_left_of_test_mode_keeps_no_live_tenant_from_being_deleted(at_stripe):
    member = at_stripe.member()
    at_stripe.subscribe(member)
    at_stripe.tells()
    account, settings = at_stripe.shop.account, at_stripe.shop.settings
    settings.publishable_key = account.live_publishable_key
    settings.secret_key = account.live_secret_key
    settings.save()
    call_command("close_tenant", "courier.localhost", "--yes")
    at_stripe.shop.site.delete()


def test_B11_without_yes_it_only_counts(at_stripe):
    member = at_stripe.member()
    stripe_id = at_stripe.subscribe(member)
    at_stripe.tells()
    with pytest.raises(CommandError, match="1 subscriptions would be cancelled"):
        call_command("close_tenant", "courier.localhost")
    assert status_at_stripe(at_stripe, stripe_id) == "active"


def test_B11_whoever_is_charged_cannot_be_deleted_from_elsewhere(at_stripe):
    """From the admin's list of users or sites, say."""
    member = at_stripe.member()
    stripe_id = at_stripe.subscribe(member)
    at_stripe.tells()
    with pytest.raises(ProtectedError), transaction.atomic():
        member.user.delete()
    with pytest.raises(ProtectedError), transaction.atomic():
        at_stripe.shop.site.delete()
    at_stripe.stripe.v1.subscriptions.cancel(stripe_id)
    at_stripe.tells()
    member.user.delete()


def test_B11_whoever_could_still_pay_cannot_be_deleted_from_elsewhere(reader, person, site, shop):
    choose(reader)
    with pytest.raises(ProtectedError), transaction.atomic():
        person.delete()
    with pytest.raises(ProtectedError), transaction.atomic():
        site.delete()
    site.checkout_sessions.update(expires_at=timezone.now() - timedelta(minutes=1))
    person.delete()


def test_B11_the_admin_says_why_one_cannot_be_deleted(reader, person, client_at, site, shop):
    choose(reader)
    admin = client_at(site)
    admin.force_login(UserFactory(is_superuser=True))
    page = admin.post(reverse("wagtailusers_users:delete", args=[person.pk]), follow=True)
    assert get_user_model().objects.filter(pk=person.pk).exists()
    assert "checkout is still open" in page.content.decode()
