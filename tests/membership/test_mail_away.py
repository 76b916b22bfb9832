"""A mail server that is away, or says nothing: nobody hangs, each hears it, and may ask again."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils.html import strip_tags

from krate_site.tenancy.models import Publication
from membership.models import User
from tests.factories import UserFactory
from tests.faults import SilentServer

pytestmark = pytest.mark.django_db

UNSENT = "We couldn't send the e-mail just now. Please ask for it again in a minute."
CONFIRM = "/accounts/login/code/confirm/"
ADDRESS, PASSWORD = "ada@example.com", "correct-horse-battery"


@pytest.fixture
def send_by(settings):
    """Return a function that has mail sent by the server at a port, or arrive where no port is given."""

    def send_by(port):
        settings.EMAIL_BACKEND = (
            f"django.core.mail.backends.{'smtp' if port else 'locmem'}.EmailBackend"
        )
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port

    return send_by


@pytest.fixture
def browser(site, client_at):
    return client_at(site)


def text_of(answer):
    return " ".join(strip_tags(answer.text).replace("&#x27;", "'").split())


def enter_mailed_code(browser):
    code = re.search(r"^    (\S+)$", mail.outbox[-1].body, re.MULTILINE)[1]
    return browser.post(CONFIRM, {"code": code})


@pytest.mark.long
def test_a_mail_server_that_says_nothing_holds_nobody_for_ever(browser, send_by):
    silent = SilentServer()
    send_by(silent.port)
    answer = browser.post("/accounts/signup/", {"email": ADDRESS, "password1": PASSWORD})
    assert (silent.released, len(silent.connections)) == (False, 1)
    silent.release()
    assert answer.url == CONFIRM
    assert UNSENT in text_of(browser.get(CONFIRM))
    # Nothing is half-written: the account is there, and the code is mailed again.
    assert not EmailAddress.objects.get(user=User.objects.get()).verified
    send_by(None)
    browser.post(CONFIRM, {"action": "resend"})
    assert UNSENT not in text_of(browser.get(CONFIRM))
    assert enter_mailed_code(browser).url == "/account/"
    assert browser.get("/account/").status_code == 200


@pytest.mark.parametrize("is_known", [True, False])
def test_a_code_that_wasnt_mailed_is_asked_for_again(browser, send_by, is_known):
    """Whether there is such an account isn't told by what is said of the mail."""
    if is_known:
        UserFactory(email=ADDRESS, verified=True)
    send_by(9)
    answer = browser.post("/accounts/login/code/", {"email": ADDRESS})
    assert answer.url == CONFIRM
    assert UNSENT in text_of(browser.get(CONFIRM))
    send_by(None)
    browser.post(CONFIRM, {"action": "resend"})
    assert UNSENT not in text_of(browser.get(CONFIRM))
    if is_known:
        assert enter_mailed_code(browser).url == "/account/"


@pytest.mark.parametrize("is_known", [True, False])
def test_a_link_to_a_new_password_that_wasnt_mailed_is_told(site, browser, send_by, is_known):
    if is_known:
        UserFactory(email=ADDRESS, verified=True)
    Publication.objects.update_or_create(site=site, defaults={"language": "de"})
    send_by(9)
    answer = browser.post("/accounts/password/reset/", {"email": ADDRESS}, follow=True)
    assert answer.status_code == 200
    assert "Wir konnten die E-Mail gerade nicht verschicken." in text_of(answer)


def test_a_change_stands_though_the_mail_about_it_couldnt_be_sent(browser, send_by):
    user = UserFactory(email=ADDRESS, password=PASSWORD, verified=True)
    browser.post("/accounts/login/", {"login": ADDRESS, "password": PASSWORD})
    send_by(9)
    new = "battery-staple-correct"
    answer = browser.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
        follow=True,
    )
    assert "This is done. Only the e-mail that confirms it couldn't be sent." in text_of(answer)
    user.refresh_from_db()
    assert user.check_password(new)
