"""A member's mail that couldn't be sent at once is sent later, once, if it is still true."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from billing.emails.outbox import MOST_ATTEMPTS, send_notices
from billing.models import Invoice, Notice
from tests.billing.stripe_objects import CREATED, deliver, event, invoice, now, subscription


@pytest.fixture
def subscribed(tell, member):
    paid = invoice("paid", id="in_0")
    tell(event(CREATED, subscription(), created=now() - 100), event("invoice.paid", paid))
    return member


def test_a_mail_that_the_server_refused_is_sent_by_the_daily_task(tell, member, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert tell(event(CREATED, subscription())) == []
    assert Notice.objects.get().sent_at is None
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_notices() == 1
    assert [message.subject for message in mail.outbox] == ["Welcome to The Courier Pro"]
    assert send_notices() == 0


def test_B10_what_was_paid_before_the_mail_could_be_sent_is_asked_for_no_more(
    client, site, subscribed
):
    """The mail server was away for a night; the daily task sends what is still true."""
    told = [
        event("invoice.payment_failed", invoice(), created=now() - 9),
        event("invoice.payment_failed", invoice(id="in_2"), created=now() - 9),
        event("invoice.paid", invoice("paid")),
    ]
    for one in told:
        deliver(client, site, one)
    before = len(mail.outbox)
    assert send_notices() == 1
    row = Invoice.objects.get(stripe_id="in_2")
    assert f"/account/billing/invoices/{row.pk}/" in mail.outbox[before].body
    assert send_notices() == 0


def test_a_mail_that_a_dead_process_left_is_sent_once(client, site, member):
    """The process died after the commit: nothing was sent, but the notice is there."""
    deliver(client, site, event(CREATED, subscription()))
    assert mail.outbox == []
    assert send_notices() == 1
    assert send_notices() == 0
    Notice.objects.update(sent_at=None, claimed_at=timezone.now())
    assert send_notices() == 0
    Notice.objects.update(claimed_at=timezone.now() - timedelta(hours=2))
    assert send_notices() == 1
    Notice.objects.update(sent_at=None, claimed_at=None, attempts=MOST_ATTEMPTS)
    assert send_notices() == 0
