"""Django's settings for Wagtail: no more applications than its REST API needs."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

STATE = Path(os.environ["REPLICA_STATE"])
DATABASE = STATE / "wagtail.sqlite3"

SECRET_KEY = secrets.token_hex(32)
DEBUG = False
# Tenants are told apart by Host in `middleware.tenant_host`, which answers 404 to an unknown one.
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "replica.wagtail.urls"
INSTALLED_APPS = [
    "replica.wagtail.apps.CmsConfig",
    "wagtail.api.v2",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.contrib.forms",
    "wagtail.admin",  # its permissions are in the migrations of the others
    "wagtail",
    "modelcluster",
    "taggit",
    "rest_framework",
    "django.contrib.auth",
    "django.contrib.contenttypes",
]
MIDDLEWARE = [
    "replica.abroad.abroad",
    "replica.wagtail.middleware.faults",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "replica.wagtail.middleware.tenant_host",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE, "CONN_MAX_AGE": None}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
MEDIA_ROOT = str(STATE / "media")
MEDIA_URL = "/media/"
STATIC_URL = "/static/"
USE_TZ = True
TIME_ZONE = "UTC"
WAGTAIL_SITE_NAME = "Content"
WAGTAILADMIN_BASE_URL = "http://bizosaas-wagtail-staging:4000"
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
REST_FRAMEWORK = {"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"file": {"class": "logging.FileHandler", "filename": str(STATE / "wagtail.log"), "delay": True}},
    "loggers": {"django": {"handlers": ["file"], "level": "ERROR", "propagate": False}},
}
