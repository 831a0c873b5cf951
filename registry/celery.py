"""The Celery application: tasks are thin doors, and the broker only wakes workers."""

import gc
import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_postrun, task_prerun, worker_process_init
from django.db import close_old_connections

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


@task_prerun.connect
@task_postrun.connect
def spare_the_connection(**_: Any) -> None:
    """Go by Django's own rules for how long a connection serves, as requests do.

    Celery would end it before and after every task (`CELERY_DB_REUSE_MAX`), and a server process that begins
    anew knows neither tables nor plans: a third of what a chunk costs it.
    """
    close_old_connections()
