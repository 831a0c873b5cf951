"""The Celery application: tasks are thin doors, and the broker only wakes workers."""

import gc
import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings.production")

app = Celery("registry")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def use_project_logging(**_: Any) -> None:
    """Log as the rest of the project does, instead of Celery's own way."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@worker_process_init.connect
def spare_what_is_loaded(**_: Any) -> None:
    """Leave modules and tables out of every later search for garbage: they stay, and their pages shared."""
    gc.collect()
    gc.freeze()
