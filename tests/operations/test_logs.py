"""A failure's log lines, as a collector reads them: by request, by tenant, and without secrets."""

import io
import json
import logging

import pytest

from krate_site.logs import MaskingJsonFormatter, RequestContextFilter, logging_config
from tests.billing.stripe_objects import deliver, event, subscription


@pytest.fixture
def lines():
    """Return a function that gives what production has written of billing so far."""
    layout = logging_config(json=True, level="INFO")["formatters"]["json"]["format"]
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(RequestContextFilter())
    handler.setFormatter(MaskingJsonFormatter(layout, style="{"))
    logging.getLogger("billing").addHandler(handler)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logging.getLogger("billing").removeHandler(handler)


def test_B3_a_failure_is_found_by_the_id_that_its_answer_carries(
    client, site, shop, settings, lines
):
    """Rule B3. The key that encrypted the tenant's secrets is missing: every webhook fails."""
    settings.KRATE_ENCRYPTION_KEYS = ["b3RoZXItdGVzdC1rZXktb3RoZXItdGVzdC1rZXktMDA="]
    told = event("customer.subscription.updated", subscription())
    answer = deliver(client, site, told)
    assert answer.status_code == 503
    (line,) = lines()
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert line["tenant"] == site.hostname
    assert line["levelname"] == "ERROR"
    assert "can't be decrypted by any key" in line["exc_info"]
    assert shop.secret_key not in json.dumps(line)
