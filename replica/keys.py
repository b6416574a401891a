"""The auth service's public keys, for the parts that are Django and so wait for them in a thread."""

from __future__ import annotations

import threading
import time
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from rest_framework.exceptions import APIException

from replica import bearer, settings

REFETCH_AFTER = 1.0  # seconds: a token that fits no key does not make every request ask the auth service


class KeysUnavailable(APIException):
    """The auth service does not give its keys, so no token can be judged."""

    status_code = 503
    default_detail = "The keys of the auth service are unavailable."


class Keys:
    """The public keys of the auth service, kept; fetched again when a token fits none of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: KeySet | None = None
        self._fetched = 0.0

    def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token; bearer.BadToken, or KeysUnavailable while no key was ever fetched."""
        fetched, keys = self._fetched, self.known()
        try:
            return bearer.verified(token, keys)
        except bearer.BadToken:
            if time.monotonic() - fetched < REFETCH_AFTER:
                raise
        with self._lock:
            if self._fetched == fetched:
                self._fetch()
            return bearer.verified(token, self._keys)

    def known(self) -> KeySet:
        """The keys that are kept; KeysUnavailable while none was ever fetched."""
        with self._lock:
            if self._keys is None:
                self._fetch()
            return self._keys

    def _fetch(self) -> None:
        try:
            answer = httpx.get(settings.load().url("auth") + "/auth/jwks", timeout=2.0, trust_env=False)
            self._keys = KeySet.import_key_set(answer.raise_for_status().json())
        except (httpx.HTTPError, ValueError, KeyError, JoseError):
            if self._keys is None:
                raise KeysUnavailable from None
        self._fetched = time.monotonic()


KEYS = Keys()
