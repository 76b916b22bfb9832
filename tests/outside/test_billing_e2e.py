"""The independent suite billing-e2e plays its scenarios; its checks are made on our product."""

import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
import yaml
from billing_e2e.cli import BUILTIN

from tests.outside.sdk_calls import ROOT
from tests.selling import make_price

pytestmark = pytest.mark.long

# After which step of a scenario, counted from one, our product is to say what.
STANDINGS = {
    "renewal": {3: "Pro (Pro)", 6: "Pro (Pro)"},
    "failed-renewal": {3: "Pro (Pro)", 7: "Pro (Past due)", 10: "not Pro (Ended)"},
    "plan-change": {3: "Pro (Pro)", 7: "Pro (Pro)", 13: "Pro (Pro)"},
    "cancel-at-period-end": {3: "Pro (Pro)", 6: "Pro (Pro, to be cancelled)", 9: "not Pro (Ended)"},
    "signup-card-problems": {4: "not Pro (Confirmation needed)", 7: "not Pro (Free)"},
}


@pytest.mark.postgresql  # SQLite in memory has one connection for all of the server's threads
@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(400)
def test_every_scenario_passes_with_our_product_checked(live_shop, sandbox, settings, tmp_path):
    """Rows R2, R3, R4, R25: renewal, failed renewal, plan change, cancellation, sign-up trouble."""
    settings.ROOT_URLCONF = "tests.outside.e2e_desk"
    (tmp_path / "config.yml").write_text(yaml.safe_dump(config_for(live_shop)))
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    for name, standings in STANDINGS.items():
        scenario = yaml.safe_load((BUILTIN / f"{name}.yml").read_text())
        scenario["steps"] = with_checks(scenario["steps"], standings)
        (scenarios / f"{name}.yml").write_text(yaml.safe_dump(scenario, sort_keys=False))

    result = subprocess.run(
        [sys.executable, "-m", "tests.outside.e2e_launcher",
         "--config", tmp_path / "config.yml", "run", scenarios],
        cwd=ROOT,
        env={**os.environ, "STRIPE_TEST_KEY": live_shop.secret_key, "STRIPE_API_BASE": sandbox.url},
        capture_output=True, text=True, timeout=380, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    assert sandbox.flush()
    assert {delivery["state"] for delivery in sandbox.deliveries()} == {"succeeded"}


def test_every_scenario_that_it_comes_with_is_played():
    assert {path.name for path in BUILTIN.iterdir()} == {f"{name}.yml" for name in STANDINGS}


def with_checks(steps, standings):
    """The scenario's own steps, and after some of them a look at where our member stands.

    Its customers subscribe through Stripe's API, so what the checkout page would have known, whose
    customer this is, is told to our product at the beginning.
    """
    join = {"post": "/judge/join/{run}/{customer}/", "expect": {"joined": True}}
    checked = [{"check": join}]
    for number, step in enumerate(steps, 1):
        checked.append(step)
        if number in standings:
            expected = {"standing": standings[number]}
            checked.append({"check": {"get": "/judge/standing/{run}/", "expect": expected}})
    return checked


def config_for(shop):
    dearer = make_price(shop.stripe, shop.product, 1900, "month")
    # Python resolves no *.localhost: the address is the server's, and the host is named.
    host = urlsplit(shop.site.root_url).netloc
    return {
        "stripe": {"key": "${STRIPE_TEST_KEY}"},
        "app": {
            "base_url": f"http://127.0.0.1:{shop.site.port}",
            "headers": {"Host": host},
        },
        "vars": {"monthly_price": shop.monthly.id, "upgrade_price": dearer.id},
    }
