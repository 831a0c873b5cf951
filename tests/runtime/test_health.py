"""Health tells a load balancer what it needs, and a visitor nothing more."""

import pytest


def test_healthz_answers_while_the_process_lives(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_readyz_answers_when_all_is_there(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "broker": "ok", "keys": "ok"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url", ["redis+socket:///nowhere/redis.sock", "redis://127.0.0.1:9/0", "amqp://127.0.0.1:9//"]
)
def test_readyz_fails_without_a_broker(client, settings, url):
    settings.CELERY_BROKER_URL = url
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "failing", "database": "ok", "broker": "failing", "keys": "ok"}
