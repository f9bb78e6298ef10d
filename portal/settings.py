"""Everything from the environment; a bad value stops the start with a sentence. The list stands in README.md."""

import os
import sys
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from portal.environment import database, kept_secret, mail, networks, new_token_key, switch, token_keys, whole
from portal.sign_in import sign_in

BASE_DIR = Path(__file__).resolve().parent.parent
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

DATA_DIR = Path(os.environ.get("DATA_DIR") or BASE_DIR / "var").resolve()
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
DEBUG = switch("DEBUG", default=False)
ALLOWED_HOSTS = [host.strip() for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host.strip()] or list(
    LOOPBACK
)
# Plain HTTP is for this machine only: any other host name makes this a production start.
PRODUCTION = any(host not in LOOPBACK for host in ALLOWED_HOSTS)
TESTING = "pytest" in sys.modules

SECRET_KEY = os.environ.get("SECRET_KEY", "")
if PRODUCTION and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY is missing or short. Set it to at least 50 random characters.")
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG is on for a public host. Remove DEBUG, or serve on 127.0.0.1 only.")
SECRET_KEY = SECRET_KEY or kept_secret(DATA_DIR / "secret_key")
CHECKPOINT_DIR = Path(os.environ.get("CHECKPOINT_DIR") or DATA_DIR / "checkpoints").resolve()
CHECKPOINT_KEY = os.environ.get("CHECKPOINT_KEY", "") or kept_secret(DATA_DIR / "checkpoint_key")
if len(CHECKPOINT_KEY) < 50:
    raise ImproperlyConfigured("CHECKPOINT_KEY is short. Set it to at least 50 random characters.")

TOKEN_KEYS = token_keys(os.environ.get("TOKEN_KEYS", "") or kept_secret(DATA_DIR / "token_keys", new_token_key))

DATABASES = {"default": database(os.environ.get("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'fileplan.sqlite3'}")}
OWNER_DATABASE_URL = os.environ.get("OWNER_DATABASE_URL", "")
if OWNER_DATABASE_URL:  # who owns the tables, and migrates them; tests make one database for both
    DATABASES["owner"] = database(OWNER_DATABASE_URL) | {"TEST": {"MIRROR": "default"}}
REDIS_URL = os.environ.get("REDIS_URL", "")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://")):
    raise ImproperlyConfigured("REDIS_URL is no address of a Redis. Write e.g. redis://127.0.0.1:6379/0.")
SYNC_EVERY = whole("SYNC_EVERY", 900, least=1, most=86_400)
SWEEP_EVERY = whole("SWEEP_EVERY", 30, least=1, most=3_600)
SETTLE = whole("SETTLE", 60, least=0, most=3_600)
SANDBOX_URL = os.environ.get("SANDBOX_URL", "")
SANDBOX_PORT = whole("SANDBOX_PORT", 8100, least=1, most=65_535)
WEB_PORT = whole("WEB_PORT", 8000, least=1, most=65_535)
CALLS_BURST = whole("CALLS_BURST", 1200, least=1, most=100_000)
CALLS_PER_SECOND = whole("CALLS_PER_SECOND", 10, least=1, most=1_000)
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
if 0 < len(METRICS_TOKEN) < 20:
    raise ImproperlyConfigured("METRICS_TOKEN is short. Set it to at least 20 random characters, or leave it empty.")
TRUSTED_PROXIES = networks("TRUSTED_PROXIES")
SIGN_IN = sign_in(os.environ, production=PRODUCTION)
LOCAL_ACCOUNTS = switch("LOCAL_ACCOUNTS", default=not PRODUCTION)
if SIGN_IN is None and not LOCAL_ACCOUNTS:
    raise ImproperlyConfigured(
        "Nobody could sign in. Set SIGN_IN_CLOUD and what belongs to it, or LOCAL_ACCOUNTS=true."
    )
EMAIL_URL = os.environ.get("EMAIL_URL", "").strip()  # none: nobody is written to, and pages say so
vars().update(mail(EMAIL_URL))
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", "").strip() or "fileplan@localhost"
PUBLIC = [host.lstrip(".") for host in ALLOWED_HOSTS if host not in LOOPBACK]
SITE = f"https://{PUBLIC[0]}" if PRODUCTION else f"http://127.0.0.1:{WEB_PORT}"  # for links in mail
LOG_LEVEL = os.environ.get("LOG_LEVEL", "").strip().upper() or "INFO"
if LOG_LEVEL not in LEVELS:
    raise ImproperlyConfigured(f"LOG_LEVEL is “{LOG_LEVEL}”. Set it to one of {', '.join(LEVELS)}.")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "ninja",
    "portal.web",
    "portal.audit",
    "portal.tenants",
    "portal.mirror",
    "portal.changes",
    "portal.history",
    "portal.backup",
    "portal.health",
    "portal.sandbox",
    "events",
    "labels",
]

MIDDLEWARE = [
    "portal.web.proxies.proxied",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.web.middleware.origin",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.web.middleware.private",
    "portal.web.middleware.bounded",
    "portal.web.middleware.explained",
    "portal.web.middleware.refusals",
    "portal.tenants.middleware.signed_in",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                "django.template.loaders.filesystem.Loader",
                "django.template.loaders.app_directories.Loader",
            ]
            if DEBUG
            else [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.changes.context.frame",
            ],
            "builtins": ["portal.web.templatetags.fileplan"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

AUTH_USER_MODEL = "tenants.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "portal.tenants.backends.Local",
    "portal.tenants.backends.Microsoft",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "sign-in"

AXES_VERBOSE = False
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"
AXES_LOCKOUT_CALLABLE = "portal.tenants.throttle.locked"
AXES_SENSITIVE_PARAMETERS = ["username", "csrfmiddlewaretoken"]
AXES_DISABLE_ACCESS_LOG = True  # the history is the log

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "locale"]

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = TESTING or DEBUG
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEST_RUNNER = "django.test.runner.DiscoverRunner"

SESSION_COOKIE_AGE = 30 * 60  # idle, seconds (S6); the absolute end stands in the session itself
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.web.problems.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "csrf"
LOOK_COOKIES = "__Host-" if PRODUCTION else ""  # before `theme` and `keys`
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no cookie of their own
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REDIRECT_EXEMPT = [
    r"^(healthz|readyz|metrics)$"
]  # asked on the machine itself, past the proxy that speaks HTTPS
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024 + 64 * 1024  # a list of 1 MiB, with what its form adds
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Kombu tries to connect for ever unless told not to: each ring would leave a thread behind while Redis is gone.
REDIS_OPTIONS = {"socket_timeout": 2, "socket_connect_timeout": 1, "max_retries": 0}
CELERY_BROKER_URL = REDIS_URL or "fsatomic://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    REDIS_OPTIONS
    if REDIS_URL
    else {
        "data_folder_in": str(DATA_DIR / "broker" / "queue"),
        "data_folder_out": str(DATA_DIR / "broker" / "queue"),
        "processed_folder": str(DATA_DIR / "broker" / "read"),
        "control_folder": str(DATA_DIR / "broker" / "control"),
        "store_processed": True,
        "polling_interval": 0.25,
    }
)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "broker" / "timetable")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "portal.web.logs.JsonLines"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {"axes": {"level": "WARNING"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}
