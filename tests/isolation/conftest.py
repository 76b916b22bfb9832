"""Two tenants full of everything, planted once a module."""

import pytest
from django.db import transaction
from django.test import override_settings

from tests.isolation.planting import plant
from tests.isolation.walking import Walk


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """The two tenants; what a test does to them is undone after it, and they after the module."""
    media = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    with django_db_blocker.unblock(), media, transaction.atomic():
        yield plant("Brackenfield", "own.localhost"), plant("Quillmarsh", "other.localhost")
        transaction.set_rollback(True)


@pytest.fixture
def own(world, db):
    """The tenant at whose host it all happens."""
    return world[0]


@pytest.fixture
def other(world, db):
    """The tenant of which nothing may show or change."""
    return world[1]


@pytest.fixture
def walk(own, other):
    return Walk(own, other)
