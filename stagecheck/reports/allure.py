"""reports/allure-results/: what allure-pytest does not know by itself of a check. A report, never the gate."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import allure
import allure_commons
from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import Label, Parameter, Status, TestResult
from allure_commons.utils import md5, represent, uuid4

from stagecheck.outcome import Outcome
from stagecheck.record import Record

# What allure-pytest and this module write; anything else in the folder (history, executor.json) is not ours to remove.
OURS = ("*-result.json", "*-container.json", "*-attachment.*", "*-attachment", "*-globals.json")

# Reason kinds in the report's own words; a message begins with its reason.
CATEGORIES = {
    "the way there": "dns|connect|timeout|tls_[a-z]+|protocol|truncated|redirect_[a-z]+|no_https|upstream_down",
    "the answer": (
        "status|content_type|charset|not_json|schema|wrong_content|wrong_service|wrong_brand|empty|error_under_200|slow"
    ),
    "the proof": (
        "false_health|component_down|missing_route|no_sentinel|canned_answer|ghost_record|filter_ignored|query_lost"
        "|method_lost|status_lost|differs_from_direct|no_limit|asset|dev_build|script_error|not_rendered|internal_name"
        "|not_public|published"
    ),
    "the deploy": "not_ready|wrong_revision",
    "tenants": "leak|foreign_write|open_data|forged_token|left_behind",
    "nothing was proven": "control_failed|rate_limited|credential_missing|write_refused|crashed",
    "the run": "deadline|overload|platform_ended",
    "the ledger": "known_expired|known_passes",
    # Not what is wrong with the check itself: these words stand before a reason.
    "known": "known [a-z0-9-]+",
    "blocked": "blocked by .*",
}


class _Results(AllureFileLogger):
    """Writes what allure-pytest tells it, but for the container of each fixture of each item: ours say nothing."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))  # type: ignore[no-untyped-call]

    @allure_commons.hookimpl
    def report_container(self, container: object) -> None:
        pass


@contextmanager
def without_fixtures(folder: Path) -> Iterator[None]:
    """While open, allure-pytest writes results alone; it has been configured before, and is put right at the end."""
    manager = allure_commons.plugin_manager
    theirs = [one for one in manager.get_plugins() if isinstance(one, AllureFileLogger)]
    ours = _Results(folder)
    for one in theirs:
        manager.unregister(one)
    manager.register(ours)
    yield
    manager.unregister(ours)
    for one in theirs:
        manager.register(one)


STATUS = {"passed": Status.PASSED, "failed": Status.FAILED, "blocked": Status.SKIPPED, "known": Status.SKIPPED}


def begin(folder: Path, **properties: str) -> None:
    """Remove the results of earlier runs, and say what this one is. To be called before any worker starts."""
    folder.mkdir(parents=True, exist_ok=True)
    for pattern in OURS:
        for old in folder.glob(pattern):
            old.unlink()
    categories = [{"name": name, "messageRegex": rf"^(?:{kinds}): [\s\S]*$"} for name, kinds in CATEGORIES.items()]
    (folder / "categories.json").write_text(json.dumps(categories, indent=2), encoding="utf-8")
    lines = "".join(f"{key}={value}\n" for key, value in properties.items())
    (folder / "environment.properties").write_text(lines, encoding="utf-8")


def end(folder: Path, records: Iterable[Record], verdict: str, variables: Mapping[str, str]) -> None:
    """Say in each result what its record says, and beside them the verdict.

    allure-pytest takes the time of the test's body, which asks nothing, and the error's own text behind its class. The
    links to the target's line are those of the repository that `variables` of GitHub name.
    """
    with (folder / "environment.properties").open("a", encoding="utf-8") as properties:
        properties.write(f"verdict={verdict}\n")  # the report's own share of passes is none
    by_id = {one["id"]: one for one in records}
    for path in folder.glob("*-result.json"):
        result = json.loads(path.read_text(encoding="utf-8"))
        one = by_id.get(result.get("name", ""))
        if one is not None:
            path.write_text(json.dumps(retold(result, one, variables), ensure_ascii=False), encoding="utf-8")


def attach(folder: Path, ids: Iterable[str], page: Path) -> None:
    """Add a page of the whole run to the results of these checks."""
    wanted = set(ids)
    for path in folder.glob("*-result.json"):
        result = json.loads(path.read_text(encoding="utf-8"))
        if result.get("name") in wanted:
            source = f"{uuid4()}-attachment{page.suffix}"
            (folder / source).write_bytes(page.read_bytes())
            given = {"name": page.name, "source": source, "type": "text/markdown"}
            result["attachments"] = [*result.get("attachments", ()), given]
            path.write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")


def retold(result: dict[str, Any], one: Record, variables: Mapping[str, str]) -> dict[str, Any]:
    """A result with the times, steps, links and message of its record; its ids, and so its history, stay."""
    stop = int(result.get("stop") or time.time() * 1000)
    took = [_milliseconds(exchange) for exchange in one["exchanges"]]
    start = stop - (sum(took) or int(one["seconds"] * 1000))
    told = {**result, "start": start, "stop": stop, "titlePath": [one["kind"], one["service"]]}
    told["description"] = "\n\n".join(_description(one))
    told["links"] = list(_links(one, variables))
    attachments = list(result.get("attachments", ()))
    told["steps"], at = [], start
    for exchange, milliseconds in zip(one["exchanges"], took, strict=True):
        step = {"name": _step_name(exchange), "status": _step_status(exchange), "start": at, "stop": at + milliseconds}
        if attachments:
            step["attachments"] = [attachments.pop(0)]
        at += milliseconds
        told["steps"].append({"stage": "finished", **step})
    told["attachments"] = attachments
    message = _message(one)
    told["statusDetails"] = {"message": message, "trace": one["text"]} if message else {}
    return told


def tell(
    one: Record, environment: str, vantage: str = "", pictures: Mapping[str, bytes] = MappingProxyType({})
) -> None:
    """Say the finished check to the result that allure-pytest has open in this process; nothing without one.

    `pictures` are PNGs of what was seen, by step; they stand behind all exchanges.
    """
    allure.dynamic.title(one["id"])
    for label, value in labels(one, environment, vantage):
        allure.dynamic.label(label, value)
    if vantage:
        # As a parameter, too: else results of two vantages would be one check, asked twice.
        allure.dynamic.parameter("vantage", vantage)
    for exchange in one["exchanges"]:
        name = str(exchange.get("step") or "exchange")
        allure.attach(json.dumps(exchange, indent=2, ensure_ascii=False), name, allure.attachment_type.JSON)
    for step, picture in pictures.items():
        allure.attach(picture, f"{step}, as a browser shows it", allure.attachment_type.PNG)


def written(folder: Path, one: Record, environment: str, node_id: str, vantage: str = "") -> None:
    """Write the result of a check that allure-pytest does not see end; it joins the history of that check.

    Its worker died before it could, or it is no item of pytest.
    """
    moment = int(time.time() * 1000)
    full_name = _full_name(node_id)
    parameters = {"check": one["id"], **({"vantage": vantage} if vantage else {})}
    result = TestResult(
        uuid=uuid4(),
        name=one["id"],
        fullName=full_name,
        testCaseId=md5(full_name),
        historyId=md5(full_name, one["id"], *([represent(vantage)] if vantage else [])),
        status=STATUS.get(one["outcome"], Status.BROKEN),
        parameters=[Parameter(name=name, value=represent(value)) for name, value in parameters.items()],
        labels=[Label(name, value) for name, value in labels(one, environment, vantage)],
        start=moment,
        stop=moment,
    )
    AllureFileLogger(str(folder)).report_result(result)


def labels(one: Record, environment: str, vantage: str = "") -> list[tuple[str, str]]:
    """(name, value) of each label: where the check stands in the report, whose it is, and how much it matters."""
    pairs = [
        ("parentSuite", environment),
        ("suite", str(one["kind"])),
        ("subSuite", str(one["service"])),
        ("owner", str(one["owner"])),
        ("severity", "critical" if one["required"] else "minor"),
        ("outcome", str(one["outcome"])),
    ]
    if one["root"]:
        pairs.append(("root", str(one["root"]["id"])))  # the reason is the root's, and not this check's own
    elif one["reason"]:
        pairs.append(("reason", str(one["reason"])))
    if one["flaky"]:
        pairs.append(("tag", "flaky"))
    if vantage:
        pairs.append(("vantage", vantage))
    return pairs


def _description(one: Record) -> Iterator[str]:
    yield str(one["title"])
    yield f"target `{one['source']}`, owner {one['owner']}"
    if one["spec"]:
        yield f"specification {one['spec']}"


def _links(one: Record, variables: Mapping[str, str]) -> Iterator[dict[str, str]]:
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA")
    server, repository, commit = (variables.get(name, "") for name in names)
    if server and repository and commit:
        path, _, line = one["source"].rpartition(":")
        yield {"name": one["source"], "url": f"{server}/{repository}/blob/{commit}/{path}#L{line}", "type": "link"}
    for name in ("spec", "runbook"):
        if str(one[name]).startswith(("http://", "https://")):
            yield {"name": name, "url": one[name], "type": "link"}


def _message(one: Record) -> str:
    """The first words are what a category is found by."""
    if one["outcome"] == Outcome.PASSED:
        return ""
    cause = f"{one['reason']}: {one['message']['seen']}\n{one['message']['cause']}"
    if one["root"]:
        return f"blocked by {one['root']['id']}: {one['root']['reason']}: {one['root']['message']}"
    if one["ledger"]:
        return f"known {one['ledger']['id']}: {one['ledger']['ticket']}, until {one['ledger']['expires']}: {cause}"
    return cause


def _step_name(exchange: Mapping[str, Any]) -> str:
    trouble = exchange.get("trouble")
    said = exchange.get("status") or (trouble["reason"] if trouble else "done")
    who = exchange.get("identity")
    return f"{exchange.get('step') or 'exchange'}{f', as {who}' if who else ''}, {said}: {exchange.get('url', '')}"


def _step_status(exchange: Mapping[str, Any]) -> str:
    """A step is asked or not; what its answer means is the check's own business."""
    return str(Status.BROKEN if exchange.get("trouble") else Status.PASSED)


def _milliseconds(exchange: Mapping[str, Any]) -> int:
    tries = exchange.get("attempts") or ()
    return int(1000 * max(sum(one["seconds"] for one in tries), float(exchange.get("seconds", 0))))


def _full_name(node_id: str) -> str:
    """As allure-pytest names it: `tests/test_routing.py::test_routing[...]` is `tests.test_routing#test_routing`."""
    path, _, function = node_id.partition("[")[0].partition("::")
    return f"{path.removesuffix('.py').replace('/', '.')}#{function}"
