"""Who may ask: tokens and logins from the environment's variables, named everywhere and shown nowhere."""

from __future__ import annotations

import base64
import json
import math
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from stagecheck import jsonpaths
from stagecheck.errors import StagecheckError
from stagecheck.exchange import Exchange, Trouble, Troubled
from stagecheck.model import Environment, Identity, Request, Step, Tenant
from stagecheck.outcome import Reason
from stagecheck.redaction import Redactor

Forge = Callable[[str, Identity], str]
Send = Callable[[Step, bytes], Exchange]

# A token that ends sooner than this is fetched anew, so that no check meets its end, in seconds.
_SPARE = 30.0
_SECRET_OF = re.compile(r"\{(token|user|password):([a-z0-9-]+)\}")


class CredentialMissing(Troubled):
    """No credential: the variable isn't set, or the login gave none."""

    def __init__(self, detail: str) -> None:
        super().__init__(Trouble(Reason.CREDENTIAL_MISSING, detail))


class Credentials:
    """The credentials of one environment, read from `variables` (such as `os.environ`) when they are first needed.

    `NAME_FILE` may name a file that holds the value of NAME. `send` asks the login, `forge` changes a token. Everything
    that raises here raises `CredentialMissing`; what is read or fetched is told to `redactor`.
    """

    def __init__(
        self,
        environment: Environment,
        variables: Mapping[str, str],
        redactor: Redactor | None = None,
        send: Send | None = None,
        forge: Forge | None = None,
    ) -> None:
        self.environment = environment
        self.redactor = redactor or Redactor()
        self._variables = variables
        self._send = send
        self._forge = forge
        self._lock = threading.RLock()
        self._fetched: dict[tuple[str, str], str | CredentialMissing] = {}
        for name in secret_names(environment):
            if self.has(name):
                self.redactor.learn(name, self.value(name))
        for name in _own_headers(environment):
            if self.has(name):
                # Of `Bearer ...` what follows is told alone, too.
                self.redactor.learn(name, self.value(name).partition(" ")[2])
        for name in _urls(environment):
            if self.has(name):
                self.redactor.learn(f"{name}_PASSWORD", unquote(_password(self.value(name))))

    def __repr__(self) -> str:
        return f"Credentials({self.environment.name}: {', '.join(secret_names(self.environment))})"

    def has(self, name: str) -> bool:
        """Whether the variable, or the file that NAME_FILE names, gives a value."""
        try:
            return bool(self.value(name))
        except CredentialMissing:
            return False

    def value(self, name: str) -> str:
        """The value of a variable; an empty one is a missing one."""
        value = self._variables.get(name, "")
        file = self._variables.get(f"{name}_FILE", "")
        if not value and file:
            try:
                value = Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise CredentialMissing(f"{name}_FILE cannot be read: {type(error).__name__}") from None
        if not value:
            raise CredentialMissing(f"the variable {name} is not set (nor {name}_FILE)")
        return value

    def token(self, tenant_id: str, session: str = "") -> str:
        """The tenant's bearer token; a login is asked once for each process and session, and its failure is kept, too.

        A tenant whose token stands in a variable has that one session.
        """
        tenant = self._tenant(tenant_id)
        if tenant.token is not None:
            return self.value(tenant.token)
        with self._lock:
            known = self._fetched.get((tenant_id, session))
            if known is None or (isinstance(known, str) and _ends_in(known) < _SPARE):
                known = self._fetched[tenant_id, session] = self._logged_in(tenant, session)
        if isinstance(known, CredentialMissing):
            raise CredentialMissing(known.trouble.detail)
        return known

    def authorization(self, identity: Identity) -> str | None:
        """The value of the Authorization header: `Bearer ...`, or None for somebody without a token."""
        if not (identity.tenant or identity.forge or identity.variable):
            return None
        token = self._unchanged(identity)
        if identity.forge:
            if self._forge is None:
                raise CredentialMissing(f"nothing here can forge a token ({identity.forge})")
            try:
                with self._lock:  # a forgery makes its own key once, and needs the same one twice
                    token = self._forge(token, identity)
            except StagecheckError as error:
                raise CredentialMissing(f"no token {identity} can be made: {error}") from None
            self.redactor.learn(self.label(identity)[1:], token)
        return f"Bearer {token}"

    def _unchanged(self, identity: Identity) -> str:
        """The token before anything is done to it; empty for nobody."""
        if identity.variable:
            return self.value(identity.variable)
        return self.token(identity.tenant, identity.session) if identity.tenant else ""

    def valid_within(self, identity: Identity) -> tuple[float, float]:
        """Seconds until that tenant's token begins (nbf, or iat) and until it ends, by this machine's clock.

        A token that says nothing of it begins at once, and does not end.
        """
        token = self.token(identity.tenant, identity.session)
        begins = [_time_in(token, claim) for claim in ("nbf", "iat")]
        return max((at - time.time() for at in begins if at is not None), default=0.0), _ends_in(token)

    def label(self, identity: Identity) -> str:
        """How a curl line names the identity's token: `$BIZOHOLIC_TOKEN`; empty for nobody."""
        if identity.variable:
            return "$" + identity.variable
        if identity.session:
            return "$" + _name(identity.tenant, "NEW_TOKEN")
        if identity.forge:
            return "$" + _name("FORGED", identity.tenant, identity.forge)
        if not identity.tenant:
            return ""
        return "$" + (self._tenant(identity.tenant).token or _name(identity.tenant, "TOKEN"))

    def fill(self, text: str) -> str:
        """The text with each `{token:TENANT}`, `{user:TENANT}` and `{password:TENANT}` replaced by that secret."""
        return _SECRET_OF.sub(lambda found: self._secret(found[1], found[2]), text)

    def fill_json(self, text: str) -> str:
        """The same for JSON, where the secrets stand within strings."""
        return _SECRET_OF.sub(lambda found: json.dumps(self._secret(found[1], found[2]))[1:-1], text)

    def pieces(self, text: str) -> list[tuple[str, str]]:
        """The text as (literal, "") and ("", NAME of a variable) in order: for a line that a shell can run."""
        pieces: list[tuple[str, str]] = []
        rest = 0
        for found in _SECRET_OF.finditer(text):
            pieces += [*self.redactor.pieces(text[rest : found.start()]), ("", self._variable(found[1], found[2]))]
            rest = found.end()
        return [*pieces, *self.redactor.pieces(text[rest:])]

    def _secret(self, kind: str, tenant_id: str) -> str:
        return self.token(tenant_id) if kind == "token" else self.value(self._variable(kind, tenant_id))

    def _variable(self, kind: str, tenant_id: str) -> str:
        """The name by which a shell knows that secret of a tenant."""
        if kind == "token":
            return self.label(Identity(tenant_id))[1:]
        login = self._tenant(tenant_id).login
        if login is None:
            raise CredentialMissing(f"the tenant {tenant_id} has no login")
        return login.user if kind == "user" else login.password

    def _tenant(self, tenant_id: str) -> Tenant:
        for tenant in self.environment.tenants:
            if tenant.id == tenant_id:
                return tenant
        raise CredentialMissing(f"the environment {self.environment.name} has no tenant {tenant_id!r}")

    def _logged_in(self, tenant: Tenant, session: str) -> str | CredentialMissing:
        login = tenant.login
        if login is None or self._send is None:
            return CredentialMissing(f"the tenant {tenant.id} has no way to get a token")
        secrets, missing = {}, []
        for field, name in login.fields.items():
            try:
                secrets[field] = self.value(name)
            except CredentialMissing as error:
                missing.append(error.trouble.detail)
        if missing:
            return CredentialMissing("; ".join(missing))
        named = {field: f"${name}" for field, name in login.fields.items()}
        request = Request(method="POST", path=login.path, body={**named})
        step = Step("login", request, base=self.environment.gateway)
        exchange = self._send(step, json.dumps(secrets).encode())
        where = f"the login of {tenant.id} at {exchange.url}"
        if exchange.trouble is not None:
            return CredentialMissing(f"{where}: {exchange.trouble.reason}: {exchange.trouble.detail}")
        if exchange.status != 200:
            return CredentialMissing(f"{where} answered {exchange.status}")
        token = _found(login.token, exchange)
        if not token:
            return CredentialMissing(f"{where} answered 200 without a token at {login.token}")
        self.redactor.learn(self.label(Identity(tenant.id, session=session))[1:], token)
        return token


def secret_names(environment: Environment) -> tuple[str, ...]:
    """The names of all variables of the environment whose values are secrets, in the order of the file."""
    return tuple(dict.fromkeys(_secret_names(environment)))


def _secret_names(environment: Environment) -> Iterator[str]:
    for tenant in environment.tenants:
        if tenant.token:
            yield tenant.token
        if tenant.login:
            yield from (tenant.login.user, tenant.login.password)
        yield from tenant.stale.named().values()
        if tenant.administrator:
            yield tenant.administrator
    yield from _urls(environment)
    if environment.administrator:
        yield environment.administrator
    edge = environment.edge
    if edge.basic:
        yield from (edge.basic.user, edge.basic.password)
    if edge.header:
        yield edge.header.value
    yield from _own_headers(environment)


def _own_headers(environment: Environment) -> Iterator[str]:
    yield from (service.header.value for service in environment.services.values() if service.header)


def _urls(environment: Environment) -> Iterator[str]:
    for database in environment.databases.values():
        yield from filter(None, (database.url, database.pooled))


def _password(url: str) -> str:
    try:
        return urlsplit(url).password or ""
    except ValueError:
        return ""


def _name(*parts: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", "_".join(part for part in parts if part).upper())


def _found(path: str, exchange: Exchange) -> str:
    if not isinstance(exchange.json, dict | list):
        return ""
    found = jsonpaths.found(path, exchange.json).values()
    return found[0] if found and isinstance(found[0], str) else ""


def _ends_in(token: str) -> float:
    """Seconds until the token's `exp`; without one that can be read, endless."""
    ends = _time_in(token, "exp")
    return float("inf") if ends is None else ends - time.time()


def _time_in(token: str, claim: str) -> float | None:
    """The time that a claim of the token names; None without one that can be read."""
    try:
        claims = token.split(".")[1]
        at = float(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))[claim])
    except (IndexError, KeyError, TypeError, ValueError, OverflowError):
        return None
    return at if math.isfinite(at) else None
