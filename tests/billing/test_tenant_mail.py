"""What the tenant is mailed about its members' payments: whom it is about, and where to look (rules B7, B10)."""

import pytest
from django.core import mail

from billing.emails.outbox import send_notices
from krate_site.tenancy.models import Publication
from tests.billing.stripe_objects import CREATED, event, now, subscription
from tests.factories import team_member


@pytest.fixture
def subscribed(tell, member):
    tell(event(CREATED, subscription(), created=now() - 100))
    return member


@pytest.mark.parametrize("type", ["charge.dispute.created", "charge.refunded"])
def test_B10_the_tenant_is_told_of_disputes_and_refunds(tell, site, subscribed, type):
    Publication.objects.update_or_create(
        site=site, defaults={"contact_email": "desk@courier.example"}
    )
    thing = {"object": "charge", "id": "ch_1", "amount": 900, "currency": "eur"}
    mails = tell(event(type, thing))
    assert [message.to for message in mails] == [["desk@courier.example"]]
    assert "€9.00" in mails[0].body


def test_B10_the_mail_about_a_refund_names_the_member_and_leads_to_his_page(
    tell, site, subscribed, admin
):
    thing = {
        "object": "charge",
        "id": "ch_1",
        "customer": "cus_1",
        "amount": 900,
        "currency": "eur",
    }
    message = tell(event("charge.refunded", thing))[0]
    for words in (message.body, message.alternatives[0].content):
        assert f"The member is {subscribed.user.email}." in words
        assert f"http://courier.localhost/admin/members/{subscribed.pk}/" in words


@pytest.mark.parametrize("answers", [True, False], ids=["answers", "is away"])
def test_B10_whose_payment_is_disputed_is_asked_of_stripe(at_stripe, shop, sandbox, answers):
    """A dispute names the charge alone; without Stripe's answer the mail is sent all the same."""
    team_member(shop.site)
    membership = at_stripe.member()
    at_stripe.subscribe(membership)
    at_stripe.tells()
    send_notices()
    (paid,) = sandbox.events(shop.account, "invoice.paid")
    sandbox.press("dispute", id=paid["data"]["object"]["id"])
    at_stripe.tells()
    if not answers:
        sandbox.mischief(answer="hang_up")
    before = len(mail.outbox)
    assert send_notices() == 1
    body = mail.outbox[before].body
    assert "disputes a payment" in body
    assert (f"The member is {membership.user.email}." in body) == answers
    assert (f"/admin/members/{membership.pk}/" in body) == answers
    assert ("/admin/billing/events/" in body) != answers


def test_B7_the_mail_about_a_second_subscription_names_the_member(tell, subscribed, admin):
    message = tell(event(CREATED, subscription(id="sub_2")))[0]
    assert f"The member is {subscribed.user.email}." in message.body
    assert "/admin/billing/events/" in message.body
