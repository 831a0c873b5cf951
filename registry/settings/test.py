"""Tests: as near to production as can be, on throw-away services that tests/conftest.py starts and names."""

import os
import secrets
import sys
from pathlib import Path

from registry.settings import env
from registry.settings.base import *  # noqa: F403  (settings are layered by star, as Django's own docs do)
from registry.settings.base import CELERY_BROKER_TRANSPORT_OPTIONS, STATE

# Tools that only read the models (mypy, makemigrations) need no server: a missing address leads nowhere.
DATABASES = {"default": env.database(default="postgresql://nowhere.invalid/registry")}
if "pytest" in sys.modules:  # servers that tests start keep their connections, as in life
    DATABASES["default"]["CONN_MAX_AGE"] = 0
RUN = os.environ.get("TEST_RUN", str(os.getpid()))
DATABASES["default"]["TEST"] = {"NAME": f"test_registry_{RUN}"}
CELERY_BROKER_URL = env.broker(default="redis://nowhere.invalid:1/0")
CELERY_TASK_DEFAULT_QUEUE = f"test-{RUN}-{os.environ.get('PYTEST_XDIST_WORKER', 'one')}"
CELERY_BROKER_TRANSPORT_OPTIONS = CELERY_BROKER_TRANSPORT_OPTIONS | {"visibility_timeout": 20}

SCRATCH = Path(env.text("TEST_SCRATCH", str(STATE / "test")))
STATIC_ROOT = SCRATCH / "static"
SECRET_KEY = env.text("TEST_SECRET_KEY", secrets.token_urlsafe(64))
KEYRING = env.text("KEYRING", f"file:{SCRATCH / 'keyring.json'}")
KEYRING_CREATE = True
STAGING_DIR = env.text("STAGING_DIR", str(SCRATCH / "staging"))
SMS_URL = ""
DEMO = env.flag("DEMO")
WEBHOOKS_TO_THIS_MACHINE = True
WATCH_FOLDER = ""
JURISDICTION = "CN"
PORT = env.number("PORT", 8000)
BASE_URL = env.text("BASE_URL", "http://testserver")
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
SECURE_SSL_REDIRECT = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = False
SESSION_COOKIE_NAME = "session"
CSRF_COOKIE_NAME = "csrf"
WHITENOISE_USE_FINDERS = True  # journeys see the pages as they are in the tree, without collecting first
