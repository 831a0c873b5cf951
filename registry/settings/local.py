"""A start on one's own machine: embedded services, secrets made on first use, plain HTTP on this host."""

from registry.settings import env
from registry.settings.base import *  # noqa: F403  (settings are layered by star, as Django's own docs do)
from registry.settings.base import STATE

DEMO = env.flag("DEMO")
DEBUG = env.flag("DEBUG")
WEBHOOKS_TO_THIS_MACHINE = DEMO
PORT = env.number("PORT", 8000)
BASE_URL = env.text("BASE_URL", f"http://127.0.0.1:{PORT}")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
JURISDICTION = env.jurisdiction()
SECRET_KEY = env.secret_file("SECRET_KEY_FILE", STATE / "secret-key")
KEYRING = env.text("KEYRING", f"file:{STATE / 'keyring.json'}")
KEYRING_CREATE = True
STAGING_DIR = env.text("STAGING_DIR", str(STATE / "staging"))
SMS_URL = env.text("SMS_URL", "")
DATABASES = {"default": env.database()}
CELERY_BROKER_URL = env.broker()
globals().update(env.email(default="console:"))

SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = False
SESSION_COOKIE_NAME = "session"
CSRF_COOKIE_NAME = "csrf"
