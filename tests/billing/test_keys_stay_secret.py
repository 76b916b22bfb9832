"""Rule B3, proven: keys are planted, everything is exercised, and they turn up nowhere.

What is looked through: each answer with its headers, each log record with its traceback, what each
command prints, mails, and every table of the database.
"""

import base64
import io
import logging
from contextlib import redirect_stderr, redirect_stdout, suppress
from urllib.parse import quote

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command, get_commands
from django.db import connection
from django.test import override_settings
from django.utils.log import AdminEmailHandler

from krate_site.logs import MaskingJsonFormatter, MaskingTextFormatter, RequestContextFilter
from tests.clients import TenantClient
from tests.factories import UserFactory, team_member
from tests.isolation.planting import plant
from tests.isolation.routes import addresses, all_routes
from tests.isolation.walking import Browser, Call, everything_in, forms_in, undone

WEBHOOK_SECRET = "whsec_planted0123456789abcdefghijkl"
PREVIOUS_SECRET = "whsec_plantedbefore0123456789abcdef"

# Every command of ours, and those of Django's that write down what is stored or configured.
COMMANDS = {
    "check_leaks": [["--help"]],
    "close_tenant": [["--help"], ["own.localhost"]],
    "confirm_installation": [[], ["--yes"]],
    "create_tenant": [["another.localhost", "--name", "Another"]],
    "daily_billing": [[]],
    "diffsettings": [[], ["--all"], ["--output", "unified"]],
    "dumpdata": [["--format", "json"], ["--format", "xml"]],
    "explain_access": [["--help"]],
    "prune_events": [[]],
    "reconcile_billing": [[], ["--fix"]],
    "rotate_keys": [[]],
}
FORMATTERS = [MaskingTextFormatter(), MaskingJsonFormatter()]
OUR_APPS = ("krate_site.tenancy", "home.leak_check", "membership", "billing", "home")


class Watch(logging.Handler):
    """Looks for the planted keys, as they are and as they may be written, wherever it is led."""

    def __init__(self, *keys):
        super().__init__(level=logging.NOTSET)
        self.keys = [written.lower() for key in keys for written in spellings(key)]
        self.found = []

    def look(self, text, where):
        text = text.lower()
        for key in self.keys:
            if key in text:
                self.found.append(f"{where} has {key[:12]}…")

    def emit(self, record):
        """Look at the lines as they come out; at ours and the SDK's even before they are masked.

        Django's templates tell at the level DEBUG what a form was given: only masking helps there.
        """
        plain = logging.Formatter().format(record)
        everything = f"{plain} {vars(record)}".lower()
        # Lines are made of what is in the record: where no key is in it, none is in them.
        if not any(key in everything for key in self.keys):
            return
        RequestContextFilter().filter(record)
        lines = [formatter.format(record) for formatter in FORMATTERS]
        if record.name.split(".")[0] in {"billing", "membership", "home", "krate_site", "stripe"}:
            lines.append(plain)
        for line in lines:
            self.look(line, f"a log record of {record.name}")

    def look_into_database(self):
        for table in connection.introspection.table_names():
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT * FROM "{table}"')
                self.look(repr(cursor.fetchall()), f"table {table}")


def spellings(key):
    return {key, quote(key, safe=""), base64.b64encode(key.encode()).decode(), key[::-1]}


@pytest.fixture
def planted(db, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    return plant("Brackenfield", "own.localhost")


@pytest.fixture
def keys(planted, open_shop, settings):
    """What must show nowhere: a tenant's own secrets, and the key that they are encrypted by."""
    planted.site.features.billing_enabled = True
    planted.site.features.save()
    shop = open_shop(planted.site, webhook_secret=WEBHOOK_SECRET)
    shop.settings.previous_webhook_secret = PREVIOUS_SECRET
    shop.settings.save()
    return shop.secret_key, WEBHOOK_SECRET, PREVIOUS_SECRET, settings.KRATE_ENCRYPTION_KEYS[0]


@pytest.fixture
def watch(keys):
    """A watch over all log records from here on, down to the SDK's own."""
    watch = Watch(*keys)
    loggers = [logging.getLogger(), *map(logging.getLogger, ("stripe", "django", "billing"))]
    levels = [logger.level for logger in loggers]
    loggers[0].addHandler(watch)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield watch
    loggers[0].removeHandler(watch)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def walk(watch, planted, routes):
    """Ask every address of these routes, by every role, with and without a form's fields."""
    root = UserFactory(is_superuser=True, verified=True)
    people = {**planted.people, "superuser": root, "visitor": None}
    browsers = {role: Browser(planted.site, person) for role, person in people.items()}
    asked = 0
    for route in routes:
        for address in addresses(route, planted):
            for role, browser in browsers.items():
                with undone():
                    answer = browser.ask(Call(role, "GET", address, route.name))
                    watch.look(everything_in(answer), f"GET {address}")
                    sent = [*forms_in(answer, address), {}] if is_let_in(role) else [{}]
                for form in sent:
                    with undone():
                        answer = browser.ask(Call(role, "POST", address, route.name, form))
                        watch.look(everything_in(answer), f"POST {address}")
                asked += 1 + len(sent)
    return asked


def is_let_in(role):
    """Whether this person's pages have forms that others' don't."""
    return role in {"admin", "superuser"}


def is_about_money(route):
    return "billing" in route.name or "billing" in route.text or route.name in {"account", "pro"}


def test_B3_no_page_about_money_shows_a_key(watch, planted):
    routes = [route for route in all_routes() if is_about_money(route)]
    assert walk(watch, planted, routes) > 100
    watch.look_into_database()
    assert watch.found == []


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_B3_no_page_at_all_shows_a_key(watch, planted):
    assert walk(watch, planted, all_routes()) > 1000
    watch.look_into_database()
    assert watch.found == []


def test_B3_what_an_admin_types_is_kept_nowhere_but_encrypted(watch, planted, keys, sandbox):
    """The audit log, the session and the form that comes back with an error among them."""
    client = TenantClient()
    client.speak_to(planted.site)
    client.force_login(team_member(planted.site))
    form = {"secret_key": keys[0], "webhook_secret": keys[1], "trial_days": "0"}
    for changes in (
        {},
        {"publishable_key": "nonsense"},
        {"publishable_key": keys[0]},
        {"monthly_price_id": keys[1]},
        {"annual_price_id": f" {keys[0]}?"},
        {"past_due_grace_days": "14", "renewal_allowance_days": "3"},
    ):
        answer = client.post("/admin/settings/billing/", {**form, **changes})
        watch.look(everything_in(answer), "the settings panel")
    watch.look_into_database()
    assert watch.found == []


def run(command, arguments):
    """Return all that a command prints, and what it fails with."""
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out), suppress(SystemExit):
        try:
            call_command(command, *arguments, stdout=out, stderr=out)
        except CommandError as error:
            out.write(str(error))
    return out.getvalue()


def test_B3_every_command_of_ours_is_tried():
    ours = {name for name, app in get_commands().items() if app in OUR_APPS}
    assert ours <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_B3_no_command_prints_a_key(watch, planted, command):
    for arguments in COMMANDS[command]:
        printed = run(command, arguments)
        assert printed or command in {"daily_billing", "prune_events"}
        watch.look(printed, f"{command} {' '.join(arguments)}")
    watch.look_into_database()
    assert watch.found == []


@pytest.mark.parametrize("debug", [True, False])
def test_B3_no_error_page_and_no_error_mail_shows_a_key(
    watch, planted, settings, mailoutbox, debug
):
    """The SDK fails in the midst of our frames, with the key in every one of them."""
    settings.ADMINS = [("Root", "root@example.com")]
    mails = AdminEmailHandler(include_html=True)
    logging.getLogger("django.request").addHandler(mails)
    browser = Browser(planted.site, planted.people["member"])
    try:
        with override_settings(DEBUG=debug, STRIPE_API_BASE=object()):
            form = {"plan": "annual", "secret": "x"}
            answer = browser.ask(Call("", "POST", "/account/billing/checkout/", "", form))
    finally:
        logging.getLogger("django.request").removeHandler(mails)
    assert answer.status_code == 500
    assert ("TypeError" in answer.text or "AttributeError" in answer.text) == debug
    watch.look(everything_in(answer), "the error page")
    assert mailoutbox
    for mail in mailoutbox:
        watch.look(mail.body + "".join(part.content for part in mail.alternatives), "a mail")
    assert watch.found == []


@pytest.mark.parametrize("answers", [500, 429, "hang_up"])
def test_B3_nothing_that_stripe_answers_brings_a_key_to_light(watch, planted, sandbox, answers):
    browser = Browser(planted.site, planted.people["member"])
    sandbox.mischief(answer=answers)
    for path in ("/account/billing/checkout/", "/account/billing/ask/"):
        answer = browser.ask(Call("", "POST", path, "", {"plan": "annual"}))
        watch.look(everything_in(answer), path)
    sandbox.mischief()
    watch.look_into_database()
    assert watch.found == []


# --- The test of the test: each kind of leak, planted


def test_a_logged_key_is_caught(watch, keys):
    logging.getLogger("billing").warning("Asking Stripe by %s", keys[0])
    assert watch.found == ["a log record of billing has " + keys[0][:12] + "…"]


def test_a_key_in_an_exception_is_caught(watch, keys):
    try:
        raise RuntimeError(keys[2])
    except RuntimeError:
        logging.getLogger("home").exception("Broken")
    assert [found.split(" has ")[0] for found in watch.found] == ["a log record of home"]


def test_a_key_on_a_page_and_in_the_database_is_caught(watch, planted, keys):
    planted.site.site_name = f"The {keys[1]}"
    planted.site.save()
    watch.look(everything_in(Browser(planted.site, None).ask(Call("", "GET", "/", ""))), "a page")
    watch.look_into_database()
    assert any("wagtailcore_site has" in found for found in watch.found)


def test_every_model_of_ours_is_among_the_tables_looked_through(db):
    tables = set(connection.introspection.table_names())
    assert {model._meta.db_table for model in apps.get_models()} <= tables
