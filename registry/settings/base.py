"""What holds everywhere. Safe as it stands: a site that forgets to say more is closed, not open."""

import sys
from os import cpu_count
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from registry.settings import env

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".state"

DEBUG = False
DEMO = False
ALLOWED_HOSTS: list[str] = []
JURISDICTION = "CN"

INSTALLED_APPS = [
    "registry",
    "consent",
    "ingest",
    "api",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
]

MIDDLEWARE = [
    "registry.requestlog.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "consent.permissions.ResidentMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "registry.accounts.second_factor.SecondFactorMiddleware",
    "registry.views.errors.ErrorPages",
    "api.handler.ApiErrorsMiddleware",
]

ROOT_URLCONF = "registry.urls"
WSGI_APPLICATION = "registry.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "registry.context.site",
            ],
            "libraries": {"demo_codes": "registry.accounts.demo_codes"},
        },
    }
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# How many proxies of ours stand in front: that many addresses at the end of X-Forwarded-For are believed.
PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = env.number("PROXIES", 0)

# Lenders' API: whether every DPoP proof must carry a nonce of ours, and how often one client may ask.
DPOP_REQUIRE_NONCE = env.flag("DPOP_REQUIRE_NONCE")
LENDER_REQUESTS_PER_MINUTE = env.number("LENDER_REQUESTS_PER_MINUTE", 600)

# Webhooks go to public addresses by https. A demonstration may tell a program on this very machine, by http.
WEBHOOKS_TO_THIS_MACHINE = False
# At most half of the workers wait for other people's programs: files and messages have the others.
WEBHOOKS_AT_ONCE = max(1, env.number("WORKER_PROCESSES", cpu_count() or 1) // 2)

# Partners' API: how often one key may ask.
PARTNER_REQUESTS_PER_MINUTE = env.number("PARTNER_REQUESTS_PER_MINUTE", 600)

AUTH_USER_MODEL = "registry.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_ADAPTER = "registry.accounts.adapters.AccountAdapter"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account_work"
MFA_ADAPTER = "registry.accounts.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "registry.accounts.forms.AuthenticateForm",
    "reauthenticate": "registry.accounts.forms.ReauthenticateForm",
    "activate_totp": "registry.accounts.forms.SetUpForm",
    "add_webauthn": "registry.accounts.forms.AddKeyForm",
    "edit_webauthn": "registry.accounts.forms.RenameKeyForm",
}
MFA_TOTP_TOLERANCE = 1
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "居信"

# Attempts to sign in and used codes are counted here: in the database, since all web processes share it.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "registry_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", _("English"))]
LOCALE_PATHS = [ROOT / "registry" / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
FORMAT_MODULE_PATH = ["registry.formats"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = STATE / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
# A partner's file may hold this many bytes. Small ones stay in memory, larger ones are sealed as they arrive:
# Django's own handler would write them to a temporary folder for everybody to read.
UPLOAD_MAX_BYTES = 2 * 1024**3
# So much of all partners' files may lie cut into chunks, waiting for workers; other files wait uncut.
STAGING_MOST_BYTES = env.number("STAGING_MOST_BYTES", 4 * 1024**3)
# A folder as an SFTP server lays it out, from which partners' files are taken; "" for none.
WATCH_FOLDER = env.text("WATCH_FOLDER", "")
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "registry.staging.arriving.SealedUploadHandler",
]

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = True
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.DenyAll"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "api.handler.handle",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "居信 API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
}

# The broker only wakes workers: what is to be done stands in the database, and a sweep finds what a lost
# message left behind. So a message may come twice or never.
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_DB_REUSE_MAX = sys.maxsize  # connections end as Django's settings say: registry/celery.py
# Nobody commands workers over the broker; and the queue for it, exclusive by the worker's name, would keep a
# second worker of one machine, or one started again before its old connection is let go, from starting.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_CONSUMER = "registry.consumer:LastingConsumer"
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker outlasts a broker that is away, however long
# On RabbitMQ a quorum queue, which outlasts a node; Redis has no such thing and is not asked for it.
CELERY_TASK_DEFAULT_QUEUE = "registry"
CELERY_TASK_DEFAULT_QUEUE_TYPE = CELERY_TASK_CREATE_MISSING_QUEUE_TYPE = "quorum"
CELERY_BROKER_NATIVE_DELAYED_DELIVERY_QUEUE_TYPE = "classic"  # declared by workers, used by no task
CELERY_BROKER_CONNECTION_TIMEOUT = 1  # seconds that a request may wait for a broker that does not answer
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_connect_timeout": CELERY_BROKER_CONNECTION_TIMEOUT,  # Redis does not go by the line above
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 2,
    "interval_start": 0.1,
    "interval_step": 0.2,
    "interval_max": 0.5,
}
CELERY_TIMEZONE = "Asia/Shanghai"
# A message that waited for long is dropped: the next one finds the same work.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "deliver-messages": {"task": "registry.deliver_messages", "schedule": 2.0, "options": {"expires": 10}},
    "sequence-ledger": {"task": "registry.ledger.sequence", "schedule": 2.0, "options": {"expires": 10}},
    "expire-consents": {"task": "consent.expire", "schedule": 60.0, "options": {"expires": 60}},
    "sweep-uploads": {"task": "ingest.sweep", "schedule": 5.0, "options": {"expires": 10}},
    "tidy-incoming": {"task": "ingest.tidy_incoming", "schedule": 15.0, "options": {"expires": 15}},
    "reconcile-uploads": {"task": "ingest.reconcile", "schedule": 900.0, "options": {"expires": 600}},
    "forget-answers": {"task": "ingest.forget_answers", "schedule": 3600.0, "options": {"expires": 3600}},
    "watch-folder": {"task": "ingest.watch_folder", "schedule": 5.0, "options": {"expires": 10}},
    "wake-webhooks": {"task": "registry.wake_webhooks", "schedule": 2.0, "options": {"expires": 10}},
    "forget-webhooks": {"task": "registry.forget_webhooks", "schedule": 7200.0, "options": {"expires": 3600}},
    "forget-sign-ins": {"task": "registry.forget_sign_ins", "schedule": 900.0, "options": {"expires": 600}},
    "sweep-lenders": {"task": "api.sweep", "schedule": 300.0, "options": {"expires": 300}},
    "verify-ledger": {"task": "registry.verify_ledger", "schedule": 86400.0, "options": {"expires": 3600}},
    "announce-records": {
        "task": "registry.announce_records",
        "schedule": 3600.0,
        "options": {"expires": 3000},
    },
    "expire-records": {"task": "registry.expire_records", "schedule": 21600.0, "options": {"expires": 3600}},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "registry.requestlog.JsonFormatter"}},
    "handlers": {"standard": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["standard"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"level": "ERROR"},  # refusals stand in the request log already
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
        "kombu.transport.native_delayed_delivery": {"level": "ERROR"},  # no task of ours is sent for later
        "httpx": {"level": "WARNING"},
    },
}
