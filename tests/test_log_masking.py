"""Rule B3: what is secret in a text is cut out of it, wherever a text is shown or kept."""

import sys
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import override_settings

from krate_site.logs import MaskingReporter, masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://:hunter2@cache:6379/0", "redis://:••••@cache:6379/0"),
        ("{'LOCATION': 'rediss://me:hunt@er2@cache/1'}", "{'LOCATION': 'rediss://me:••••@cache/1'}"),
        ("smtp+tls://u%40x:hunter2@mail:587", "smtp+tls://u%40x:••••@mail:587"),
        ("postgres://krate:hunter2@db/krate is away", "postgres://krate:••••@db/krate is away"),
        ("Asked by sk_live_hunter2ABC, signed whsec_hunter2=", "Asked by sk_live_••••, signed whsec_••••"),
        (r"{'a': 1,\nsk_live_hunter2}", r"{'a': 1,\nsk_live_••••}"),
        ("secret_key%3Dsk_live_hunter2&x=%0Awhsec_hunter2", "secret_key%3Dsk_live_••••&x=%0Awhsec_••••"),
        ("rk_test_hunter2 and pk_live_hunter2", "rk_test_•••• and pk_live_••••"),
    ],
)  # fmt: skip
def test_B3_secrets_are_cut_out_of_texts(text, shown):
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:8000/accounts/?next=ann@example.com",
        "https://example.com/a:b@c",
        "mail from ann@example.com to http://example.com:80 and bob@example.com",
        "price_1234 cus_1234 sub_1234 evt_1234",
    ],
)
def test_what_is_no_secret_stays_readable(text):
    assert masked(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "https://" + "a-" * 500_000,
        "a-" * 500_000 + "://reader:hunter2",
        "a://" * 250_000,
        "://a:" * 200_000,
        "a:b@" * 250_000,
        "sk_live_" * 125_000,
    ],
    ids=lambda text: f"{text[:8]}…{text[-8:]}",
)
def test_a_text_that_a_stranger_made_is_read_once(text):
    """A megabyte of each: were each character the beginning of a scan, it would take hours."""
    assert len(masked(text)) <= len(text)


PASSWORD = "".join(["hunt", "er2"])  # nowhere as it is: error pages quote the source
IN_URLS = {
    "CACHES": {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"redis://:{PASSWORD}@cache:6379/0",
        }
    },
    "SOME_SERVICE": f"https://krate:{PASSWORD}@service.example.com/",
}


@pytest.mark.parametrize("arguments", [[], ["--all"], ["--output", "unified"]])
def test_B3_the_settings_dump_shows_no_password_inside_a_url(arguments):
    printed = StringIO()
    with override_settings(**IN_URLS):
        call_command("diffsettings", *arguments, stdout=printed)
    assert "SOME_SERVICE" in printed.getvalue()
    assert "redis://:••••@cache" in printed.getvalue()
    assert PASSWORD not in printed.getvalue()


def test_B3_error_pages_and_error_mails_show_no_password_inside_a_url(rf):
    with override_settings(**IN_URLS):
        try:
            raise ConnectionError(f"redis://:{PASSWORD}@cache:6379 is away")
        except ConnectionError:
            report = MaskingReporter(rf.get("/"), *sys.exc_info())
        pages = report.get_traceback_html() + report.get_traceback_text()
    assert "SOME_SERVICE" in pages
    assert "is away" in pages
    assert PASSWORD not in pages
