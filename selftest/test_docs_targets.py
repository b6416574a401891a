"""docs/targets.md explains every key of the model, under its name in YAML, and states its true default."""

import json
import re
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from stagecheck import model
from stagecheck.plan import PROBES

PAGE = (Path(__file__).parent.parent / "docs" / "targets.md").read_text()
SECTIONS = {
    "Target": model.Target,
    "Check": model.Entry,
    "Request": model.Request,
    "GraphQL": model.GraphqlOperation,
    "Batch": model.Graphql,
    "Redis": model.Redis,
    "SQL": model.Sql,
    "gRPC": model.Grpc,
    "Expect": model.Expect,
    "Eventually": model.Eventually,
    "Condition": model.Condition,
    "Proofs": model.Proofs,
    "Every proof": model.Proof,
    "answers": model.Answers,
    "components": model.Components,
    "honest": model.Honest,
    "openapi": model.Openapi,
    "signature": model.Signature,
    "sentinel": model.Sentinel,
    "missing, missing_slug": model.Missing,
    "filter": model.Filter,
    "varies": model.Varies,
    "repeated": model.Repeated,
    "methods": model.Methods,
    "kept": model.Kept,
    "refused": model.Refused,
    "whole": model.Whole,
    "direct": model.Direct,
    "stored": model.Stored,
    "census": model.Census,
    "hidden": model.Hidden,
    "cors": model.Cors,
    "cookies": model.Cookies,
    "rendered": model.Rendered,
    "containers": model.Containers,
    "limited": model.Limited,
    "tenant_keys": model.TenantKeys,
    "row_security": model.RowSecurity,
    "tenant_rows": model.TenantRows,
    "tls": model.Tls,
    "assets": model.Assets,
    "internal": model.Internal,
    "closed": model.Closed,
    "Resource": model.Resource,
    "Operation": model.Operation,
    "Ways": model.Ways,
    "Way": model.Way,
    "Child": model.Child,
    "Denied": model.Denied,
    "Paging": model.Paging,
    "Whoami": model.Whoami,
    "Workflow": model.Workflow,
    "Leftover": model.Leftover,
    "Step": model.WorkflowStep,
    "Logout": model.Logout,
    "Privileged": model.Privileged,
    "Revision": model.Revision,
    "Environment": model.Environment,
    "Ready": model.Ready,
    "Tenant": model.Tenant,
    "Login": model.Login,
    "Stale": model.Stale,
    "Address": model.ServiceAddress,
    "Database": model.Database,
    "Edge": model.Edge,
    "edge.basic": model.Basic,
    "edge.header": model.HeaderCredential,
    "edge.client_certificate": model.ClientCertificate,
    "Budgets": model.Budgets,
}


def keys(word):
    """The keys of a class with their defaults as the page writes them; those of its base only where they begin."""
    own = word.model_fields if word.__base__ is model.Word else word.__annotations__
    return {field.alias or name: default(field) for name, field in word.model_fields.items() if name in own}


def default(field):
    if field.default is PydanticUndefined:
        return "required"
    if isinstance(field.default, model.Word):
        return "own"
    return "none" if field.default in (None, "", [], {}) else f"`{json.dumps(field.default)}`"


def section(heading):
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    return found.group(1) if found else ""


def words(kind):
    for child in kind.__subclasses__():
        yield child
        yield from words(child)


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_is_explained_with_its_default(heading):
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \| [^|]+ \|$", section(heading), re.MULTILINE)

    assert dict(rows) == keys(SECTIONS[heading])


def test_every_class_with_keys_has_its_section():
    documented = set(SECTIONS.values())
    own = (word for word in words(model.Word) if word.__module__ == model.__name__)
    lacking = [word.__name__ for word in own if word not in documented and keys(word)]

    assert lacking == []


def test_the_placeholders_of_the_suite_are_told():
    for name in ("tenant", "host", "sentinel", "nonsense", "marker", "needle", "id", "victim"):
        assert f"`{{{name}}}`" in PAGE


def test_every_isolation_probe_is_listed_with_its_number():
    rows = re.findall(r"^\| (T[^|]+) \| `([a-z-]+)` \|", section("What is asked of a resource"), re.MULTILINE)

    assert {name: number for number, name in rows} == {name: probe.number for name, probe in PROBES.items()}
