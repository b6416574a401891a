"""reports/allure-results/: what allure-pytest does not know by itself of a check. A report, never the gate."""

from __future__ import annotations

import json
import time
from pathlib import Path

import allure
from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import Label, Parameter, Status, StatusDetails, TestResult
from allure_commons.utils import md5, represent, uuid4

from stagecheck.record import Record

# What allure-pytest and this module write; anything else in the folder (history, executor.json) is not ours to remove.
OURS = ("*-result.json", "*-container.json", "*-attachment.*", "*-attachment", "*-globals.json")

# Reason kinds in the report's own words; the messages begin with `ID OUTCOME: reason`.
CATEGORIES = {
    "the way there": "dns|connect|timeout|tls_[a-z]+|protocol|truncated|redirect_[a-z]+|no_https|upstream_down",
    "the answer": (
        "status|content_type|charset|not_json|schema|wrong_content|wrong_service|wrong_brand|empty|error_under_200|slow"
    ),
    "the proof": (
        "false_health|component_down|missing_route|no_sentinel|canned_answer|ghost_record|filter_ignored|query_lost"
        "|method_lost|status_lost|differs_from_direct|no_limit|asset|dev_build|internal_name"
    ),
    "the deploy": "not_ready|wrong_revision",
    "tenants": "leak|foreign_write|open_data|forged_token|left_behind",
    "nothing was proven": "control_failed|rate_limited|credential_missing|write_refused|crashed",
    "the run": "deadline|overload|platform_ended",
    "the ledger": "known_expired|known_passes",
}

STATUS = {"passed": Status.PASSED, "failed": Status.FAILED, "blocked": Status.SKIPPED}


def begin(folder: Path, **properties: str) -> None:
    """Remove the results of earlier runs, and say what this one is. To be called before any worker starts."""
    folder.mkdir(parents=True, exist_ok=True)
    for pattern in OURS:
        for old in folder.glob(pattern):
            old.unlink()
    categories = [{"name": name, "messageRegex": rf"(?s).*?: ({kinds})(\n.*)?"} for name, kinds in CATEGORIES.items()]
    categories.append({"name": "blocked", "messageRegex": "(?s).*blocked by .*"})
    (folder / "categories.json").write_text(json.dumps(categories, indent=2), encoding="utf-8")
    lines = "".join(f"{key}={value}\n" for key, value in properties.items())
    (folder / "environment.properties").write_text(lines, encoding="utf-8")


def end(folder: Path) -> None:
    """Remove what says nothing of the platform: which fixtures of ours ran, with a traceback where one raised."""
    for container in folder.glob("*-container.json"):
        container.unlink()


def tell(one: Record, environment: str) -> None:
    """Say the finished check to the result that allure-pytest has open in this process; nothing without one."""
    allure.dynamic.title(one["id"])
    allure.dynamic.description(one["title"])
    for label, value in labels(one, environment):
        allure.dynamic.label(label, value)
    if one["runbook"]:
        allure.dynamic.link(one["runbook"], name="runbook")
    for exchange in one["exchanges"]:
        name = str(exchange.get("step") or "exchange")
        allure.attach(json.dumps(exchange, indent=2, ensure_ascii=False), name, allure.attachment_type.JSON)


def written(folder: Path, one: Record, environment: str, node_id: str) -> None:
    """Write the result of a check that allure-pytest does not see end; it joins the history of that check.

    Its worker died before it could, or it is no item of pytest.
    """
    moment = int(time.time() * 1000)
    full_name = _full_name(node_id)
    result = TestResult(
        uuid=uuid4(),
        name=one["id"],
        description=one["title"],
        fullName=full_name,
        testCaseId=md5(full_name),
        historyId=md5(full_name, one["id"]),
        status=STATUS.get(one["outcome"], Status.BROKEN),
        statusDetails=StatusDetails(message=one["text"] or None),
        parameters=[Parameter(name="check", value=represent(one["id"]))],
        labels=[Label(name, value) for name, value in labels(one, environment)],
        start=moment - int(one["seconds"] * 1000),
        stop=moment,
    )
    AllureFileLogger(str(folder)).report_result(result)


def labels(one: Record, environment: str) -> list[tuple[str, str]]:
    """(name, value) of each label: where the check stands in the report, whose it is, and how much it matters."""
    pairs = [
        ("parentSuite", environment),
        ("suite", str(one["kind"])),
        ("subSuite", str(one["service"])),
        ("owner", str(one["owner"])),
        ("severity", "critical" if one["required"] else "minor"),
        ("outcome", str(one["outcome"])),
    ]
    if one["reason"]:
        pairs.append(("reason", str(one["reason"])))
    if one["flaky"]:
        pairs.append(("tag", "flaky"))
    return pairs


def _full_name(node_id: str) -> str:
    """As allure-pytest names it: `tests/test_routing.py::test_routing[...]` is `tests.test_routing#test_routing`."""
    path, _, function = node_id.partition("[")[0].partition("::")
    return f"{path.removesuffix('.py').replace('/', '.')}#{function}"
