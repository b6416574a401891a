"""Django's settings for the CRM: no users of its own, who asks is read from the token."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

STATE = Path(os.environ["REPLICA_STATE"])
DATABASE = STATE / "crm.sqlite3"

SECRET_KEY = secrets.token_hex(32)
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "replica.crm.urls"
INSTALLED_APPS = ["replica.crm.apps.CrmConfig", "rest_framework", "django_filters"]
MIDDLEWARE = [
    "replica.abroad.abroad",
    "replica.crm.middleware.faults",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATABASE,
        "CONN_MAX_AGE": None,  # of the one thread that answers
        # Writers wait for each other; the state folder is thrown away, so nothing need reach the disk.
        "OPTIONS": {"timeout": 10, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA synchronous=OFF"},
    },
    # What the defaults name when a deploy sets variables that the settings do not read.
    "another": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": STATE / "default.sqlite3",
        "OPTIONS": {"timeout": 10, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA synchronous=OFF"},
    },
    # A database file that is not there: what a query meets when the database is gone.
    "gone": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": f"file:{STATE}/gone/crm.sqlite3?mode=rw",
        "OPTIONS": {"uri": True},
    },
}
DATABASE_ROUTERS = ["replica.crm.router.Router"]
STATIC_URL = "/static/"
STATIC_ROOT = STATE / "crm-static"
USE_TZ = True
TIME_ZONE = "UTC"
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["replica.crm.tokens.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "UNAUTHENTICATED_USER": None,
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"file": {"class": "logging.FileHandler", "filename": str(STATE / "crm.log"), "delay": True}},
    "loggers": {"django": {"handlers": ["file"], "level": "ERROR", "propagate": False}},
}
