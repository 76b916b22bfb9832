"""Reading and publishing, for the tests of what comes from the cache."""

from datetime import UTC, datetime

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def read(reader, address, times=2):
    """Return the text of an answer that has been asked for before."""
    for _time in range(times):
        answer = reader.get(address)
    return answer.text


def publish(page, **fields):
    """Publish a page with these fields changed."""
    for name, value in fields.items():
        setattr(page, name, value)
    page.save_revision().publish()
