"""A production start. An unsafe value refuses to start and says which one and what to do about it."""

from registry.settings import env
from registry.settings.base import *  # noqa: F403  (settings are layered by star, as Django's own docs do)
from registry.settings.base import STATE
from registry.settings.safety import refuse_unsafe

DEMO = env.flag("DEMO")
DEBUG = env.flag("DEBUG")
BASE_URL = env.text("BASE_URL", "")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "")
KEYRING = env.text("KEYRING", "")
KEYRING_CREATE = False
SMS_URL = env.text("SMS_URL", "")
STAGING_DIR = env.text("STAGING_DIR", str(STATE / "staging"))
JURISDICTION = env.jurisdiction()
PORT = env.number("PORT", 8000)
refuse_unsafe(globals())

SECRET_KEY = env.secret_file("SECRET_KEY_FILE")
DATABASES = {"default": env.database()}
CELERY_BROKER_URL = env.broker()
CSRF_TRUSTED_ORIGINS = [BASE_URL]
PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = env.number("PROXIES", 1)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
globals().update(env.email())
