"""Mail through the queue: by a real `db_worker`, after the commit, exactly once."""

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from billing.emails import customer_email
from billing.reconcile import daily
from billing.setup import billing_toggle
from billing.setup import signals as setup_signals
from membership import emails
from membership.emails import send_tenant_mail
from tests.factories import UserFactory
from tests.operations.workers import ask_for_a_code

pytestmark = pytest.mark.database

CODE = "account/email/login_code"


def test_by_default_mail_is_sent_at_once(site):
    ask_for_a_code(site, UserFactory(verified=True).email)
    assert len(mail.outbox) == 1
    assert not DBTaskResult.objects.exists()


@pytest.mark.long
@pytest.mark.timeout(300)
def test_mails_are_sent_by_the_workers_after_the_commit_each_once(site_with_queue, work):
    addresses = [UserFactory(verified=True).email for _ in range(4)]
    for address in addresses:
        ask_for_a_code(site_with_queue, address)
    with transaction.atomic():
        send_tenant_mail(site_with_queue, to="never@example.com", template=CODE)
        transaction.set_rollback(True)
    assert mail.outbox == []
    assert sorted(work(workers=2)) == sorted(f"To: {address}" for address in addresses)
    assert len(work()) == len(addresses), "a second run found something left to send"


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_notice_of_a_webhook_is_mailed_by_the_worker_once(
    site_with_queue, open_shop, make_reader, buy, relay, work
):
    shop = open_shop(site_with_queue)
    reader = UserFactory(verified=True)
    buy(make_reader(reader, site_with_queue), shop)
    relay(shop)
    assert mail.outbox == []
    assert work(workers=2) == [f"To: {reader.email}"]


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_mail_that_the_server_refuses_is_tried_again(site_with_queue, work):
    address = UserFactory(verified=True).email
    ask_for_a_code(site_with_queue, address)
    assert work(EMAIL_URL="smtp://127.0.0.1:9") == []
    again = DBTaskResult.objects.filter(status="READY")
    assert again.get().run_after > timezone.now()
    assert work() == []
    again.update(run_after=timezone.now())
    assert work() == [f"To: {address}"]


QUEUED_BEFORE = {
    "billing.addresses.tell_stripe": customer_email.tell_stripe,
    "billing.daily.daily_billing": daily.daily_billing,
    "billing.following.follow": setup_signals.follow,
    "billing.switching.catch_up": billing_toggle.catch_up,
    "billing.switching.close_checkouts": billing_toggle.close_checkouts,
    "membership.mail.deliver": emails.deliver,
}


@pytest.mark.parametrize("path", QUEUED_BEFORE)
def test_what_was_queued_before_modules_were_renamed_is_found(path):
    queued = DBTaskResult(task_path=path, backend_name="default")
    assert queued.task.func is QUEUED_BEFORE[path].func


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_mail_that_was_queued_before_an_upgrade_is_sent(site_with_queue, work):
    address = UserFactory(verified=True).email
    ask_for_a_code(site_with_queue, address)
    mails = DBTaskResult.objects.filter(task_path="membership.emails.deliver")
    assert mails.update(task_path="membership.mail.deliver") == 1
    assert work() == [f"To: {address}"]
