"""Each refusal of an environment, by one tiny bad file and its exact sentence; and the variables."""

import json
import shutil
from pathlib import Path

import pytest

from stagecheck import environment, targets
from stagecheck.errors import BadInput

HERE = Path(__file__).parent
BAD = HERE / "bad" / "environments"
GOOD = HERE / "good"
OURS = HERE.parent / "targets"
VARIABLES = {"EMPTY": "", "SECRET": "hunter2 secret"}
# Each begins with targets/environments/lab.yaml
SENTENCES = {
    "bad-connect": ":4: connect['gateway:8001']: expected HOST:PORT, got a string '127.0.0.1'",
    "bad-variable": ":2: gateway: expected ${NAME} or ${NAME:-default}, got ${lab gateway}",
    "domain-with-scheme": ":4: domains.crm: expected a host name, or one with a path such as stg.example.org/login, got a string 'https://red.example/login'",  # noqa: E501
    "empty-variable": ":2: gateway: the variable EMPTY is empty",
    "gateway-with-password": ":2: gateway: expected an origin such as http://gateway:8001, without path and credentials, got a string 'http://***@gateway:8001'",  # noqa: E501
    "gateway-with-path": ":2: gateway: expected an origin such as http://gateway:8001, without path and credentials, got a string 'http://gateway:8001/api'",  # noqa: E501
    "gateway-port": ":2: gateway: expected an origin such as http://gateway:8001, without path and credentials, got a string 'http://gateway:80011'",  # noqa: E501
    "no-tenants": ":4: tenants: asserts nothing: it is empty",
    "production-writes": ":3: writes: a production environment allows no writes: set 'writes: never'",
    "same-credential": ":6: tenants[1]: the credential of 'red' again",
    "ready-shrinks": ":6: ready.longest: shorter than 'interval', which is 4",
    "same-host": ":6: tenants[1].host: the host of 'red' again",
    "same-sentinel": ":6: tenants[1].sentinel: the sentinel of 'red' again",
    "same-tenant": ":7: tenants[2].id: duplicate tenant id 'red'",
    "short-sentinel": ":5: tenants[0].sentinel: expected at least 24 characters, got a string 'red'",
    "start-for-a-shell": ":3: start[2]: expected ${NAME} or ${NAME:-default}, got $LAB_PORT",
    "start-no-program": ":3: start[0]: no program here is 'pyhton'; did you mean 'python'?",
    "token-and-login": ":5: tenants[0]: a tenant has a 'token' or a 'login', exactly one of them",
    "unclosed-variable": ":2: gateway: expected ${NAME} or ${NAME:-default}, got ${LAB_GATEWAY, which has no end",
    "undefined-variable": ":2: gateway: the variable LAB_GATEWAY is not set",
    "unknown-key": ":7: domain: unknown key; did you mean 'domains'?",
    "unknown-service": ":8: domains.crmm: unknown service 'crmm'; did you mean 'crm'?",
    "value-for-a-name": ":5: tenants[0].token: expected the name of an environment variable (capitals, digits and underscores), not a value",  # noqa: E501
    "value-of-a-variable": ":2: gateway: expected an origin such as http://gateway:8001, without path and credentials, got something else from ${SECRET}",  # noqa: E501
    "writes": ":3: writes: expected one of 'allowed', 'removable', 'never', got a string 'no'",
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(GOOD, tmp_path / "targets")
    return tmp_path / "targets"


def refusal(name="lab"):
    with pytest.raises(BadInput) as raised:
        environment.read(name, Path("targets"), VARIABLES, targets.load(Path("targets")))
    return str(raised.value)


@pytest.mark.parametrize("name", SENTENCES)
def test_a_bad_environment_is_refused_in_one_line(name, folder):
    shutil.copy(BAD / f"{name}.yaml", folder / "environments" / "lab.yaml")

    assert refusal() == f"targets/environments/lab.yaml{SENTENCES[name]}"


def test_every_bad_file_has_its_sentence():
    files = {path.stem for path in BAD.glob("*.yaml")}

    assert files == SENTENCES.keys()


def test_no_refusal_shows_the_value_of_a_variable(folder):
    shutil.copy(BAD / "value-of-a-variable.yaml", folder / "environments" / "lab.yaml")

    assert "hunter2" not in refusal()


def test_an_unknown_name_is_refused_with_the_nearest():
    sentence = "unknown environment 'labs': targets/environments/labs.yaml is not there; did you mean 'lab'?"

    assert refusal("labs") == sentence


def test_a_path_that_is_not_there():
    assert refusal("else/where.yaml") == "else/where.yaml: no such file"


def test_a_tenant_that_the_environment_does_not_have(folder):
    shutil.copy(HERE / "bad" / "unknown-tenant.yaml", folder / "crm.yaml")

    assert refusal() == (
        "targets/crm.yaml:7: checks[0].as: unknown tenant 'grean' in the environment 'lab'; did you mean 'green'?"
    )


def test_a_workflow_of_a_tenant_that_the_environment_does_not_have(folder):
    steps = [{"id": name, "request": {"path": "/"}, "expect": {"status": 200}} for name in ("a", "b")]
    flow = {"id": "lead", "title": "a lead", "as": "grean", "steps": steps}
    data = {"service": "crm", "title": "CRM", "owner": "team", "workflows": [flow]}
    (folder / "crm.yaml").write_text(json.dumps(data))

    assert refusal() == (
        "targets/crm.yaml:1: workflows[0].as: unknown tenant 'grean' in the environment 'lab'; did you mean 'green'?"
    )


DATABASE = """service: cache
title: Cache
owner: team
checks:
  - id: up
    kind: health
    as: anonymous
    request: {sql: {query: SELECT 1 AS one}}
    expect: {json: {"$[0].one": 1}}
    proofs: {answers: {root: true}}
"""


def test_the_library_of_a_database_is_needed_where_the_environment_names_one(folder, monkeypatch):
    (folder / "cache.yaml").write_text(DATABASE)
    monkeypatch.setattr("stagecheck.extras.lacking", lambda module, extra: f"needs {module} of {extra}")
    loaded = targets.load(folder)
    assert environment.read("lab", folder, VARIABLES, loaded).databases == {}

    lab = folder / "environments" / "lab.yaml"
    lab.write_text(lab.read_text() + "databases: {cache: {url: CACHE_URL}}\n")
    with pytest.raises(BadInput, match=r"cache.yaml:10: checks\[0\].proofs.answers: needs psycopg of databases$"):
        environment.read("lab", folder, VARIABLES, loaded)


def test_a_tenant_of_a_database_is_one_of_the_environment(folder):
    (folder / "cache.yaml").write_text(DATABASE)
    lab = folder / "environments" / "lab.yaml"
    lab.write_text(lab.read_text() + "databases: {cache: {url: CACHE_URL, tenants: {rod: A-1}}}\n")

    assert refusal().endswith("databases.cache.tenants.rod: unknown tenant 'rod'; did you mean 'red'?")


def test_a_tenant_of_the_environment_may_ask(folder):
    text = (HERE / "bad" / "unknown-tenant.yaml").read_text()
    (folder / "crm.yaml").write_text(text.replace("grean", "green"))

    loaded = targets.load(Path("targets"))
    here = environment.read("lab", Path("targets"), {}, loaded)

    assert loaded[0].target.checks[0].as_ in {tenant.id for tenant in here.tenants}


@pytest.mark.parametrize(
    ("variables", "gateway"),
    [({}, "http://gateway:8001"), ({"LAB_GATEWAY": "https://lab.example"}, "https://lab.example")],
)
def test_a_variable_or_its_default(variables, gateway):
    here = environment.load("lab", Path("targets"), variables)

    assert here.environment.gateway == gateway


def test_a_path_is_read_wherever_it_is(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(HERE)

    here = environment.load(str(folder / "environments" / "lab.yaml"), OURS, {})

    assert here.environment.name == "lab"


def test_what_a_variable_holds_is_not_looked_at_for_more_variables():
    with pytest.raises(BadInput, match=r"got something else from \$\{LAB_GATEWAY:-http://gateway:8001\}$"):
        environment.load("lab", Path("targets"), {"LAB_GATEWAY": "${SECRET}"})


PRODUCTION = {
    "PRODUCTION_GATEWAY": "https://gateway.example",
    "PRODUCTION_BIZOHOLIC_DOMAIN": "one.example",
    "PRODUCTION_CORELDOVE_DOMAIN": "two.example",
    "PRODUCTION_THRILLRING_DOMAIN": "three.example",
}


@pytest.mark.parametrize(
    ("name", "variables", "writes"),
    [
        ("local", {}, "allowed"),
        ("staging", {"STAGING_GATEWAY": "http://stage.example:8001"}, "allowed"),
        ("production", PRODUCTION, "never"),
    ],
)
def test_our_own_environments_fit_our_own_targets(name, variables, writes):
    here = environment.read(name, OURS, variables, targets.load(OURS))

    assert (here.name, here.writes) == (name, writes)
    assert [tenant.id for tenant in here.tenants] == ["bizoholic", "coreldove"]


def test_staging_without_its_variable_says_which():
    with pytest.raises(BadInput, match=r"staging.yaml:\d+: gateway: the variable STAGING_GATEWAY is not set$"):
        environment.load("staging", OURS, {})
