"""reports/allure-results/: a result of each check, told from its record. A report, never the gate.

allure-pytest tells of tests that are no checks. Of checks it knows little, and takes a quarter of the time of each.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import allure_commons
from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import Status, TestResult
from allure_commons.utils import host_tag, md5, platform_label, represent, uuid4
from pydantic_core import to_json

from stagecheck.outcome import Outcome
from stagecheck.record import Record
from stagecheck.reports import files, old

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


class _Others(AllureFileLogger):
    """Writes what allure-pytest tells it of tests that are no checks, without a container for each fixture."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))  # type: ignore[no-untyped-call]

    @allure_commons.hookimpl
    def report_result(self, result: TestResult) -> None:
        if not any(parameter.name == "check" for parameter in result.parameters):
            super().report_result(result)  # type: ignore[no-untyped-call]

    @allure_commons.hookimpl
    def report_container(self, container: object) -> None:
        pass


@contextmanager
def of_others_alone(folder: Path) -> Iterator[None]:
    """While open, allure-pytest writes no result of a check; it has been configured before, and is put right after."""
    manager = allure_commons.plugin_manager
    theirs = [one for one in manager.get_plugins() if isinstance(one, AllureFileLogger)]
    ours = _Others(folder)
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
    old.remove(folder, *OURS)
    categories = [{"name": name, "messageRegex": rf"^(?:{kinds}): [\s\S]*$"} for name, kinds in CATEGORIES.items()]
    (folder / "categories.json").write_text(json.dumps(categories, indent=2), encoding="utf-8")
    lines = "".join(f"{key}={value}\n" for key, value in properties.items())
    (folder / "environment.properties").write_text(lines, encoding="utf-8")


class Results:
    """The results of a run's checks in `folder`, each written once, when its record is there.

    The links to a target's line are those of the repository that `variables` of GitHub name.
    """

    def __init__(self, folder: Path, environment: str, vantage: str, variables: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._vantage = vantage
        self._variables = variables
        self._host = host_tag()
        self._files: dict[str, str] = {}  # by check id

    def add(
        self,
        one: Record,
        node_id: str,
        thread: str = "main",
        pictures: Mapping[str, bytes] = MappingProxyType({}),
        output: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Write the result of a check, and its evidence beside it.

        `thread` is the process that asked it; `pictures` are PNGs of what was seen, by step, and `output` is what the
        test printed, by stream; they stand behind all exchanges.
        """
        stop = int(time.time() * 1000)
        told = result(one, node_id, self._environment, self._vantage, self._variables, stop)
        told["labels"] += [{"name": "host", "value": self._host}, {"name": "thread", "value": thread}]
        for step, exchange in zip(told["steps"], one["exchanges"], strict=True):
            name = str(exchange.get("step") or "exchange")
            step["attachments"] = [self._attachment(name, to_json(exchange, indent=2), ".json", "application/json")]
        told["attachments"] = [
            *(self._attachment(f"{step}, as a browser shows it", png, ".png", "image/png")
              for step, png in pictures.items()),
            *(self._attachment(stream, text.encode(), ".txt", "text/plain") for stream, text in output.items() if text),
        ]  # fmt: skip
        self._files[one["id"]] = f"{told['uuid']}-result.json"
        files.write(self._folder / self._files[one["id"]], to_json(told))

    def attach(self, ids: Iterable[str], page: Path) -> None:
        """Add a page of the whole run to the results of these checks."""
        for path in [self._folder / self._files[id] for id in ids if id in self._files]:
            told = json.loads(path.read_text(encoding="utf-8"))
            told["attachments"].append(self._attachment(page.name, page.read_bytes(), page.suffix, "text/markdown"))
            files.write(path, to_json(told))

    def end(self, verdict: str) -> None:
        """Say the verdict: the report's own share of passes is none."""
        with (self._folder / "environment.properties").open("a", encoding="utf-8") as properties:
            properties.write(f"verdict={verdict}\n")

    def _attachment(self, name: str, body: bytes, suffix: str, kind: str) -> dict[str, str]:
        source = f"{uuid4()}-attachment{suffix}"
        files.write(self._folder / source, body)
        return {"name": name, "source": source, "type": kind}


def result(
    one: Record, node_id: str, environment: str, vantage: str, variables: Mapping[str, str], stop: int
) -> dict[str, Any]:
    """The result of a check that was told at `stop` (milliseconds since 1970), in Allure's own words.

    Its ids are those that allure-pytest would give, and so is its history.
    """
    full_name = _full_name(node_id)
    # The vantage is a parameter, too: else results of two vantages would be one check, asked twice.
    parameters = {"check": represent(one["id"]), **({"vantage": represent(vantage)} if vantage else {})}
    took = [_milliseconds(exchange) for exchange in one["exchanges"]]
    start = stop - (sum(took) or int(one["seconds"] * 1000))
    message = _message(one)
    return {
        "uuid": uuid4(),
        "name": one["id"],
        "fullName": full_name,
        "titlePath": [one["kind"], one["service"]],
        "testCaseId": md5(full_name),
        "historyId": md5(full_name, one["id"], *([represent(vantage)] if vantage else [])),
        "status": STATUS.get(one["outcome"], Status.BROKEN),
        "statusDetails": {"message": message, "trace": one["text"]} if message else {},
        "description": "\n\n".join(_description(one)),
        "parameters": [{"name": name, "value": value} for name, value in parameters.items()],
        "labels": [{"name": name, "value": value} for name, value in labels(one, environment, vantage)],
        "links": list(_links(one, variables)),
        "steps": list(_steps(one["exchanges"], took, start)),
        "start": start,
        "stop": stop,
    }


def labels(one: Record, environment: str, vantage: str = "") -> list[tuple[str, str]]:
    """(name, value) of each label: where the check stands in the report, whose it is, and how much it matters."""
    pairs = [
        ("parentSuite", environment),
        ("suite", str(one["kind"])),
        ("subSuite", str(one["service"])),
        ("owner", str(one["owner"])),
        ("severity", "critical" if one["required"] else "minor"),
        ("outcome", str(one["outcome"])),
        ("tag", str(one["kind"])),
        ("framework", "pytest"),
        ("language", platform_label()),
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
    if one["outcome"] != Outcome.PASSED:
        yield f"must hold: {one['message']['must_hold']}"
        yield f"cause: {one['message']['cause']}"
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


def _steps(exchanges: Sequence[Mapping[str, Any]], took: Sequence[int], start: int) -> Iterator[dict[str, Any]]:
    """One after the other, as they were asked."""
    for exchange, milliseconds in zip(exchanges, took, strict=True):
        name, status, stop = _step_name(exchange), _step_status(exchange), start + milliseconds
        yield {"name": name, "status": status, "stage": "finished", "start": start, "stop": stop}
        start = stop


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
