"""What log lines carry, and what none of them may."""

import json
import logging

import pytest
from django.test import Client

from krate_site.logs import (
    MaskingJsonFormatter,
    MaskingTextFormatter,
    RequestContextFilter,
    RequestContextMiddleware,
    logging_config,
    masked,
)

SECRETS = ["sk_test_abc123", "sk_live_abc123", "rk_live_abc123", "pk_live_abc123", "whsec_aB3+/=x"]


@pytest.mark.parametrize("secret", SECRETS)
def test_B3_no_key_reaches_a_log(secret):
    """Rule B3."""
    assert masked(f"key={secret}, again {secret}!").count("abc123") == 0
    assert secret.split("_")[0] in masked(secret)


def formatters():
    config = logging_config(json=True, level="INFO")["formatters"]
    for formatter, name in ((MaskingTextFormatter, "text"), (MaskingJsonFormatter, "json")):
        yield formatter(config[name]["format"], style="{")


FORMATTERS = list(formatters())


@pytest.fixture
def record():
    """A log line with a key in its message, its arguments and its traceback."""
    try:
        raise ValueError("sk_live_in_the_traceback")
    except ValueError as error:
        failure = (ValueError, error, error.__traceback__)
    return logging.LogRecord(
        "billing", logging.ERROR, __file__, 1, "Refused: %s", ("rk_test_argument",), failure
    )


def test_B3_tracebacks_and_arguments_are_masked_too(record):
    """Rule B3."""
    RequestContextFilter().filter(record)
    for formatter in FORMATTERS:
        line = formatter.format(record)
        assert "in_the_traceback" not in line
        assert "argument" not in line


@pytest.mark.django_db
def test_what_a_stranger_sends_is_cut_in_a_log_line(site, caplog):
    """Django's own line on a form from elsewhere quotes where it came from."""
    client = Client(enforce_csrf_checks=True, headers={"host": site.hostname})
    secret = "https://reader:" + "hunter2" * 500 + "@" + "a-" * 3900
    assert client.post("/accounts/login/", headers={"origin": secret}).status_code == 403
    [record] = [record for record in caplog.records if record.name == "django.security.csrf"]
    RequestContextFilter().filter(record)
    for formatter in FORMATTERS:
        line = formatter.format(record)
        assert "Forbidden (Origin checking failed" in line
        assert "hunter2" not in line
        assert "https://reader:" in line
        assert "characters)" in line
        assert len(line) < 1500


def test_a_host_header_that_goes_on_and_on_is_cut_in_a_log_line(record, rf):
    lines = []

    def answer(request):
        RequestContextFilter().filter(record)
        lines.extend(formatter.format(record) for formatter in FORMATTERS)
        return type("Response", (), {"status_code": 404, "headers": {}})()

    RequestContextMiddleware(answer)(rf.get("/", headers={"host": "a-" * 4000}))
    assert all("a-" * 100 in line and "a-" * 200 not in line for line in lines)


def test_json_lines_name_request_and_tenant(record, rf):
    lines = []

    def answer(request):
        RequestContextFilter().filter(record)
        format = logging_config(json=True, level="INFO")["formatters"]["json"]["format"]
        lines.append(json.loads(MaskingJsonFormatter(format, style="{").format(record)))
        return type("Response", (), {"status_code": 500, "headers": {}})()

    request = rf.get("/", headers={"host": "courier.localhost", "x-request-id": "balancer-0042"})
    response = RequestContextMiddleware(answer)(request)
    assert lines[0]["request_id"] == "balancer-0042"
    assert lines[0]["tenant"] == "courier.localhost"
    assert lines[0]["levelname"] == "ERROR"
    assert response.headers["X-Request-ID"] == "balancer-0042"


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space", "a;b=cdefgh"])
def test_an_odd_request_id_is_replaced(given, rf):
    def answer(request):
        return type("Response", (), {"status_code": 503, "headers": {}})()

    response = RequestContextMiddleware(answer)(rf.get("/", headers={"x-request-id": given}))
    assert len(response.headers["X-Request-ID"]) == 32
