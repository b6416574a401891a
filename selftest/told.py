"""Plain values as what a check heard: judging is pure, so a judge is tried without a server.

`acme` asks, `zeta` is the other tenant. Steps come from the procedure itself, so a test cannot answer what nobody asks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stagecheck.exchange import Answers, Attempt, Exchange, Hop, Trouble
from stagecheck.isolation import PROCEDURES
from stagecheck.model import Entry, Environment, Request, Resource, Step, Whoami, Workflow
from stagecheck.outcome import Finding, Outcome, Reason
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.proofs import PROOFS
from stagecheck.setting import Setting

ACME = "sentinel-acme-6f0d2c81b7e94a53"
ZETA = "sentinel-zeta-1e97c05da3b84f62"

ENVIRONMENT: dict[str, Any] = {
    "name": "nowhere",
    "gateway": "http://gateway.invalid:8001",
    "services": {"shop": {"direct": "http://shop.invalid:8000"}},
    "domains": {"front": "www.acme.invalid", "other": "www.zeta.invalid"},
    "tenants": [
        {"id": "acme", "host": "www.acme.invalid", "sentinel": ACME, "token": "ACME_TOKEN"},
        {"id": "zeta", "host": "www.zeta.invalid", "sentinel": ZETA, "token": "ZETA_TOKEN"},
    ],
    "writes": "allowed",
}

# A resource of each kind: one that says no with a status, and one that says no with null under 200.
REST: dict[str, Any] = {
    "id": "leads",
    "find": {"request": {"path": "/leads", "query": {"search": "{sentinel}"}}, "id": "$.results[*].id"},
    "list": {"request": {"path": "/leads", "query": {"order": "id"}}, "items": "$.results[*]"},
    "read": {"request": {"path": "/leads/{id}"}},
    "create": {"request": {"method": "POST", "path": "/leads", "body": {"name": "{marker}"}}, "id": "$.id"},
    "update": {"request": {"method": "PATCH", "path": "/leads/{id}", "body": {"name": "{marker}"}}},
    "replace": {"request": {"method": "PUT", "path": "/leads/{id}", "body": {"name": "{marker}"}}},
    "delete": {"request": {"method": "DELETE", "path": "/leads/{id}"}},
    "page": {"number": "page", "size": "page_size", "largest": 2},
    "by_host": {
        "request": {"path": "/leads", "query": {"search": "{sentinel}"}, "via": "direct"},
        "id": "$.results[*].id",
    },
}


def graphql(document: str, **variables: str) -> dict[str, Any]:
    """A GraphQL request as it stands in a target."""
    return {"path": "/graphql", "graphql": {"document": document, "variables": variables}}


CHANGE = "mutation Change($id: ID!, $m: String!) { change(id: $id, mail: $m) { order { id } } }"
GRAPHQL: dict[str, Any] = {
    "id": "orders",
    "find": {
        "request": graphql("query Find($s: String!) { orders(search: $s) { id } }", s="{sentinel}"),
        "id": "$.data.orders[*].id",
        "capture": {"channel": "$.data.orders[*].channel"},
    },
    "list": {"request": graphql("query List { orders { id } }"), "items": "$.data.orders[*]"},
    "read": {"request": graphql("query Read($id: ID!) { order(id: $id) { id } }", id="{id}")},
    "create": {
        "request": graphql("mutation Make($c: ID!, $m: String!) { make(c: $c, m: $m) }", c="{channel}", m="{marker}"),
        "id": "$.data.make.id",
        "done": {"$.data.make.id": {"not_empty": True}},
    },
    "create_into": {
        "request": graphql("mutation Make($c: ID!) { make(c: $c) }", c="{victim_channel}"),
        "id": "$.data.make.id",
        "done": {"$.data.make.id": {"not_empty": True}},
    },
    "update": {"request": graphql(CHANGE, id="{id}", m="{marker}"), "done": {"$.data.change.id": {"not_empty": True}}},
    "delete": {"request": graphql(CHANGE, id="{id}", m=""), "done": {"$.data.change.id": {"not_empty": True}}},
    "denied": {"status": [403], "null_at": "$.data.order"},
    "page": {"cursor": "after", "size": "first", "largest": 50, "next": "$.data.end"},
    "by_host": {
        "request": graphql("query Find($s: String!) { orders(search: $s) { id } }", s="{sentinel}"),
        "id": "$.id",
    },
}


def environment(**changes: Any) -> Environment:
    """Two tenants, one service and two domains; `changes` replace keys of the YAML."""
    return Environment.model_validate_json(json.dumps({**ENVIRONMENT, **changes}))


def setting(schemas: Mapping[str, Any] | None = None, **changes: Any) -> Setting:
    """A run `r1` in `environment(**changes)`."""
    return Setting(environment(**changes), "r1", schemas or {})


# A tenant more than those two: where one other is enough, no more are asked.
MANY = setting(
    tenants=[
        *ENVIRONMENT["tenants"],
        {"id": "beta", "host": "www.beta.invalid", "sentinel": "sentinel-beta-77aa0c3f5e9d4b81", "token": "BETA_TOKEN"},
    ]
)


def request(**keys: Any) -> Request:
    """A request as a target would say it."""
    return Request.model_validate_json(json.dumps(keys))


def entry(proof: str, word: Mapping[str, Any] | None = None, kind: str = "routing", **keys: Any) -> Entry:
    """A `things` entry with that one proof, asked at /things."""
    data = {"id": "things", "kind": kind, "request": {"path": "/things"}, "proofs": {proof: dict(word or {})}, **keys}
    return Entry.model_validate_json(json.dumps(data))


def check(
    proof: str,
    word: Mapping[str, Any] | None = None,
    *,
    service: str = "shop",
    about: Mapping[str, Any] = (),
    **keys: Any,
) -> Check:
    """The check that the plan makes of `entry(...)`, asked as acme; `about` replaces fields of the check.

    A page is asked for as nobody, and its check has no tenant; here it has one, so that a step that takes it shows.
    """
    planned = entry(proof, word, **keys)
    fields: dict[str, Any] = {
        "id": f"{planned.kind}[{service}/things/{proof}]",
        "kind": planned.kind,
        "service": service,
        "name": f"{service}/things/{proof}",
        "proof": proof,
        "title": "",
        "required": True,
        "owner": "shop-team",
        "runbook": "",
        "source": "targets/shop.yaml:7",
        "tenant": "acme",
        "entry": planned,
        "word": getattr(planned.proofs, proof),
    }
    return Check(**{**fields, **dict(about)})


def stored_check() -> Check:
    """A check that plants a lead, reads it back, and removes it."""
    return check(
        "stored",
        {
            "create": {"method": "POST", "path": "/leads", "body": {"name": "{marker}"}},
            "id": "$.id",
            "read": {"path": "/leads/{id}"},
            "delete": {"method": "DELETE", "path": "/leads/{id}"},
            "expect": {"status": 200},
        },
    )


def page_check(proof: str, word: Mapping[str, Any] | None = None, **about: Any) -> Check:
    """A check of the public page of `front`."""
    return check(proof, word, service="front", kind="domain", request={"path": "/"}, about=about)


def isolation(
    proof: str, resource: Mapping[str, Any] | None = REST, whoami: Mapping[str, Any] | None = None, **about: Any
) -> Check:
    """An isolation check: acme tries to reach what is zeta's."""
    name = f"shop/{resource['id'] if resource else 'tokens'}/{proof}@acme:zeta"
    fields: dict[str, Any] = {
        "id": f"isolation[{name}]",
        "kind": "isolation",
        "service": "shop",
        "name": name,
        "proof": proof,
        "title": "",
        "required": True,
        "owner": "shop-team",
        "runbook": "",
        "source": "targets/shop.yaml:9",
        "tenant": "acme",
        "victim": "zeta",
        "resource": Resource.model_validate_json(json.dumps(dict(resource))) if resource else None,
        "whoami": Whoami.model_validate_json(json.dumps(dict(whoami))) if whoami else None,
    }
    return Check(**{**fields, **about})


def workflow(steps: Sequence[Mapping[str, Any]], cleanup: Sequence[Mapping[str, Any]] = ()) -> Check:
    """A workflow of acme's."""
    data = {"id": "lead", "title": "a lead arrives", "steps": list(steps), "cleanup": list(cleanup)}
    made = Workflow.model_validate_json(json.dumps(data))
    return Check(
        id="workflow[shop/lead]",
        kind="workflow",
        service="shop",
        name="shop/lead",
        proof="workflow",
        title=made.title,
        required=True,
        owner="shop-team",
        runbook="",
        source="targets/shop.yaml:9",
        tenant="acme",
        workflow=made,
    )


# ---- what was said --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """An answer before it is known to which step."""

    status: int | None = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    trouble: Trouble | None = None
    seconds: float = 0.01
    hops: tuple[Hop, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""

    def to(self, step: Step) -> Exchange:
        """The exchange in which this was the answer to that step."""
        return Exchange(
            step,
            self.url or step.base + step.request.path,
            status=self.status,
            headers=self.headers,
            body=self.body,
            seconds=self.seconds,
            trouble=self.trouble,
            hops=self.hops,
            attempts=self.attempts,
            facts=self.facts,
        )


def said(body: Any = b"", status: int | None = 200, type: str | None = "application/json", **more: Any) -> Said:
    """An answer with that body, as JSON unless it is bytes; `type` None sends no Content-Type."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = (*((("Content-Type", type),) if type else ()), *more.pop("headers", ()))
    return Said(status, raw, headers, **more)


def html(text: str, status: int = 200, **more: Any) -> Said:
    """A page."""
    return said(text.encode(), status, "text/html; charset=utf-8", **more)


def silent(reason: Reason = Reason.CONNECT, detail: str = "connection refused") -> Said:
    """No answer at all."""
    return Said(None, trouble=Trouble(reason, detail))


def learnt(**facts: Any) -> Said:
    """What a probe that is not HTTP found out."""
    return Said(None, facts=facts)


# ---- what was heard, and what it means ------------------------------------------------------------------------------


def procedure_of(check: Check) -> Procedure:
    return PROOFS[check.proof] if check.word is not None else PROCEDURES[check.proof]


def steps(check: Check, where: Setting | None = None) -> dict[str, Step]:
    """The steps of a check by name, in the order of asking."""
    return {step.name: step for step in procedure_of(check).steps(check, where or setting())}


def hear(
    check: Check,
    told: Mapping[str, Said],
    captured: Mapping[str, str] | None = None,
    unsent: Mapping[str, str] | None = None,
    where: Setting | None = None,
) -> Answers:
    """The answers of a check; every step must be told or unsent, and nothing else, but steps that follow others."""
    where = where or setting()
    asked = list(procedure_of(check).steps(check, where))
    heard: dict[str, Exchange] = {}
    names: set[str] = set()
    missing = {step.name for step in asked} - set(told) - set(unsent or {})
    assert not missing, f"no answer for {missing}"

    def ask(more: Iterable[Step]) -> None:
        for step in more:
            assert step.name not in names, f"{step.name} is asked twice"
            names.add(step.name)
            if step.name in told:
                heard[step.name] = told[step.name].to(step)

    ask(asked)
    while more := procedure_of(check).follow(check, where, Answers(dict(heard), captured or {}, unsent or {})):
        ask(more)
    assert set(told) == set(heard), f"nobody asks {set(told) - set(heard)}"
    return Answers(heard, captured or {}, unsent or {})


def judged(check: Check, told: Mapping[str, Said], where: Setting | None = None, **more: Any) -> Finding | None:
    """What the check comes to: the finding of its controls, or else of its judgement."""
    where = where or setting()
    answers = hear(check, told, where=where, **more)
    procedure = procedure_of(check)
    found = procedure.controls(check, where, answers) or procedure.holds(check, where, answers)
    if found is not None:
        _is_whole(found, {*told, *answers.unsent})
    return found


def _is_whole(found: Finding, steps: set[str]) -> None:
    """Every finding says what must hold, what was seen and why, and names the exchange that shows it."""
    sentences = (found.must_hold, found.seen, found.cause)
    assert all(isinstance(sentence, str) and sentence and "\n" not in sentence for sentence in sentences), found
    assert found.step in steps, found


def passes(check: Check, told: Mapping[str, Said], **more: Any) -> bool:
    return judged(check, told, **more) is None


def fails(check: Check, told: Mapping[str, Said], **more: Any) -> Finding:
    """The finding of a check that must fail."""
    found = judged(check, told, **more)
    assert found is not None, "it passed"
    assert found.outcome is Outcome.FAILED, found
    return found


def unproven(check: Check, told: Mapping[str, Said], **more: Any) -> Finding:
    """The finding of a check whose control must fail: inconclusive, and never passed."""
    found = judged(check, told, **more)
    assert found is not None, "it passed"
    assert (found.outcome, found.reason) == (Outcome.INCONCLUSIVE, Reason.CONTROL_FAILED), found
    return found


def who(step: Step) -> str:
    """Who asks a step, in a word."""
    return str(step.identity)


def identities(check: Check, where: Setting | None = None) -> dict[str, str]:
    """step name -> who asks it."""
    return {name: who(step) for name, step in steps(check, where).items()}


def writers(check: Check) -> list[str]:
    """The steps that may change what the platform holds."""
    return [name for name, step in steps(check).items() if step.request.writes]


def cleanups(check: Check) -> list[str]:
    """The steps that are asked whatever happened before."""
    return [name for name, step in steps(check).items() if step.cleanup]
