"""Running it: as a process, with a state that is kept, and its own controls and pages."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.sandbox.conftest import DAY, client_for
from tests.stripe_sandbox.server import Sandbox

ROOT = Path(__file__).resolve().parents[2]
MAIL = """\
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
From: gazette@example.com
To: ada@example.com

Your code is 123456.=20
Go to http://localhost:8000/confirm/abc/.
"""


def test_it_listens_on_this_machine_only():
    with pytest.raises(ValueError, match="this machine only"):
        Sandbox(host="0.0.0.0")


def test_it_answers_to_local_names_only(sandbox):
    answer = requests.get(sandbox.url, headers={"Host": "evil.example"}, timeout=5)
    assert answer.status_code == 421


def test_heads_are_answered_without_a_body(sandbox):
    with requests.Session() as session:
        assert [session.head(sandbox.url, timeout=5).text for _ in range(2)] == ["", ""]
        assert "Stripe sandbox" in session.get(sandbox.url, timeout=5).text


def test_state_survives_a_restart(tmp_path):
    first = Sandbox(port=0, state_file=tmp_path / "state.json").start()
    api = client_for(first, first.create_account("gazette").secret_key)
    customer = api.customers.create({"payment_method": "pm_card_visa"})
    product = api.products.create({"name": "Pro"})
    price = api.prices.create(
        {
            "product": product.id,
            "unit_amount": 500,
            "currency": "usd",
            "recurring": {"interval": "month"},
        }
    )
    card = api.payment_methods.list({"customer": customer.id}).data[0].id
    wanted = {"customer": customer.id, "items": [{"price": price.id}]}
    subscription = api.subscriptions.create(wanted | {"default_payment_method": card})
    first.advance(3 * DAY)
    first.stop()
    second = Sandbox(port=0, state_file=tmp_path / "state.json").start()
    assert abs(second.now() - first.now()) <= 2
    api = client_for(second, second.create_account("gazette").secret_key)
    assert api.subscriptions.retrieve(subscription.id).status == "active"
    second.advance(31 * DAY)
    assert len(api.invoices.list({"subscription": subscription.id, "status": "paid"}).data) == 2
    second.stop()


def test_clock_moves_forward_only(sandbox):
    before = sandbox.now()
    sandbox.advance(100)
    assert sandbox.now() - before in (100, 101)
    with pytest.raises(ValueError, match="forward"):
        sandbox.advance_to(before - 5)


def test_time_passes_by_itself(sandbox, api, customer, monthly):
    subscription = api.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": monthly.id}],
            "trial_end": sandbox.now() + 3,
            "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}},
        }
    )
    until = time.monotonic() + 15
    while time.monotonic() < until and not sandbox.events("gazette", GONE):
        time.sleep(0.1)
    assert sandbox.events("gazette", GONE)[0]["data"]["object"]["id"] == subscription.id


GONE = "customer.subscription.deleted"


def test_reset_forgets_everything(sandbox, api, customer):
    sandbox.mischief(copies=3)
    sandbox.advance(DAY)
    sandbox.reset()
    assert sandbox.accounts == {}
    assert abs(sandbox.now() - time.time()) < 2
    again = client_for(sandbox, sandbox.create_account("gazette").secret_key)
    assert again.customers.list().data == []


def ask(sandbox, call, **wanted):
    return requests.post(f"{sandbox.url}/_sandbox/{call}", json=wanted, timeout=10).json()


def test_controls_over_http(sandbox):
    account = ask(sandbox, "create_account", name="gazette", display_name="The Gazette")
    assert ask(sandbox, "create_account", name="gazette") == account
    api = client_for(sandbox, account["secret_key"])
    api.customers.create({})
    before = ask(sandbox, "now")
    assert ask(sandbox, "advance", seconds=DAY) >= before + DAY
    assert ask(sandbox, "mischief", copies=2)["copies"] == 2
    assert ask(sandbox, "flush", timeout=1) is True
    told = ask(sandbox, "events", account="gazette")
    assert [event["type"] for event in told] == ["customer.created"]
    assert ask(sandbox, "requests")[0]["path"] == "/v1/customers"
    assert "unknown mischief" in ask(sandbox, "mischief", noise=1)["error"]
    assert "There is" in ask(sandbox, "stop")["error"]
    assert requests.get(f"{sandbox.url}/_sandbox/reset", timeout=5).status_code == 404


def test_mail_is_shown_decoded_with_links(sandbox, tmp_path):
    sandbox.mail_dir = tmp_path
    line = "-" * 79 + "\n"
    (tmp_path / "one.log").write_text(MAIL + line + MAIL.replace("123456", "654321") + line)
    found = ask(sandbox, "mail")
    assert [message["subject"] for message in found] == ["Grüße"] * 2
    assert "654321" in found[0]["text"]
    shown = requests.get(f"{sandbox.url}/mail", timeout=5).text
    assert '<a href="http://localhost:8000/confirm/abc/"' in shown


def test_buttons_of_the_sandboxs_own_page(sandbox, api, subscribe, site):
    subscription = subscribe()

    assert ask(sandbox, "press", button="clock", by="1") is None

    def press(what, **form):
        answer = requests.post(f"{sandbox.url}/do/{what}", data=form, timeout=5)
        assert answer.status_code == 200

    press("clock", by="next")
    press("reissue-card", id=subscription.default_payment_method)
    press("refund", id=subscription.latest_invoice)
    press("dispute", id=subscription.latest_invoice)
    press("roll-secret", id=site.endpoint)
    press("roll-secret", id=site.endpoint, retire="1")
    press("mischief", copies="2", shuffle="on", only="invoice.paid", answer="500", times="1")
    assert sandbox.misbehaviour.settings.only == ("invoice.paid",)
    press("calm")
    press("cancel", id=subscription.id)
    press("account", name="courier")
    assert "courier" in sandbox.accounts
    types = {event["type"] for event in sandbox.events("gazette")}
    assert {"payment_method.automatically_updated", "charge.refunded", GONE} <= types
    assert requests.post(f"{sandbox.url}/do/nonsense", timeout=5).status_code == 404


def test_as_a_process_that_stops_cleanly(tmp_path):
    state = tmp_path / "state.json"
    command = [sys.executable, "-m", "tests.stripe_sandbox", "--port", "0", "--days-behind", "30"]
    process = subprocess.Popen(
        [*command, "--state", str(state), "--account", "gazette=The Gazette"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": ""},
    )  # fmt: skip
    url = process.stdout.readline().split()[-1]
    key = process.stdout.readline().split()[-1]
    assert requests.post(f"{url}/_sandbox/now", timeout=5).json() < time.time() - 29 * DAY
    made = requests.post(f"{url}/v1/customers", auth=(key, ""), timeout=5)
    assert made.json()["object"] == "customer"
    asked = {"account": "gazette"}
    event = requests.post(f"{url}/_sandbox/events", json=asked, timeout=5).json()[-1]["id"]
    for page in ("", "mail", "accounts/gazette/test", f"events/{event}"):
        assert "This is not Stripe" in requests.get(f"{url}/{page}", timeout=5).text
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    kept = json.loads(state.read_text())
    assert made.json()["id"] in kept["accounts"][0]["test"]["tables"]["customer"]


def test_help_explains_itself():
    command = [sys.executable, "-m", "tests.stripe_sandbox", "--help"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for word in ("stand-in for Stripe", "--state", "--account", "--mail-dir", "4242", "sandbox.md"):
        assert word in told


def test_a_state_of_another_version_is_refused_in_words(tmp_path):
    state = tmp_path / "sandbox.json"
    state.write_text('{"format": 1}')
    command = [sys.executable, "-m", "tests.stripe_sandbox", "--port", "0", "--state", str(state)]
    ended = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"{state} was written by another version of the sandbox.")
