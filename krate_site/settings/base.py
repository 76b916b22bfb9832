"""Settings that hold everywhere. The README lists every environment variable with its default."""

from pathlib import Path
from zoneinfo import available_timezones

import environ

from krate_site.logs import logging_config

from .caches import caches_beside, sessions_in
from .databases import with_options

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.Env()

# What the site writes: SQLite's file, media, mail, collected static files.
VAR_DIR = env("VAR_DIR", cast=Path, default=BASE_DIR / "var")

# --- Apps -------------------------------------------------------------------

INSTALLED_APPS = [
    "krate_site.tenancy",
    "krate_site.tasks",
    "home.leak_check",
    "membership",
    "billing",
    "home",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django_tasks",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]

# --- Request path -----------------------------------------------------------

MIDDLEWARE = [
    # An id for every log line of a request, whatever happens to it.
    "krate_site.logs.RequestContextMiddleware",
    # Load balancers ask by address and over http: before the tenant and before any redirect.
    "krate_site.health.HealthMiddleware",
    # Above the first that asks the database: also where it is away, an answer says when to come back.
    "krate_site.middleware.HeadersMiddleware",
    # Which tenant is this host? Unknown hosts end here, so that nothing else has to ask.
    "krate_site.tenancy.middleware.TenantMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "krate_site.csp.ContentSecurityPolicyMiddleware",
    "krate_site.middleware.NullCharacterMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    # ETag and 304 for whatever may be kept; a gated page says `no-store` and gets neither.
    "django.middleware.http.ConditionalGetMiddleware",
    # Sessions that belong to a host; the person and his membership in one query.
    "membership.accounts.sessions.TenantAuthenticationMiddleware",
    # Finished pages, once it is decided who reads; what stands below isn't needed for them.
    "membership.page_cache.middleware.AudienceCacheMiddleware",
    # The tenant's language, not the browser's: a page is the same bytes for everybody.
    "krate_site.tenancy.middleware.TenantLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # How many wait for Stripe at once; all that may ask it stands below.
    "billing.stripe_api.slots.StripeSlotMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # Which of Wagtail's doors are a tenant's team's; asks the user, so after him.
    "krate_site.tenancy.admin_access.AdminGuardMiddleware",
    "billing.subscriptions.delete_protection.ProtectedDeletionMiddleware",
]

ROOT_URLCONF = "krate_site.urls"
WSGI_APPLICATION = "krate_site.wsgi.application"

# Tenants are made while the site runs: TenantMiddleware is the check on the host.
ALLOWED_HOSTS = ["*"]

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
                "krate_site.tenancy.middleware.publication",
            ],
        },
    },
]

# --- Data -------------------------------------------------------------------

DATABASES = {
    "default": with_options(
        env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/krate.sqlite3")
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = caches_beside(env.cache_url("CACHE_URL", default="locmemcache://"))
# How long a CDN may answer a public page without asking; more than 0 wants FRONTEND_CACHE too.
SHARED_CACHE_SECONDS = env.int("SHARED_CACHE_SECONDS", default=0)
# Which caches in front are told of changes, as Wagtail's frontend cache is configured, in JSON.
WAGTAILFRONTENDCACHE = env.json("FRONTEND_CACHE", default={})
SESSION_ENGINE, SESSION_CACHE_ALIAS = sessions_in(
    CACHES, processes=env.int("WEB_CONCURRENCY", default=1)
)

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Nothing serves this folder: images go through Wagtail's signed view, documents through its checks.
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"

if bucket := env("MEDIA_BUCKET", default=""):
    # More than one box: media live in a bucket, private, and still go through Wagtail's views.
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": env("MEDIA_ENDPOINT_URL", default=None),
            "region_name": env("MEDIA_REGION", default=None),
            "access_key": env("MEDIA_ACCESS_KEY", default=None),
            "secret_key": env("MEDIA_SECRET_KEY", default=None),
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
        },
    }

# Mail and other slow side effects, after the commit: at once, or by `manage.py db_worker`. What a
# person waits for, Wagtail's index, and what takes minutes don't wait for each other.
TASKS = {
    "default": {
        "QUEUES": ["mail", "default", "background"],
        "BACKEND": "django_tasks_db.DatabaseBackend"
        if env.bool("TASKS_BY_WORKER", default=False)
        else "django_tasks.backends.immediate.ImmediateBackend",
    }
}

# --- Uploads ----------------------------------------------------------------

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a long article's edit form has thousands
FILE_UPLOAD_PERMISSIONS = 0o640

# --- People -----------------------------------------------------------------

AUTH_USER_MODEL = "membership.User"
# allauth's, with the rights that a person has at this host.
AUTHENTICATION_BACKENDS = ["krate_site.tenancy.backend.TenantBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/account/"
LOGOUT_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "membership.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]  # who wants none signs in by mailed codes
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# A mailed link opens elsewhere and loses the way back to the article; a code stays in the session.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60  # mail can take minutes
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True  # one address a person
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
# Each of allauth's that takes an e-mail address.
ACCOUNT_FORMS = {
    "add_email": "membership.accounts.forms.NewAddressForm",
    "change_email": "membership.accounts.forms.CorrectAddressForm",
    "login": "membership.accounts.forms.SignInForm",
    "request_login_code": "membership.accounts.forms.LoginCodeForm",
    "reset_password": "membership.accounts.forms.ResetPasswordForm",
    "signup": "membership.accounts.forms.SignUpForm",
}
MFA_ADAPTER = "membership.accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

# --- Mail -------------------------------------------------------------------

vars().update(env.email_url("EMAIL_URL", default=f"filemail:///{VAR_DIR}/mail"))
# In front of it, what holds mail back in a copy of the database and converts domains.
MAIL_BACKEND = vars()["EMAIL_BACKEND"]
EMAIL_BACKEND = "krate_site.tenancy.email_backend.GuardedBackend"
# Seconds that a mail server may say nothing: without a worker somebody's request waits for it.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="KrateCMS <no-reply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Languages --------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
FORMAT_MODULE_PATH = ["krate_site.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env("TIME_ZONE", default="UTC")
USE_TZ = True

# --- Wagtail ----------------------------------------------------------------

WAGTAIL_SITE_NAME = "KrateCMS"
WAGTAILADMIN_BASE_URL = env("WAGTAILADMIN_BASE_URL", default="http://localhost:8000")
WAGTAILIMAGES_IMAGE_MODEL = "home.CustomImage"
WAGTAILDOCS_DOCUMENT_MODEL = "home.CustomDocument"
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 15 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 64_000_000
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_IMAGE_FORM_BASE = "home.admin.pictures.PictureForm"
WAGTAILDOCS_MAX_UPLOAD_SIZE = 50 * 1024 * 1024
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "epub", "odt", "pdf", "pptx", "txt", "xlsx", "zip"]
# Frames are made from the address alone: no other site is asked, and none may set cookies.
WAGTAILEMBEDS_FINDERS = [{"class": "home.embeds.FilmFinder"}]
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
# Wagtail's own login has no rate limit: everybody signs in through allauth.
WAGTAILADMIN_LOGIN_URL = "account_login"
WAGTAIL_FRONTEND_LOGIN_URL = "account_login"
WAGTAIL_PASSWORD_RESET_ENABLED = False
# An address must be verified and a password asked for anew: both are changed at /accounts/.
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
# Workflows are global in Wagtail: one tenant's would be every tenant's.
WAGTAIL_WORKFLOW_ENABLED = False
# Turning a pasted address into a page link looks through every tenant's pages, drafts' titles too.
WAGTAILADMIN_EXTERNAL_LINK_CONVERSION = ""
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_ENABLE_UPDATE_CHECK = False

WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
# Some systems list files of their own among the zones, at whose names a browser's script stops.
WAGTAIL_USER_TIME_ZONES = sorted(
    zone for zone in available_timezones() if zone == "UTC" or "/" in zone
)

# --- Stripe -----------------------------------------------------------------

# Another address puts a stand-in in Stripe's place; keys live in the tenants' settings panels.
STRIPE_API_BASE = env("STRIPE_API_BASE", default="https://api.stripe.com")
# The threads of a process, as gunicorn.conf.py starts them: only some may wait for Stripe at once.
WEB_THREADS = env.int("WEB_THREADS", default=8)
# Whatever goes wrong, no error page and no error mail has a key of Stripe's in it.
DEFAULT_EXCEPTION_REPORTER = "krate_site.logs.MaskingReporter"
# Newest first; the others only read. Made by `manage.py rotate_keys --new-key`.
KRATE_ENCRYPTION_KEYS = env.list("KRATE_ENCRYPTION_KEYS", default=[])

# --- Security ---------------------------------------------------------------

SESSION_COOKIE_SAMESITE = "Lax"  # Strict would lose the session on the return from Stripe
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "SAMEORIGIN"  # Wagtail's preview frames its own pages
SILENCED_SYSTEM_CHECKS = ["security.W019"]  # which asks for DENY
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
# What a copy of the whole machine must change, or be taken for this installation itself.
KRATE_INSTALLATION = env("KRATE_INSTALLATION", default="")

# --- Logs -------------------------------------------------------------------

LOGGING = logging_config(json=False, level=env("LOG_LEVEL", default="INFO"))
