"""What a plain check says: each address asked once, its status compared with 200, as `curl -w '%{http_code}'` does."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import urlencode

import dns.exception
import dns.resolver
import httpx

from stagecheck.model import Entry, Environment, Step
from stagecheck.plan import Plan
from stagecheck.setting import Setting

TIMEOUT = 5.0
# Addresses asked side by side, each once: those that nobody answers wait for their time-out together.
SIDE_BY_SIDE = 32


def addresses(plan: Plan, setting: Setting) -> dict[str, Step]:
    """Every address that a target asks by GET of HTTP, by check id: the suite's, so that only the judgement differs."""
    # Who guards a page by a redirect is not asked for 200 by anybody.
    return {
        check.id: setting.step(check, "answer", check.entry.request)
        for check in plan.checks
        if check.proof == "answers" and check.entry is not None and _is_plain(check.entry)
    }


def _is_plain(entry: Entry) -> bool:
    request, wanted = entry.request, entry.expect.status if entry.expect else 200
    answers_200 = 200 in wanted if isinstance(wanted, list) else wanted == 200
    return answers_200 and request.probe == "http" and request.method == "GET" and request.graphql is None


def red(
    plan: Plan, environment: Environment, variables: Mapping[str, str], only: Collection[str] = ()
) -> dict[str, str]:
    """The addresses that are not 200, by check id: the status, or what went wrong on the way; of all, or of `only`."""
    steps = {id: step for id, step in addresses(plan, Setting(environment, "plain")).items() if not only or id in only}
    context = ssl.create_default_context(cafile=environment.ca_file)
    # As with curl each has a connection of its own: one that is kept was opened in another host's name.
    anew = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(verify=context, trust_env=False, timeout=TIMEOUT, limits=anew) as client:
        tokens = {tenant.id: _token(client, environment, tenant.id, variables) for tenant in environment.tenants[:1]}
        given = [_credentials(environment, step, tokens, variables) for step in steps.values()]
        with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
            said = list(threads.map(partial(_status, client, environment), steps.values(), given))
    return {id: status for id, status in zip(steps, said, strict=True) if status != "200"}


def _token(client: httpx.Client, environment: Environment, id: str, variables: Mapping[str, str]) -> str:
    login = next(tenant.login for tenant in environment.tenants if tenant.id == id)
    assert login is not None
    body = {"email": variables[login.user], "password": variables[login.password]}
    try:
        answer = client.post(_dialled(environment, environment.gateway) + login.path, json=body)
        return str(answer.json()["access_token"])
    except (httpx.HTTPError, OSError, ValueError, LookupError, TypeError):
        return ""


def _credentials(
    environment: Environment, step: Step, tokens: Mapping[str, str], variables: Mapping[str, str]
) -> dict[str, str]:
    """What whoever asks with curl is given, too: a tenant's token, and the key of a service that wants one."""
    token, wanted = tokens.get(step.identity.tenant, ""), environment.own_header(step)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return {**headers, wanted.name: variables[wanted.value]} if wanted else headers


def _status(client: httpx.Client, environment: Environment, step: Step, credentials: Mapping[str, str]) -> str:
    host = httpx.URL(step.base).netloc.decode()
    headers = {"Host": host, **dict(step.extra_headers), **credentials}
    query = f"?{urlencode(step.request.query, doseq=True)}" if step.request.query else ""
    try:
        url = _dialled(environment, step.base) + step.request.path + query
        answer = client.get(url, headers=headers, extensions={"sni_hostname": host})
    except (httpx.HTTPError, OSError, dns.exception.DNSException) as error:
        return type(error).__name__
    return str(answer.status_code)


def _dialled(environment: Environment, base: str) -> str:
    """The origin with the address that the environment's table and name server have for it."""
    url = httpx.URL(base)
    port = url.port or {"http": 80, "https": 443}[url.scheme]
    where = environment.connect[f"{url.host}:{port}"]
    if where.startswith(":"):
        where = f"{_resolved(environment, url.host)}{where}"
    return f"{url.scheme}://{where}"


def _resolved(environment: Environment, host: str) -> str:
    asker = dns.resolver.Resolver(configure=False)
    server, _, port = environment.resolver.partition(":")
    asker.nameservers, asker.port = [server], int(port)
    return str(asker.resolve(f"{host}.", "A", lifetime=1, search=False)[0])
