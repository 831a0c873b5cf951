"""What has had its time is forgotten: used tokens and kept reports."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from api.models import SeenToken
from api.services.replay import first_use, sweep
from api.tasks import sweep as task
from registry.celery import app

pytestmark = pytest.mark.django_db


def use(jti: str, **changes: Any) -> bool:
    """Use a token that can be accepted for another minute."""
    told = {"kind": "dpop", "owner": "key", "jti": jti, "expires_at": timezone.now() + timedelta(minutes=1)}
    return first_use(**told | changes)


def test_token_is_used_once() -> None:
    assert [use("a"), use("a"), use("b")] == [True, False, True]


def test_same_name_of_another_owner_or_kind_is_another_token() -> None:
    assert [use("a"), use("a", owner="other"), use("a", kind="assertion")] == [True, True, True]


def test_names_that_run_together_are_told_apart() -> None:
    assert [use("c", owner="ab"), use("bc", owner="a")] == [True, True]


def test_used_token_is_kept_while_it_could_be_accepted() -> None:
    use("a")
    assert sweep(at=timezone.now() + timedelta(minutes=5)) == 0
    assert not use("a")


def test_used_token_is_forgotten_long_after() -> None:
    use("a")
    assert sweep(at=timezone.now() + timedelta(minutes=7)) == 1
    assert SeenToken.objects.count() == 0


def test_task_sweeps_and_is_on_the_schedule() -> None:
    use("a", expires_at=timezone.now() - timedelta(hours=1))
    task()
    assert SeenToken.objects.count() == 0
    assert "api.sweep" in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    app.loader.import_default_modules()
    assert "api.sweep" in app.tasks
