"""An object of Stripe's that can't be used keeps nobody else's access out of step (rules W1, W8)."""

import pytest

from billing.models import Subscription
from billing.reconcile.run import reconcile
from billing.stripe_api.values import UnusableObjectError
from billing.sync.refresh import ask_stripe_again
from billing.tenant_billing import load_tenant

pytestmark = pytest.mark.database

# Stripe takes it; our columns don't, and access isn't guessed.
TOO_MANY = 3_000_000_000


def subscribe_to_too_many(at_stripe, member):
    item = {"price": at_stripe.shop.monthly.id, "quantity": TOO_MANY}
    created = {"customer": member.customer, "items": [item]}
    return at_stripe.stripe.v1.subscriptions.create(created).id


def is_pro(member):
    member.refresh_from_db()
    return member.is_pro


@pytest.mark.parametrize("is_member", [True, False])
def test_W8_what_cannot_be_used_keeps_no_other_from_its_turn(at_stripe, is_member):
    """Whichever of the two comes first in Stripe's list; a stranger's, too."""
    members = [at_stripe.member(), at_stripe.member()]
    at_stripe.subscribe(members[0])
    odd = subscribe_to_too_many(at_stripe, at_stripe.member(link=is_member))
    at_stripe.subscribe(members[1])
    report = reconcile(at_stripe.shop.site, fix=True)
    assert report.findings["not_compared"] == [odd]
    assert report.error == ""
    assert [is_pro(member) for member in members] == [True, True]


def test_R7_who_paid_and_asks_is_found_whatever_else_they_have(at_stripe):
    """Whichever comes first."""
    member = at_stripe.member()
    wanted = [at_stripe.subscribe(member)]
    subscribe_to_too_many(at_stripe, member)
    wanted.append(at_stripe.subscribe(member))
    with pytest.raises(UnusableObjectError):
        ask_stripe_again(load_tenant(at_stripe.shop.site), member.user)
    assert sorted(Subscription.objects.values_list("stripe_id", flat=True)) == sorted(wanted)
    assert is_pro(member)
