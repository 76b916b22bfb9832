"""Members' access follows the tenant's settings, whichever of two changes is done with last."""

import pytest
from django.db import connection

from billing.models import BillingSettings
from billing.models.secrets import SecretUnreadableError, new_key
from billing.sync.settle import recompute_memberships
from membership.models import Membership


def test_B6_a_change_of_settings_is_not_undone_by_an_older_one_that_ends_later(at_stripe):
    members = [at_stripe.member() for _ in range(2)]
    for member in members:
        at_stripe.subscribe(member)
    at_stripe.tells()
    site = at_stripe.shop.site
    before = {one.pk: one.pro_until for one in Membership.objects.all()}
    newer = iter([lambda: lengthen(site)])

    def between_two_members(execute, sql, *args):
        result = execute(sql, *args)
        if sql.startswith("UPDATE") and "membership" in sql:
            next(newer, lambda: None)()
        return result

    BillingSettings.objects.filter(site=site).update(renewal_allowance_days=5)
    with connection.execute_wrapper(between_two_members):
        recompute_memberships(site)
    assert next(newer, None) is None
    longer = {one.pk: (one.pro_until - before[one.pk]).days for one in Membership.objects.all()}
    assert set(longer.values()) == {7}


def test_R28_keys_that_cannot_be_read_make_nobody_pro_by_what_was_bought_with_test_keys(
    at_stripe, settings
):
    member = at_stripe.member()
    at_stripe.subscribe(member)
    at_stripe.tells()
    live = BillingSettings.objects.get()
    live.publishable_key, live.secret_key = "", at_stripe.shop.account.live_secret_key
    live.save()
    recompute_memberships(at_stripe.shop.site)
    assert not Membership.objects.get(pk=member.pk).is_pro
    settings.KRATE_ENCRYPTION_KEYS = [new_key()]
    with pytest.raises(SecretUnreadableError):
        recompute_memberships(at_stripe.shop.site)
    assert not Membership.objects.get(pk=member.pk).is_pro


def lengthen(site):
    BillingSettings.objects.filter(site=site).update(renewal_allowance_days=10)
    recompute_memberships(site)
