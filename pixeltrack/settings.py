"""All settings, typed and validated, from the environment (and `.env` if present)."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.numbers import list_currencies

from campaigns import modes
from foundation import env, logs
from foundation.database import settings as database_settings
from foundation.version import __version__
from tracking.kafka.security import security_options

BASE_DIR = env.BASE_DIR
env.load_dotenv()

# --- Who we are -----------------------------------------------------------------------------

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY", minimum=50)
PORT = env.integer("PORT", default=8000, minimum=1, maximum=65535)
WEB_CONCURRENCY = env.integer("WEB_CONCURRENCY", default=1, minimum=1, maximum=64)
PUBLIC_URL = env.http_url("PUBLIC_URL", default=f"http://127.0.0.1:{PORT}")
PUBLIC_HOST = urlsplit(PUBLIC_URL).hostname or ""
ALLOWED_HOSTS = env.host_names(
    "ALLOWED_HOSTS",
    f"{f'[{PUBLIC_HOST}]' if ':' in PUBLIC_HOST else PUBLIC_HOST},localhost,127.0.0.1",
)
PIXEL = env.pixel_settings()
TRUSTED_PROXIES = PIXEL.trusted_proxies
METRICS_TOKEN = env.secret("METRICS_TOKEN", minimum=16, required=False)
# None: only the web process serves metrics.
METRICS_PORT = env.integer("METRICS_PORT", default=None, minimum=1, maximum=65535)
# The public URL for the pixel check of /metrics; "" disables it.
DOOR_URL = env.http_url("DOOR_URL", default="") if env.text("DOOR_URL") else ""
ROOT_URLCONF = "pixeltrack.urls"
WSGI_APPLICATION = "pixeltrack.wsgi.application"
APPEND_SLASH = True

# --- Personal data --------------------------------------------------------------------------

FERNET_KEYS = env.fernet_keys("FERNET_KEY")
FERNET_USE_HKDF = False
HASH_KEY = env.secret("HASH_KEY", minimum=32)

# --- Consent --------------------------------------------------------------------------------

TRACKING_MODE = env.choice("TRACKING_MODE", default=modes.WIDEST, among=tuple(modes.Mode))
NEVER_ASKED = env.choice("NEVER_ASKED", default=modes.WIDEST, among=tuple(modes.Mode))
# Either of them, be it "individual", is somebody's decision.
MODES_ARE_DECIDED = env.is_given("TRACKING_MODE") or env.is_given("NEVER_ASKED")
if modes.Mode.LAST_DAY in (TRACKING_MODE, NEVER_ASKED):
    env.spelled_out("LAST_DAY_ONLY_FOR", modes.LAST_DAY_PURPOSE)
# Neither in the spool, which may be emptied, nor restored with the database.
CONSENT_JOURNAL = env.path("CONSENT_JOURNAL", "var/journal/consent.journal")
env.make_folder_of("CONSENT_JOURNAL", CONSENT_JOURNAL)

# Who measures, as the person's page says it: it serves once all three are set.
PRIVACY_SENDER = env.title("PRIVACY_SENDER", longest=100)
PRIVACY_CONTACT = env.email_address("PRIVACY_CONTACT")
PRIVACY_POLICY_URL = (
    env.http_url("PRIVACY_POLICY_URL", default="") if env.text("PRIVACY_POLICY_URL") else ""
)

# --- Applications ---------------------------------------------------------------------------

INSTALLED_APPS = [
    # Before django_tasks_db, whose db_worker is replaced.
    "pixeltrack",
    "console",
    "demo",
    "campaigns",
    "consent",
    "tracking",
    "discounts",
    "console.base.site.PixelTrackAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_filters",
    "django_ratelimit",
    "django_structlog",
    "django_tasks",
    "django_tasks_db",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
]

MIDDLEWARE = [
    # Outermost, so that redirects, static files and errors get its headers too.
    "pixeltrack.middleware.AnswerHeaders",
    "csp.middleware.CSPMiddleware",
    "pixeltrack.middleware.RequestContext",
    # Before the middleware that checks host and https.
    "pixeltrack.metrics_view.MetricsForToken",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "api.base.rate_limits.RateLimits",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["console.templatetags.numbers"],
        },
    }
]

# --- Database -------------------------------------------------------------------------------

DATABASE_TIMEOUTS = database_settings.timeouts()
DATABASES = {
    "default": database_settings.database(
        "sqlite:///" + str(BASE_DIR / "var/pixeltrack.db"), DATABASE_TIMEOUTS
    )
}
# Grafana's database user, created by `manage.py dashboard_user`.
GRAFANA_DB_USER = database_settings.database_user("GRAFANA_DB_USER", default="grafana")
GRAFANA_DB_PASSWORD = env.secret("GRAFANA_DB_PASSWORD", minimum=16, required=False)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Time, language and money ---------------------------------------------------------------

TIME_ZONE = env.text("TIME_ZONE", "UTC")
try:
    ZoneInfo(TIME_ZONE)
except (ZoneInfoNotFoundError, ValueError):
    raise env.SettingsError(
        f"TIME_ZONE must be a zone such as Europe/Berlin, not {TIME_ZONE!r}."
    ) from None
CURRENCY = env.text("CURRENCY", "INR")
if CURRENCY not in list_currencies():
    raise env.SettingsError(f"CURRENCY must be a code such as INR or EUR, not {CURRENCY!r}.")
AMOUNT_LOCALE = env.text("AMOUNT_LOCALE").replace("-", "_")
try:
    AMOUNT_LOCALE = AMOUNT_LOCALE and str(Locale.parse(AMOUNT_LOCALE))
except (UnknownLocaleError, ValueError):
    raise env.SettingsError(
        f"AMOUNT_LOCALE must be a language and country such as en_IN or de_DE, not "
        f"{AMOUNT_LOCALE!r}."
    ) from None
USE_TZ = True
LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = "pixeltrack.formats"
USE_I18N = False

# --- Cookies and transport ------------------------------------------------------------------

HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
CSRF_TRUSTED_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(PUBLIC_URL))]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS and TRUSTED_PROXIES else None
# Health checks and Prometheus come from inside, over plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^health$", r"^metrics$"]
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_SECONDS = 31536000
# The contract fixes the header to "max-age=31536000": no subdomains, no preload list.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Static files ---------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

# --- People ---------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "console.base.permissions.ModelBackendInOneQuery",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "console.base.locked_out.address_of"
AXES_LOCKOUT_CALLABLE = "console.base.locked_out.locked_out"
AXES_VERBOSE = False

# --- Rate limits ----------------------------------------------------------------------------

RATE_LIMITS = {
    "apply": env.rate("RATE_LIMIT_APPLY", default="30/m"),
    "discounts": env.rate("RATE_LIMIT_DISCOUNTS", default="60/m"),
    "default": env.rate("RATE_LIMIT_DEFAULT", default="100/m"),
}
# If the cache lost a count, the call passes.
RATELIMIT_FAIL_OPEN = True
REDIS_URL = env.redis_url("REDIS_URL")
RATE_LIMIT_WITHOUT_REDIS = env.choice(
    "RATE_LIMIT_WITHOUT_REDIS", default="allow", among=("allow", "local")
)
OWN_CACHE = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "OPTIONS": {"MAX_ENTRIES": 100_000},
}
# What reports of this process read last of each campaign; what is kept of a group follows its
# counters for an hour at most (`reports.kept.groups`): a restored database counts versions anew.
REPORTS_CACHE: dict[str, Any] = {
    "BACKEND": "reports.kept.object_cache.ObjectCache",
    "LOCATION": "reports",
    "TIMEOUT": 3600,
    # Four for each group, and two for each campaign.
    "OPTIONS": {"MAX_ENTRIES": 1000},
}
# It knows neither our cache nor that one process with threads counts exactly by itself.
SILENCED_SYSTEM_CHECKS += ["django_ratelimit.W001"]
if REDIS_URL:
    SHARED_CACHES = {"allow": "SharedCache", "local": "SharedOrOwnCache"}
    CACHES = {
        "default": {
            "BACKEND": f"foundation.shared_cache.{SHARED_CACHES[RATE_LIMIT_WITHOUT_REDIS]}",
            # As a text it would be split at commas.
            "LOCATION": [REDIS_URL],
            "KEY_PREFIX": "pixeltrack",
            # The timeout in seconds of a Redis that hangs.
            "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 0.25, "SOCKET_TIMEOUT": 0.25},
        },
        "process": OWN_CACHE,
        "reports": REPORTS_CACHE,
    }
else:
    CACHES = {"default": OWN_CACHE, "reports": REPORTS_CACHE}
    SILENCED_SYSTEM_CHECKS += ["django_ratelimit.E003"]

# --- API ------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.base.bearer.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["api.base.views.ModelPermissions"],
    "DEFAULT_RENDERER_CLASSES": ["api.base.views.ExactJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.base.views.StrictJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["api.base.views.ListFilters"],
    "DEFAULT_PAGINATION_CLASS": "api.base.views.SkipLimitPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    # Otherwise ?format=x requests an unknown format and is a 404.
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "api.base.errors.exception_handler",
    "COERCE_DECIMAL_TO_STRING": False,
}
SIMPLE_JWT = {
    "SIGNING_KEY": env.secret("API_SECRET_KEY", minimum=32),
    "ALGORITHM": env.choice(
        "API_SECRET_ALGORITHM", default="HS256", among=("HS256", "HS384", "HS512")
    ),
    "ACCESS_TOKEN_LIFETIME": timedelta(
        minutes=env.integer("API_ACCESS_TOKEN_EXPIRE_MINUTES", default=30, minimum=1, maximum=1440)
    ),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=1),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    # A token is valid for the password it was created with; one without a password hash never is.
    "CHECK_REVOKE_TOKEN": True,
    # `auth_api` records it as the admin does.
    "UPDATE_LAST_LOGIN": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "PixelTrack",
    "DESCRIPTION": (
        "Track who opens your e-mails, compare groups and run discount campaigns.\n\n"
        "Sign in for a token and send it as `Authorization: Bearer`; each call needs its Django "
        "permission. Paths work with and without the slash at their end. Bodies are JSON objects; "
        "fields that do not exist are refused, fields that only answers hold are passed over. "
        "Times are ISO 8601; one without a zone is in the server's. Lists are bare, with "
        "`skip` and `limit`; parameters that do not exist are refused. A method that an address "
        "does not have is 405 (`MethodNotAllowed`)."
    ),
    "VERSION": __version__,
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "OAS_VERSION": "3.1.0",
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    # Request and response formats differ: a new object has no id yet.
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_SUFFIX": "",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "ENUM_NAME_OVERRIDES": {
        "TrackingMode": "campaigns.modes.CHOICES",
        "ConsentAnswer": "consent.models.ANSWERS",
        "ConsentWay": "consent.models.Way",
        "ConsentOutcome": "api.shapes.consents.OUTCOMES",
        "NotSentReason": "campaigns.models.NotSentReason",
        "NotSentMark": "campaigns.models.NOT_SENT_MARKS",
        "ImportState": "campaigns.models.ImportState",
        "DiscountType": "discounts.models.TYPE_CHOICES",
        "CampaignStatus": "discounts.models.STATUS_CHOICES",
        "InactiveReason": "discounts.models.REASON_CHOICES",
        "RefusalCode": "api.shapes.discount_calls.REFUSALS",
        "DeviceKind": "api.shapes.report.DEVICES",
        "SeriesStep": "api.shapes.report.STEPS",
        "VerdictState": "api.shapes.report.STATES",
        "OpenKind": "api.filters.tracking.KINDS",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.base.schema.complete",
    ],
}
# Room for a bulk call of 10,000 contacts.
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024

# --- Pixels and background work -------------------------------------------------------------

SPOOL_DIR = env.writable("SPOOL_DIR", PIXEL.spool_dir)
# By default it is beside the spool, in a folder that exists only there.
if "sqlite" in DATABASES["default"]["ENGINE"]:
    env.make_private(Path(DATABASES["default"]["NAME"]))
PIXEL_ANSWERS = env.path("PIXEL_ANSWERS", "/run/pixeltrack/answers")
SPOOL_FSYNC = PIXEL.spool_fsync
# None: ingest reads the spool itself.
KAFKA = env.kafka_settings(security_options())
IMPORT_MAX_MB = env.integer("IMPORT_MAX_MB", default=512, minimum=1, maximum=100_000)
CONSENT_PROOF_YEARS = env.integer("CONSENT_PROOF_YEARS", default=5, minimum=1, maximum=100)
# Longer may be asked of you, shorter never.
CONSENT_ASK_AGAIN_MONTHS = env.integer(
    "CONSENT_ASK_AGAIN_MONTHS", default=6, minimum=6, maximum=1200
)
OPEN_RETENTION_DAYS = env.integer("OPEN_RETENTION_DAYS", default=None, minimum=1, maximum=36500)
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# --- Logs -----------------------------------------------------------------------------------

LOG_DIR = None if env.text("LOG_DIR") == "-" else env.path("LOG_DIR", "logs")
LOGGING_CONFIG = None
try:
    logs.configure(LOG_DIR, debug=DEBUG)
except OSError as error:
    raise env.SettingsError(
        f"LOG_DIR must be a folder that can be written to: {error.strerror}."
    ) from None
# The middleware validates the id first; looking up the user would cost a query per request.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = None
