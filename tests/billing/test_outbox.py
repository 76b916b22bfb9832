"""What a member is mailed about his money: once, in the tenant's name and language, and never lost."""

import re
from datetime import UTC, datetime

import pytest
from django.core import mail
from django.utils import translation
from django.utils.formats import date_format

from billing.emails.outbox import send_notices
from billing.models import Notice
from krate_site.tenancy.models import Publication
from tests.billing.stripe_objects import (
    CREATED,
    DAY,
    DELETED,
    MONTHLY,
    UPDATED,
    deliver,
    event,
    invoice,
    item,
    now,
    session,
    subscription,
)

PAID = invoice("paid", id="in_0")
PAY_PAGE = "https://invoice.stripe.com/i/acct_1/live_abc"


@pytest.fixture
def subscribed(tell, member):
    tell(event(CREATED, subscription(), created=now() - 100), event("invoice.paid", PAID))
    return member


def subjects(mails):
    return [message.subject for message in mails]


def test_R1_welcome_to_pro_once_a_subscription(tell, member):
    first = event(CREATED, subscription("incomplete"), created=now() - 9)
    second = event(UPDATED, subscription(), created=now() - 8)
    assert tell(first) == []
    assert subjects(tell(second)) == ["Welcome to The Courier Pro"]
    assert tell(second, event(UPDATED, subscription(), created=now())) == []
    assert mail.outbox[-1].to == [member.user.email]


@pytest.mark.parametrize(
    ("days", "words"),
    [(35, "is cancelled and will not renew"), (400, "Until then it renews by itself")],
)
def test_B6_an_end_is_seen_from_the_period_paid_for_pro(tell, member, days, words):
    """Beside Pro, which is paid until next year, something else is charged by the month."""
    start = now() - 10 * DAY
    items = [
        item(MONTHLY, start=start, end=start + 365 * DAY),
        item("price_mug", "prod_mug", start=start, end=start + 30 * DAY, id="si_2"),
    ]
    tell(event(CREATED, subscription(items=items), created=now() - 9))
    ends = subscription(items=items, cancel_at=start + days * DAY)
    [message] = tell(event(UPDATED, ends, created=now() - 8))
    assert words in message.body


def test_the_welcome_says_what_was_bought_and_when_it_is_charged_next(tell, member):
    message = tell(event(CREATED, subscription()))[0]
    for words in (message.body, message.alternatives[0].content):
        assert "Pro, monthly · €9.00 a month" in words
        assert "Your subscription renews by itself on" in words


def test_the_welcome_to_a_trial_names_the_day_of_the_first_charge(tell, member):
    ends = now() + 14 * DAY
    message = tell(event(CREATED, subscription("trialing", trial_end=ends, end=ends)))[0]
    day = date_format(datetime.fromtimestamp(ends, UTC))
    for words in (message.body, message.alternatives[0].content):
        assert f"Your free trial runs until {day}; the first charge is on that day." in words
        assert "renews by itself" not in words


def test_B10_R9_a_failed_payment_is_mailed_once_an_event_with_the_link_that_pays(tell, subscribed):
    failed = event("invoice.payment_failed", invoice(hosted_invoice_url=PAY_PAGE))
    message = tell(failed)[0]
    assert message.subject == "Your payment to The Courier failed"
    html = message.alternatives[0].content
    assert PAY_PAGE in message.body
    assert f'href="{PAY_PAGE}"' in html
    assert "A payment of €9.00 for your Pro subscription" in message.body
    assert "You can go on reading until" in message.body
    assert tell(failed) == []
    again = event("invoice.payment_failed", invoice(hosted_invoice_url=PAY_PAGE))
    assert len(tell(again)) == 1
    assert not Notice.objects.filter(params__has_key="url").exists()


def test_B10_without_stripes_link_the_mail_leads_to_ours(tell, subscribed):
    message = tell(event("invoice.payment_failed", invoice()))[0]
    assert re.search(r"http://courier\.localhost/account/billing/invoices/\d+/", message.body)


def test_B10_a_declined_first_payment_is_not_mailed_about(tell, member):
    declined = event("invoice.payment_failed", invoice(reason="subscription_create"))
    assert tell(event(CREATED, subscription("incomplete"), created=now() - 9), declined) == []


def test_B10_what_is_paid_meanwhile_is_not_mailed_about(tell, subscribed):
    mails = tell(
        event("invoice.paid", invoice("paid")),
        event("invoice.payment_failed", invoice(), created=now() - 5),
    )
    assert mails == []


def test_R14_a_confirmation_is_asked_for_once(tell, subscribed):
    waiting = invoice(hosted_invoice_url=PAY_PAGE)
    mails = tell(
        event("invoice.payment_action_required", waiting),
        event("invoice.payment_failed", waiting),
    )
    assert subjects(mails) == ["Please confirm your payment to The Courier"]
    assert PAY_PAGE in mails[0].body
    assert "confirm a payment of €9.00" in mails[0].body


def test_R25_a_cancellation_is_confirmed_with_the_last_day(tell, subscribed):
    start = now() - 10 * DAY
    cancelled = subscription(start=start, cancel_at=start + 30 * DAY, canceled_at=now())
    mails = tell(event(UPDATED, cancelled))
    assert subjects(mails) == ["Your Pro subscription at The Courier is cancelled"]
    last_day = datetime.fromtimestamp(start + 30 * DAY, UTC)
    assert f"until {date_format(last_day)}" in mails[0].body
    assert tell(event(UPDATED, {**cancelled, "metadata": {}}, created=now() + 5)) == []
    resumed = tell(event(UPDATED, subscription(start=start), created=now() + 6))
    again = tell(event(UPDATED, {**cancelled, "canceled_at": now() + 7}, created=now() + 7))
    assert (len(resumed), len(again)) == (0, 1)


@pytest.mark.parametrize("status", ["past_due", "unpaid", "paused"])
def test_R25_a_cancellation_is_confirmed_also_while_nothing_is_paid(tell, subscribed, status):
    """Once, and without a promise that nothing more is charged where a payment is owed."""
    if status == "past_due":
        tell(event("invoice.payment_failed", invoice(), created=now() - 9))
    tell(event(UPDATED, subscription(status), created=now() - 8))
    cancelled = subscription(status, cancel_at_period_end=True, canceled_at=now())
    mails = tell(event(UPDATED, cancelled, created=now() - 7))
    assert subjects(mails) == ["Your Pro subscription at The Courier is cancelled"]
    for words in (mails[0].body, mails[0].alternatives[0].content):
        assert ("Nothing more is charged" in words) == (status == "paused")
        assert ("may be charged once more" in words) == (status != "paused")
        assert ("You can go on reading" in words) == (status == "past_due")
    assert tell(event(UPDATED, {**cancelled, "metadata": {}}, created=now())) == []


def test_R25_what_is_cancelled_beside_another_that_goes_on_is_not_called_the_end(tell, subscribed):
    tell(event(CREATED, subscription("past_due", id="sub_2"), created=now() - 8))
    cancelled = subscription("past_due", id="sub_2", cancel_at_period_end=True)
    assert tell(event(UPDATED, cancelled, created=now() - 7)) == []


def test_a_trial_that_is_about_to_end_is_mailed_about(tell, member):
    trial = subscription("trialing", trial_end=now() + 3 * DAY, end=now() + 3 * DAY)
    tell(event(CREATED, trial, created=now() - 9))
    mails = tell(event("customer.subscription.trial_will_end", trial))
    assert subjects(mails) == ["Your trial at The Courier is about to end"]
    assert "Pro, monthly · €9.00 a month" in mails[0].body
    cancelled = {**trial, "cancel_at_period_end": True}
    tell(event(UPDATED, cancelled, created=now() + 1))
    assert tell(event("customer.subscription.trial_will_end", cancelled, created=now() + 2)) == []


def test_R8_the_end_is_mailed_about(tell, subscribed):
    mails = tell(event(DELETED, subscription("canceled")))
    assert subjects(mails) == ["Your Pro subscription at The Courier has ended"]
    assert "http://courier.localhost/pro/" in mails[0].body


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("payment_failed", "It ended because its payment failed for good."),
        ("payment_disputed", "It ended because a payment for it was disputed at the bank."),
        ("cancellation_requested", ""),
    ],
)
def test_R8_the_mail_of_the_end_says_why(tell, subscribed, why, words):
    ended = subscription("canceled", cancellation_details={"reason": why})
    message = tell(event(DELETED, ended))[0]
    for text in (message.body, message.alternatives[0].content):
        assert words in text
        assert ("It ended because" in text) == bool(words)


def test_an_end_is_no_news_while_another_subscription_goes_on(tell, subscribed):
    tell(event(CREATED, subscription(id="sub_2")))
    assert tell(event(DELETED, subscription("canceled"))) == []


def test_an_end_that_never_began_is_no_news(tell, member):
    expired = subscription("incomplete_expired")
    mails = tell(
        event(CREATED, subscription("incomplete"), created=now() - 9), event(UPDATED, expired)
    )
    assert mails == []


def test_B5_what_is_not_pro_ends_and_is_tried_without_a_word_of_pro(tell, subscribed):
    """A mug a month, from the same account at Stripe; Pro itself is over, or about to be."""
    start = now() - 10 * DAY
    mug = {
        "id": "sub_mug",
        "items": [item("price_mug", "prod_mug", start=start, end=start + 30 * DAY)],
    }
    trial = subscription("trialing", trial_end=now() + 3 * DAY, **mug)
    mails = tell(
        event(CREATED, trial, created=now() - 9),
        event("customer.subscription.trial_will_end", trial, created=now() - 8),
        event(UPDATED, subscription(cancel_at=start + 30 * DAY), created=now() - 7),
        event(UPDATED, subscription(cancel_at=start + 30 * DAY, **mug), created=now() - 6),
        event(DELETED, subscription("canceled"), created=now() - 5),
        event(DELETED, subscription("canceled", **mug), created=now() - 4),
    )
    assert subjects(mails) == [
        "Your Pro subscription at The Courier is cancelled",
        "Your Pro subscription at The Courier has ended",
    ]


def test_B8_a_bounced_bank_debit_is_mailed_about(tell, site, member):
    site.checkout_sessions.create(
        user=member.user, customer=site.stripe_customers.get(), stripe_id="cs_1", price_id="p"
    )
    bounced = session(payment_status="unpaid")
    assert len(tell(event("checkout.session.async_payment_failed", bounced))) == 1


def test_mails_speak_the_tenants_language_and_name(tell, site, member):
    site.site_name = "Der Kurier"
    site.save()
    Publication.objects.update_or_create(
        site=site, defaults={"language": "de", "contact_email": "post@kurier.example"}
    )
    message = tell(event(CREATED, subscription()))[0]
    assert message.from_email.startswith("Der Kurier <")
    assert message.reply_to == ["post@kurier.example"]
    assert 'lang="de"' in message.alternatives[0].content
    assert "9,00\xa0€ im Monat" in message.body


def test_money_in_a_mail_follows_the_tenants_language_also_from_the_daily_task(
    client, site, member
):
    Publication.objects.update_or_create(site=site, defaults={"language": "de"})
    deliver(client, site, event(CREATED, subscription()))
    with translation.override("en"):
        assert send_notices() == 1
    assert "Pro, monatlich · 9,00\xa0€ im Monat" in mail.outbox[-1].body


def test_T1_every_link_in_a_mail_is_at_the_tenants_own_host(tell, subscribed):
    tell(
        event("invoice.payment_failed", invoice()),
        event(UPDATED, subscription(cancel_at_period_end=True), created=now() + 1),
        event(DELETED, subscription("canceled"), created=now() + 2),
    )
    assert len(mail.outbox) == 4
    for message in mail.outbox:
        links = re.findall(r"https?://[^\s\"'<>]+", message.body + message.alternatives[0].content)
        assert links
        assert all(link.startswith("http://courier.localhost/") for link in links)
