"""What an operator reads of `manage.py reconcile_billing` and a tenant's admin of the daily one (rule W8)."""

import pytest
from django.core.management import CommandError, call_command

from billing.models import Customer, Reconciliation
from billing.reconcile.daily import daily_billing

pytestmark = pytest.mark.database


def test_W8_a_tenant_that_does_not_exist_is_an_error(db):
    with pytest.raises(CommandError, match=r"nobody\.example"):
        call_command("reconcile_billing", "--tenant", "nobody.example")


def test_W8_a_person_reads_the_headline_first(at_stripe, capsys):
    member = at_stripe.member()
    at_stripe.subscribe(member)
    with pytest.raises(SystemExit):
        call_command("reconcile_billing")
    words = capsys.readouterr().out
    assert words.startswith("Paid without access: 1\n")
    assert Customer.objects.get().stripe_id == member.customer


def test_W8_what_is_not_repaired_says_how(at_stripe, capsys):
    at_stripe.subscribe(at_stripe.member())
    with pytest.raises(SystemExit):
        call_command("reconcile_billing")
    assert capsys.readouterr().out.endswith(
        "Nothing was changed. --fix repairs what can be repaired.\n"
    )
    call_command("reconcile_billing", "--fix")
    assert "--fix" not in capsys.readouterr().out


def test_W8_a_comparison_that_did_not_finish_is_no_good_news(at_stripe, sandbox, capsys):
    sandbox.mischief(answer=500)
    with pytest.raises(SystemExit):
        call_command("reconcile_billing")
    headline = capsys.readouterr().out.split("\n")[0]
    assert headline == "Paid without access: 0 so far; 1 of 1 not finished"


def test_W8_without_any_key_there_is_nothing_to_say(site, capsys):
    call_command("reconcile_billing")
    assert "nothing to compare" in capsys.readouterr().out


def test_W8_the_daily_task_repairs_and_the_admin_sees_it(at_stripe):
    member = at_stripe.member()
    at_stripe.subscribe(member)
    daily_billing.enqueue()
    member.refresh_from_db()
    assert member.is_pro
    assert Reconciliation.objects.get().repaired["paid_without_access"]
