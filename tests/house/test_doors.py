"""Tasks carry ids only, the scheduler wakes tasks that exist, and what is sealed lies as bytes."""

import inspect

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import BinaryField

from registry.celery import app

OURS = {"registry", "consent", "ingest", "api"}
SEALED = {"sealed", "wrapped", "file_key"}
# Columns that are sealed under names of their own.
NAMED_OTHERWISE = {"consent.Consent": {"asked"}, "ingest.Upload": {"name", "mapping", "error"}}


def tasks():
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def test_tasks_take_ids_only():
    wanted = {
        (name, parameter.name, parameter.annotation)
        for name, task in tasks().items()
        for parameter in inspect.signature(task.run).parameters.values()
    }
    assert wanted == {
        ("ingest.parse", "upload_id", str),
        ("ingest.trial", "upload_id", str),
        ("ingest.work", "chunk_id", str),
        ("registry.deliver_webhook", "delivery_id", str),
    }


def test_tasks_are_named_for_their_app():
    assert [name for name in tasks() if name.split(".")[0] not in OURS] == []


def test_scheduler_wakes_tasks_that_exist_and_need_nothing():
    woken = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert woken - set(tasks()) == set()
    assert [name for name in woken if inspect.signature(tasks()[name].run).parameters] == []


def test_every_task_is_woken_by_the_scheduler_or_by_a_message_with_an_id():
    woken = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert set(tasks()) - woken == {
        "ingest.parse",
        "ingest.trial",
        "ingest.work",
        "registry.deliver_webhook",
    }


def test_scheduled_messages_do_not_pile_up_while_nobody_works():
    entries = settings.CELERY_BEAT_SCHEDULE.values()
    assert [entry["task"] for entry in entries if "expires" not in entry["options"]] == []


@pytest.mark.parametrize("model", [model for model in apps.get_models() if model._meta.app_label in OURS])
def test_sealed_columns_are_bytes(model):
    sealed = SEALED | NAMED_OTHERWISE.get(model._meta.label, set())
    columns = [field for field in model._meta.fields if field.name in sealed]
    assert [field.name for field in columns if not isinstance(field, BinaryField)] == []
    assert NAMED_OTHERWISE.get(model._meta.label, set()) <= {field.name for field in columns}


def test_models_that_seal_are_there():
    labels = {model._meta.label for model in apps.get_models()}
    assert set(NAMED_OTHERWISE) - labels == set()
