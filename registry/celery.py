"""The Celery application: tasks are thin doors, and the broker only wakes workers."""

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings.production")

app = Celery("registry")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def use_project_logging(**_: Any) -> None:
    """Log as the rest of the project does, instead of Celery's own way."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
