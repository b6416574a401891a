"""Each refusal of a target, by one tiny bad file and its exact sentence."""

import json
import shutil
from pathlib import Path

import pytest

from stagecheck import targets
from stagecheck.errors import BadInput

HERE = Path(__file__).parent
BAD = HERE / "bad"
GOOD = HERE / "good"
# Each begins with targets/x.yaml
SENTENCES = {
    "graphql-variable-not-declared": ":10: checks[0].request.graphql.variables.chanel: the document declares no $chanel; it declares $channel",  # noqa: E501
    "graphql-variable-undeclared": ":9: checks[0].request.graphql.document: $channel is used and not declared",
    "stored-by-reading": ":11: checks[0].proofs.stored.create: GET writes nothing: no record would come of it or go by it",  # noqa: E501
    "alias-bomb": ": more than 20000 values, aliases followed",
    "alias-in-itself": ": nested deeper than 64 levels",
    "answers-without-expect": ":5: checks[0]: the proof 'answers' needs an 'expect'",
    "bad-graphql": ":9: checks[0].request.graphql.document: not a GraphQL document: Syntax Error: Expected Name, found <EOF>.",  # noqa: E501
    "bad-id": ":5: checks[0].id: expected small letters, digits and hyphens, got a string 'Leads_1'",
    "bad-jsonpath": ":9: checks[0].expect.json['$..[']: not a JSONPath: unbalanced brackets",
    "jsonpath-without-root": ":9: checks[0].expect.json.status: a JSONPath begins with `$`",
    "bad-path": ":7: checks[0].request.path: expected a path that begins with / and has no spaces, got a string 'api/leads'",  # noqa: E501
    "bad-regex": ":8: checks[0].expect.matches: the pattern does not compile: missing ), unterminated subpattern at position 0",  # noqa: E501
    "brand-without-fingerprint": ":7: checks[0].proofs.brand: a check that asserts nothing: the target has no 'fingerprint'",  # noqa: E501
    "control-character": ":4: not YAML: the character U+0001 is not allowed",
    "credential": ":8: checks[0].request.headers.Authorization: a credential has no place here: 'as' says who asks",
    "deep": ": nested deeper than 64 levels",
    "duplicate-check": ":9: checks[1].id: duplicate check id 'leads'; the first is in line 5",
    "duplicate-key": ":8: checks[0].expect: duplicate key; the first is in line 7",
    "duplicate-resource": ":6: resources[1].id: duplicate resource id 'leads'; the first is in line 5",
    "empty-condition": ":8: checks[0].expect.json['$.id']: a condition that asserts nothing",
    "empty-expect": ":7: checks[0].expect: a check that asserts nothing",
    "empty": ": empty",
    "expect-of-nothing": ":7: checks[0].expect: a check that asserts nothing",
    "http-proof-of-redis": ":7: checks[0].request: asks in its own way: only 'answers' is about a request of another protocol",  # noqa: E501
    "infinity": ":8: checks[0].expect.within: not a number that can be kept exactly: 1e999",
    "keyed-at-the-gateway": ":8: checks[0].keyed: the header of a service goes with 'via: direct' alone",
    "list": ":1: expected a mapping (key: value), got a list",
    "many-values": ":7: checks[0].proofs.repeated.values: expected at most 2 items, got 3",
    "merge-key": ":6: checks[1]: merge keys ('<<') are not read: alias a whole value",
    "missing-key-inside": ":8: checks[0].proofs.missing: missing key 'request'",
    "missing-key": ":1: missing key 'owner'",
    "needs-itself": ":4: needs[0]: 'crm' would need itself",
    "no-checks": ":1: a target that asserts nothing: it needs checks, resources or workflows",
    "no-proofs-key": ":5: checks[0]: missing key 'proofs'",
    "no-proofs": ":5: checks[0]: a check that asserts nothing: name at least one proof",
    "no-routes": ":7: checks[0].proofs.openapi.routes: asserts nothing: it is empty",
    "no-time": ":8: checks[0].expect.within: expected more than 0, got the number 0",
    "no-yaml": ":5: not YAML: expected the node content, but found '<stream end>'",
    "not-a-list": ":4: needs: expected a list, got a string 'saleor'",
    "not-a-mapping-inside": ":7: checks[0].expect: expected a mapping, got the number 200",
    "not-a-number": ":8: checks[0].expect.within: expected a number, got a string 'fast'",
    "not-a-status": ":8: checks[0].expect.status: expected a whole number or a list, got a string 'ok'",
    "not-a-string": ":8: checks[0].expect.contains[0]: expected a string, got the number 404",
    "not-a-truth-value": ":7: checks[0].required: expected true or false, got a string 'yes'",
    "not-utf-8": ":4: not UTF-8: byte 0xe9",
    "null-expect": ":7: checks[0].expect: empty: give it a value, or leave the key out",
    "number-as-key": ":7: checks[0].request.headers: the key 200 is no text: quote it",
    "one-question": ":7: checks[0].proofs.varies.requests: expected at least 2 items, got 1",
    "out-of-a-list": ":6: checks[0].kind: expected one of 'health', 'routing', 'domain', 'isolation', got a string 'helth'; did you mean 'health'?",  # noqa: E501
    "mail-to-somebody": ":14: checks[0].proofs.stored.create.body.contact[0].email: 'gmail.com' may be somebody's: what is written goes to a reserved domain; did you mean 'example.org'?",  # noqa: E501
    "mail-to-the-host": ":15: checks[0].proofs.stored.create.graphql.variables.email: '{host}' may be somebody's: what is written goes to a reserved domain; did you mean 'example.org'?",  # noqa: E501
    "queue-of-no-namespace": ":8: checks[0].request.grpc.task_queue: a task queue is one of a 'namespace', which is not named",  # noqa: E501
    "redis-writes": ":7: checks[0].request.redis.command[0]: only what reads is asked: one of DBSIZE, EXISTS, INFO, PING, SCAN, TTL, TYPE",  # noqa: E501
    "status-in-a-list": ":8: checks[0].expect.status[1]: expected a whole number, got a string 'ok'",
    "status-out-of-range": ":8: checks[0].expect.status: expected 100 or more, got the number 20",
    "tab": ":5: not YAML: found character '\\t' that cannot start any token",
    "tag": ":4: runbook: unknown YAML tag !!python/name:os.system",
    "text": ":1: expected a mapping (key: value), got the text 'crm'",
    "release-in-two-places": ":4: revision: a release stands in a 'header', 'at' a path or in a 'pattern', exactly one of them",  # noqa: E501
    "eventually-of-no-http": ":7: checks[0].eventually: 'proofs.dns' asks no HTTP: without 'until' and 'halt_if'",
    "eventually-writes": ":8: checks[0].eventually: asked again and again, so it must not write, as 'proofs.stored' does",  # noqa: E501
    "release-that-writes": ":5: revision.request: asked again and again while the run waits, so it must not write",
    "two-bodies": ":7: checks[0].request: a request has a body or a graphql document, not both",
    "two-documents": ":4: not YAML: expected a single document in the stream, but found another document",
    "two-protocols": ":7: checks[0].request.path: beside 'redis', which is a protocol of its own, no other key is asked",  # noqa: E501
    "unknown-claim": ":9: checks[0].proofs.honest.claims.cms: unknown service 'cms'; did you mean 'crm'?",
    "unknown-key-far": ":7: checks[0].request.graphql.zzz: unknown key; there is beside, document, variables",
    "unknown-key-in-condition": ":9: checks[0].expect.json['$.id'].equls: unknown key; did you mean 'equals'?",
    "unknown-key": ":8: checks[0].expect.staus: unknown key; did you mean 'status'?",
    "closed-unknown-service": ":12: checks[0].proofs.closed.ports.cmr: unknown service 'cmr'; there is front",
    "unknown-needs": ":4: needs[0]: unknown service 'crmm'; did you mean 'crm'?",
    "unknown-proof": ":9: checks[0].proofs.anwsers: unknown key; did you mean 'answers'?",
    "unknown-schema": ":7: checks[0].expect.schema: unknown schema 'crm-lead': targets/schemas/crm-lead.json is not there",  # noqa: E501
    "claim-without-root": ":4: checks: no check has 'answers: {root: true}', which the claim in targets/x.yaml:9 is held against",  # noqa: E501
    "workflow-among-checks": ":6: checks[0].kind: a workflow is no check of its own: it stands under 'workflows:', with its steps",  # noqa: E501
    "elsewhere-not-needed": ":7: checks[0].stands_on[0]: 'crm' is none of what crm needs",
    "elsewhere-nothing": ":7: checks[0].stands_on[0]: no check is 'crm/leads/whle'; did you mean 'crm/leads/whole'?",
    "nothing-between": ":7: checks[0].expect.json['$.count'].at_most: nothing is at least 5 and at most 2",
    "bad-type": ":7: checks[0].expect.type: expected a media type such as application/json, without parameters, got a string 'json'",  # noqa: E501
    "domain-proof-elsewhere": ":8: checks[0].proofs.dns: a proof of 'kind: domain' only",
    "find-without-id": ":6: resources[0].find: missing key 'id': where the record's id stands in the answer",
    "page-without-items": ":7: resources[0].list: missing key 'items': without it no page can be told to be full",
    "behind-nothing": ":10: resources[1].behind: no other resource of this target is 'leeds'; did you mean 'leads'?",
    "whoami-of-nothing": ":8: whoami.check: no check of this target is 'token/answrs'; did you mean 'token/answers'?",
    "root-of-each": ":9: checks[0].proofs.answers.root: a root is one check: 'as: each' would make several of it",
    "stands-on-itself": ":9: checks[0].proofs.answers: stands on itself, by way of what it stands on",
    "stands-on-nothing": ":9: checks[0].proofs.answers.stands_on[0]: no check of this target is 'leads/hole'; did you mean 'leads/whole'?",  # noqa: E501
    "unknown-charset": ":7: checks[0].expect.charset: no character set is called 'utf-88'",
    "second-root": ":12: checks[1].proofs.answers.root: a second root: the first is 'checks[0]'",
    "tenant-proof-of-nobody": ":8: checks[0].proofs.sentinel: looks for a tenant's sentinel, and nobody asks here",
    "duplicate-workflow": ":10: workflows[1].id: duplicate workflow id 'lead'; the first is in line 5",
    "workflow-bearer-of-nothing": ":9: workflows[0].steps[1].bearer: no secret of an earlier step is called so",
    "workflow-capital-name": ":8: workflows[0].steps[0].capture.Lead: expected small letters and underscores, got a string 'Lead'",  # noqa: E501
    "workflow-ends-with-a-write": ":7: workflows[0].steps: the last step writes: what a workflow did is read back at its end",  # noqa: E501
    "workflow-expects-nothing": ":8: workflows[0].steps[0]: missing key 'expect'",
    "workflow-leaves-behind": ":11: workflows[0].steps[0].creates.lead: no later step reads how this record ends",
    "workflow-of-nobody": ":10: workflows[0].steps[1]: the workflow is nobody's: its steps are 'as: anonymous'",
    "workflow-of-one-step": ":7: workflows[0].steps: expected at least 2 items, got 1",
    "workflow-own-name": ":8: workflows[0].steps[0].capture.tenant: {tenant} is filled in by the suite itself: choose another name",  # noqa: E501
    "census-of-no-kinds": ":8: checks[0].proofs.census: 'each' counts kinds, and no 'kinds' says where they stand",
    "cors-for-nobody": ":8: checks[0].proofs.cors.allowed[0]: unknown service 'crn'; did you mean 'crm'?",
    "workflow-stands-on-nothing": ":7: workflows[0].stands_on[0]: no check is 'crm/leads/stored'; did you mean 'crm/leads/answers'?",  # noqa: E501
    "workflow-step-twice": ":11: workflows[0].cleanup[0].id: duplicate step id 'read' of this workflow",
    "workflow-unknown-service": ":8: workflows[0].steps[0].service: unknown service 'cms'; did you mean 'crm'?",
    "workflow-waits-to-write": ":8: workflows[0].steps[0].eventually: asked again and again, so it must not write",
    "workflow-waits-twice": ":8: workflows[0].steps[0].eventually.until: a step waits for what its own 'expect' says",
}
IN_AN_ENVIRONMENT = {"unknown-tenant"}  # refused by environment.agree


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "targets" / "schemas").mkdir(parents=True)
    return tmp_path / "targets"


def refusal():
    with pytest.raises(BadInput) as raised:
        targets.load(Path("targets"))
    return str(raised.value)


@pytest.mark.parametrize("name", SENTENCES)
def test_a_bad_target_is_refused_in_one_line(name, folder):
    shutil.copy(BAD / f"{name}.yaml", folder / "x.yaml")

    assert refusal() == f"targets/x.yaml{SENTENCES[name]}"


def test_a_claim_without_its_root_is_refused_where_the_root_is_lacking(folder):
    (folder / "gateway.yaml").write_text((BAD / "claim-without-root.yaml").read_text().replace("crm", "gateway", 1))
    crm = (GOOD / "crm.yaml").read_text()
    (folder / "crm.yaml").write_text(crm.replace("root: true", "title: x"))

    line = 1 + crm.splitlines().index("checks:")
    assert refusal().startswith(f"targets/crm.yaml:{line}: checks: no check has 'answers: {{root: true}}'")
    assert refusal().endswith("which the claim in targets/gateway.yaml:9 is held against")


@pytest.mark.parametrize("name", ["known_issues.yaml", "known-issues.yml", "known-issue.yaml", "profile.yaml"])
def test_a_file_of_another_kind_under_a_wrong_name_is_told_the_right_one(name, folder):
    shutil.copy(GOOD / "crm.yaml", folder)
    (folder / name).write_text("issues: []")
    right = "profiles.yaml" if "profile" in name else "known-issues.yaml"

    assert refusal() == f"targets/{name}: this is no target, and is read under the name '{right}' only"


def test_every_bad_file_has_its_sentence():
    files = {path.stem for path in BAD.glob("*.yaml")}

    assert files == SENTENCES.keys() | IN_AN_ENVIRONMENT


def test_a_good_target_is_loaded_with_its_lines(folder):
    shutil.copy(GOOD / "crm.yaml", folder)

    (loaded,) = targets.load(Path("targets"))

    assert loaded.path == "targets/crm.yaml"
    assert loaded.target.checks[0].as_ == "first"
    assert [name for name, _ in loaded.target.checks[0].proofs.named()] == ["answers", "missing", "whole"]
    text = (folder / "crm.yaml").read_text().splitlines()
    assert "- id: leads" in text[loaded.line_of("checks", 0) - 1]
    assert "missing:" in text[loaded.line_of("checks", 0, "proofs", "missing") - 1]


def test_a_folder_outside_the_working_directory_is_named_in_full(folder, tmp_path, monkeypatch):
    shutil.copy(GOOD / "crm.yaml", folder)
    monkeypatch.chdir(HERE)

    (loaded,) = targets.load(folder)

    assert loaded.path == f"{folder}/crm.yaml"


def test_no_folder(folder):
    folder.rename("elsewhere")

    assert refusal() == "targets: no such folder of targets"


def test_no_target_in_the_folder(folder):
    (folder / "known-issues.yaml").write_text("[]")

    assert refusal() == "targets: no target (*.yaml) in this folder"


def test_a_service_in_two_files(folder):
    shutil.copy(GOOD / "crm.yaml", folder / "a.yaml")
    shutil.copy(GOOD / "crm.yaml", folder / "b.yaml")

    assert refusal() == "targets/b.yaml:1: service: duplicate service 'crm'; the first is in targets/a.yaml"


def test_services_that_need_each_other(folder):
    shutil.copy(GOOD / "crm.yaml", folder / "a.yaml")
    text = (GOOD / "crm.yaml").read_text()
    (folder / "a.yaml").write_text(text + "needs: [cms]\n")
    (folder / "b.yaml").write_text(text.replace("service: crm", "service: cms") + "needs: [crm]\n")

    line = len(text.splitlines()) + 1
    assert refusal() == f"targets/a.yaml:{line}: needs[0]: 'crm' would need itself"


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        ("{", "not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ('{"type": "objct"}', "not a JSON Schema: $.type: 'objct' is not valid under any of the given schemas"),
        ('{"$ref": "http://a.example/b"}', "$ref 'http://a.example/b': only references within the file are followed"),
    ],
)
def test_a_schema_that_is_none(folder, schema, sentence):
    shutil.copy(BAD / "unknown-schema.yaml", folder)
    (folder / "schemas" / "crm-lead.json").write_text(schema)

    assert refusal() == f"targets/schemas/crm-lead.json: {sentence}"


def test_a_schema_is_loaded_under_its_name(folder):
    shutil.copy(BAD / "unknown-schema.yaml", folder)
    schema = {"type": "object", "$ref": "#/$defs/lead", "$defs": {"lead": {"type": "object"}}}
    (folder / "schemas" / "crm-lead.json").write_text(json.dumps(schema))

    assert targets.schemas(targets.load(Path("targets"))) == {"crm-lead": schema}


def test_the_nearest_schema_is_named(folder):
    shutil.copy(BAD / "unknown-schema.yaml", folder / "x.yaml")
    (folder / "schemas" / "crm-leads.json").write_text("{}")

    assert refusal().endswith("targets/schemas/crm-lead.json is not there; did you mean 'crm-leads'?")
