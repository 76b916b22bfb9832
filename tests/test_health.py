"""`/health/live` and `/health/ready`, as a load balancer asks for them."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import override_settings


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/health/ready/"])
def test_T1_health_answers_on_any_host_and_over_http(client, path):
    """Rule T1."""
    with override_settings(SECURE_SSL_REDIRECT=True):
        response = client.get(path, headers={"host": "10.0.0.7:8000"})
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_ready_names_a_database_that_is_away(client):
    def refuse(*_args):
        raise ConnectionError("no route to the database at 10.1.2.3")

    with connection.execute_wrapper(refuse):
        response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json() == {"database": "unavailable", "cache": "ok"}
    assert b"10.1.2.3" not in response.content


@pytest.mark.django_db
def test_ready_names_a_cache_that_is_away_and_stays_in_the_balancer(client):
    """Pages are served without it: a balancer that takes every box away serves nobody."""
    away = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    with override_settings(CACHES=away):
        response = client.get("/health/ready")
    caches["default"].clear()
    assert response.status_code == 200
    assert response.json() == {"database": "ok", "cache": "unavailable"}


def test_live_asks_neither(client):
    """No database is allowed in this test."""
    assert client.get("/health/live", headers={"host": "unknown.example"}).content == b"ok"
