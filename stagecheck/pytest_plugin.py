"""Where pytest meets the engine: options, the plan at the start, the record of each check, and the verdict at the end.

Loaded by the entry point `stagecheck`, so that its options are known early. Without targets it keeps still.
"""

from __future__ import annotations

import datetime
import gc
import os
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from stagecheck import BEFORE, blanks, gate, hosts, janitor, known, marks, platform, ready, record, scratch, targets
from stagecheck import bounds as boundaries
from stagecheck import environment as environments
from stagecheck import plan as plans
from stagecheck import profile as profiles
from stagecheck import shard as shards
from stagecheck import vantage as vantages
from stagecheck.ahead import Ahead
from stagecheck.bounds import Bounds
from stagecheck.chronicle import Chronicle
from stagecheck.errors import BadInput, StagecheckError
from stagecheck.hearing import Hearings
from stagecheck.known import Ledger
from stagecheck.model import Environment
from stagecheck.outcome import Finding, Outcome, Reason, finding_of, plain_of
from stagecheck.plan import Check, Plan
from stagecheck.profile import WAIT, Occasion
from stagecheck.record import Record
from stagecheck.reports import allure, github, isolation, summary, terminal, verdict
from stagecheck.reports.heard import Heard
from stagecheck.reports.leftovers import Leftovers
from stagecheck.rerun import Rerun, node_id, own_pytest, unknown
from stagecheck.scratch import Scratch
from stagecheck.setting import Setting
from stagecheck.shard import Shard
from stagecheck.targets import Loaded
from stagecheck.watch import Watch, Watched

if TYPE_CHECKING:
    from stagecheck.openspec.coverage import Coverage

# What decides who is asked what.
PLANS = ("--targets", "--profile", "--revision", "--wait", "--spec")
PATHS = ("--env", "--targets", "--reports", "--history", "--spec")
# With these pytest only looks: nothing is sent, nothing is started, no report is touched.
LOOKS = ("collectonly", "showfixtures", "show_fixtures_per_test", "setupplan")
# With these not even the targets are read.
ASIDE = ("help", "version", "markers", "cacheshow")
NOT_ENDED = "the run has not come to its end"


@dataclass(frozen=True)
class Run:
    """What every process of a run knows: the plan, and how to reach the platform."""

    environment: Environment
    rerun: Rerun
    plan: Plan
    schemas: dict[str, Any]
    ledger: Ledger
    run_id: str
    variables: dict[str, str]
    occasion: Occasion = field(default_factory=Occasion)
    coverage: Coverage | None = None
    told: dict[str, Finding] = field(default_factory=dict)
    bounds: Bounds = field(default_factory=Bounds)
    shard: Shard | None = None
    vantage: str = ""

    def runner(self, environment: Environment | None = None) -> Ahead:
        """This process's own way to the platform; `environment` in place of the run's."""
        here = environment or self.environment
        given = (here, self.plan.whole, self.run_id, self.variables, self.schemas, self.rerun, self.told)
        return Ahead(*given, bounds=self.bounds, ledger=self.ledger)

    def check(self, node_id: str) -> Check | None:
        """The check of a pytest item; None for a test that is no check."""
        return self.plan.find(node_id.partition("::test_")[2])


RUN = pytest.StashKey[Run]()
HEARINGS = pytest.StashKey[Hearings]()


# ---- options --------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("stagecheck", "validation of a deployed platform")
    group.addoption(
        "--env", metavar="NAME|FILE", help="where the platform is: targets/environments/NAME.yaml, or a file"
    )
    group.addoption("--targets", metavar="DIR", help="the folder of the targets (default: targets)")
    group.addoption("--reports", metavar="DIR", help="where the reports go (default: reports)")
    group.addoption(
        "--deadline", metavar="SECONDS", default="", help="when the whole run must end; what is left is inconclusive"
    )
    group.addoption(
        "--wait", metavar="SECONDS", help="before the first check, wait so long for every required service to be stable"
    )
    group.addoption(
        "--revision",
        metavar="SHA",
        help=f"wait until every service reports this release (--wait, or {WAIT:g} s), and ask again at the end",
    )
    group.addoption(
        "--profile", metavar="NAME", help="the occasion, of targets/profiles.yaml; it decides what is planned"
    )
    group.addoption(
        "--history", metavar="DIR", help="keep this run there, and tell what changed since the last promoted"
    )
    group.addoption(
        "--spec", metavar="DIR", help="a specification; the summary says how much of it the plan's checks cover"
    )
    group.addoption(
        "--shard", metavar="K/N", help="ask the K-th of N parts of the plan alone; `stagecheck merge` makes one verdict"
    )
    group.addoption("--vantage", metavar="NAME", help="where this run stands, for `stagecheck merge` to tell apart")
    group.addoption(
        "--fault",
        metavar="NAME",
        action="append",
        default=[],
        help="break the platform that the run starts, by name (repeatable)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Run again where pytest took `--env PATH` apart.

    pytest looks for its configuration before it loads plugins, and takes an existing path behind an option that it
    does not know yet for a test: with a path outside the project, the project's own configuration is not found.
    """
    given = list(config.invocation_params.args)
    whole = joined(given)
    if whole == given or hasattr(config, "workerinput"):
        return None
    return pytest.main(whole, plugins=config.invocation_params.plugins)


def joined(arguments: Sequence[str]) -> list[str]:
    """The arguments, with each path that follows an option of ours as `OPTION=PATH`.

    A folder of ours counts even where it does not exist: it does by the time that a worker reads its arguments.
    """
    whole: list[str] = []
    for argument in arguments:
        before = whole[-1] if whole else ""
        if before in ("--reports", "--history") or (before in PATHS and Path(argument).exists()):
            whole[-1] = f"{before}={argument}"
        else:
            whole.append(argument)
    return whole


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if not _is_ours(config):
        gc.set_threshold(*BEFORE)
        return
    if config.args_source is pytest.Config.ArgsSource.INVOCATION_DIR:
        # pytest reads `testpaths` at the root alone; the suite is the same from any folder of the checkout.
        paths: list[str] = config.getini("testpaths")
        config.args[:] = [str(config.rootpath / path) for path in paths] or config.args
    looks = any(config.getoption(name, False) for name in LOOKS)
    reports = _folder(config, "reports")
    _place_reports(config, None if looks else reports)
    worker = hasattr(config, "workerinput")
    tells = not worker and not looks
    environment = config.getoption("--env") or "local"
    told = _nothing_yet(config, environment)
    if tells:
        _begin(reports, told)
    try:
        run = _read(config, environment)
    except BadInput as refusal:
        if tells:
            _begin(reports, told, f"refused: {refusal}")
        raise pytest.UsageError(str(refusal)) from None
    if worker:
        run = _placed(run, config.workerinput["stagecheck"])  # type: ignore[attr-defined]
    config.stash[RUN] = run
    config.pluginmanager.register(Items(config, run), "stagecheck_items")
    if tells:
        config.pluginmanager.register(Controller(config, run, reports), "stagecheck_controller")


def _nothing_yet(config: pytest.Config, environment: str) -> verdict.Occasion:
    """The run as its command line tells it, before anything is read."""
    profile, revision = config.getoption("--profile") or "all", config.getoption("--revision") or ""
    return verdict.Occasion(environment, "", verdict.now(), Plan((), (), ""), profile, revision)


def _begin(reports: Path, told: verdict.Occasion, why: str = NOT_ENDED) -> None:
    """Replace or remove what an earlier run said: it would speak for this one if it is killed; `why` is its reason."""
    for old in reports.glob("verdict-*-of-*.json"):
        old.unlink()
    verdict.begin(reports / told.file, told, why)
    summary.begin(reports / "summary.md", told.environment, why)
    for name in ("junit.xml", isolation.NAME):
        (reports / name).unlink(missing_ok=True)


def _is_ours(config: pytest.Config) -> bool:
    if any(config.getoption(name, False) for name in ASIDE):
        return False
    asked = config.getoption("--env") or config.getoption("--targets")
    return bool(asked) or _folder(config, "targets").is_dir()


def _folder(config: pytest.Config, name: str) -> Path:
    """The folder of an option: relative to where pytest was called when given, to the project when not."""
    given: str | None = config.getoption(f"--{name}")
    return config.invocation_params.dir / given if given else config.rootpath / name


def _place_reports(config: pytest.Config, reports: Path | None) -> None:
    """JUnit and Allure go beside the verdict, unless the command line says where; nowhere when pytest only looks."""
    if reports is None:
        config.option.xmlpath = None
        config.option.allure_report_dir = None
        return
    config.option.xmlpath = config.option.xmlpath or str(reports / "junit.xml")
    if hasattr(config.option, "allure_report_dir"):
        config.option.allure_report_dir = config.option.allure_report_dir or str(reports / "allure-results")


def _read(config: pytest.Config, env_option: str) -> Run:
    folder = _folder(config, "targets")
    loaded = targets.load(folder)
    here = environments.load(env_option, folder, os.environ)
    environments.agree(loaded, here)
    if config.getoption("--fault") and not here.environment.start:
        raise BadInput(f"--fault: the environment '{here.environment.name}' does not start its platform")
    whole, schemas = plans.make(loaded, here.environment), targets.schemas(loaded)
    if not hasattr(config, "workerinput"):  # else the controller has looked
        blanks.refuse(whole, loaded, Setting(here.environment, "", schemas))
    occasion = profiles.load(
        folder,
        config.getoption("--profile"),
        profiles.release(config.getoption("--revision")),
        profiles.seconds(config.getoption("--wait")),
    )
    shard = shards.read(config.getoption("--shard"))
    if shard is not None and config.getoption("--history"):
        raise BadInput("--history: no history is kept of a shard; `python -m stagecheck merge --history DIR` keeps one")
    plan = shards.planned(profiles.planned(whole, loaded, here.environment, occasion), shard)
    return Run(
        environment=shards.budgeted(here.environment, shard),
        rerun=_rerun(config, env_option),
        plan=plan,
        schemas=schemas,
        ledger=known.load(folder, datetime.date.today(), here.environment.name, whole),
        run_id=marks.run_id(time.time()),
        variables=dict(os.environ),
        occasion=occasion,
        coverage=_coverage(config, occasion, loaded, plan.whole, here.environment),
        bounds=boundaries.begun(config.getoption("--deadline"), _workers(config)),
        shard=shard,
        vantage=vantages.read(config.getoption("--vantage")),
    )


def _rerun(config: pytest.Config, env_option: str) -> Rerun:
    """The command line of this run, without the checks that it chose."""
    given = [("--env", env_option), *((name, config.getoption(name)) for name in PLANS)]
    given += [("--fault", fault) for fault in config.getoption("--fault")]
    options = tuple(word for name, value in given if value is not None for word in (name, value))
    here = config.invocation_params.dir
    return Rerun(options, os.path.relpath(config.rootpath, here), own_pytest(sys.executable, here))


def _coverage(
    config: pytest.Config, occasion: Occasion, loaded: Sequence[Loaded], plan: Plan, environment: Environment
) -> Coverage | None:
    """What the plan covers of the specification; workers need not know."""
    given: str | None = config.getoption("--spec")
    if given is None and occasion.profile.spec_at_least is not None:
        raise BadInput(f"--profile {occasion.name}: needs --spec DIR, since it says how much of it must be covered")
    if given is None or hasattr(config, "workerinput"):
        return None
    # Markdown is read by a run that has a specification, and by no other.
    from stagecheck.openspec import coverage
    from stagecheck.openspec import tree as specification

    return coverage.of(specification.read(config.invocation_params.dir / given), loaded, plan, environment)


def _history(config: pytest.Config) -> Path | None:
    given: str | None = config.getoption("--history")
    return config.invocation_params.dir / given if given else None


def _workers(config: pytest.Config) -> int:
    """How many workers ask, 0 where this process does; pytest-xdist fills in `tx` before this."""
    return len(getattr(config.option, "tx", None) or ())


def _placed(run: Run, shared: dict[str, Any]) -> Run:
    """The run at the platform that the controller started."""
    told = shared["told"]
    environment = platform.placed(run.environment, told)
    variables = {**run.variables, **told.get("variables", {})}
    red = {id: finding_of(plain) for id, plain in shared["red"].items()}
    here = replace(run, environment=environment, variables=variables, run_id=shared["run_id"], told=red)
    return replace(here, bounds=Bounds(**shared["bounds"]))


# ---- each item ------------------------------------------------------------------------------------------------------


class Items:
    """In every process that runs checks: what an item leaves behind."""

    def __init__(self, config: pytest.Config, run: Run) -> None:
        self._config = config
        self._run = run

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        # What was imported and read is there to the end: no collection of garbage need walk through it again.
        gc.freeze()
        folder: str | None = getattr(session.config.option, "allure_report_dir", None)
        if folder:
            results = ExitStack()
            results.enter_context(allure.of_others_alone(Path(folder)))
            session.config.add_cleanup(results.close)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        manager = session.config.pluginmanager
        if manager.has_plugin("allure_listener") and all(self._run.check(item.nodeid) for item in session.items):
            manager.unregister(name="allure_listener")  # the controller tells of each check

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        # pytest makes an item even of an empty list of parameters: a kind of which nothing is planned.
        items[:] = [item for item in items if "check" not in _fixtures(item) or self._run.check(item.nodeid)]

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        # trylast: the innermost wrapper, so that Allure and JUnit see the report as it leaves here.
        report = yield
        error = call.excinfo.value if call.excinfo else None
        if isinstance(error, StagecheckError):
            report.longrepr = str(error)
        hearings = self._config.stash.get(HEARINGS, None)
        if hearings is not None and report.sections:
            # What is printed or logged goes into reports, too: with --log-level=DEBUG also what libraries log.
            redacted = hearings.runner.wire.redactor.text
            report.sections = [(name, redacted(said)) for name, said in report.sections]
        check = self._run.check(item.nodeid)
        if check is None:
            return report
        hearing = hearings.known(check) if hearings is not None else None
        if hearing is not None and call.when == "setup":
            report.duration = hearing.seconds  # what was asked ahead took no time here
        if hearings is not None and report.when == "teardown":
            hearings.end(check)
        if report.when == "teardown" or (report.when == "setup" and report.passed):
            return report
        one = hearing.record() if hearing else record.crashed(check, f"{type(error).__name__} before it was asked")
        unjudged = report.passed and hearing is not None and not hearing.judged
        if one["outcome"] == Outcome.PASSED and (unjudged or not report.passed):
            why = "the test asked, and judged nothing" if unjudged else f"{type(error).__name__} in the test itself"
            one = {**record.crashed(check, why), "exchanges": one["exchanges"]}
            if unjudged:
                report.outcome = "failed"
            if report.failed:  # a skip has a form of its own
                report.longrepr = one["text"]
        if one["root"]:
            path, _, line = check.source.rpartition(":")
            report.longrepr = (path, int(line), f"Skipped: blocked by {one['root']['id']}")
        item.user_properties += _properties(one)
        report.stagecheck = one  # type: ignore[attr-defined]
        report.stagecheck_pictures = hearing.pictures if hearing else {}  # type: ignore[attr-defined]
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        """Ask nothing more, at once: pytest takes a while to show where it was, and threads would go on till then."""
        hearings = self._config.stash.get(HEARINGS, None)
        if hearings is not None:
            hearings.runner.stop()


def to_come(session: pytest.Session) -> list[Check]:
    """The checks that can be asked ahead, in the order of their items: all, since this process will run each.

    None where the run may end before it comes to them, and where other workers take some of them.
    """
    run, option = session.config.stash[RUN], session.config.option
    if run.bounds.workers > 1 or option.maxfail or getattr(option, "stepwise", False):
        return []
    return [check for check in (run.check(item.nodeid) for item in session.items) if check is not None]


def _fixtures(item: pytest.Item) -> Sequence[str]:
    return item.fixturenames if isinstance(item, pytest.Function) else ()


def _properties(one: Record) -> list[tuple[str, object]]:
    """What JUnit says of a check beside its result."""
    pairs: list[tuple[str, object]] = [("outcome", one["outcome"]), ("owner", one["owner"])]
    if one["reason"]:
        pairs.append(("reason", one["reason"]))
    if one["flaky"]:
        pairs.append(("flaky", f"{one['attempts']} attempts"))
    return pairs


def _reports(one: Record, id: str) -> Iterator[pytest.TestReport]:
    """The reports of a check that is no item, as pytest would make them of one."""
    when, outcome = {"passed": ("call", "passed"), "blocked": ("setup", "skipped"), "failed": ("call", "failed")}.get(
        one["outcome"], ("setup", "failed")
    )
    path, _, line = one["source"].rpartition(":")
    why = (path, int(line), f"Skipped: blocked by {one['root']['id']}") if one["root"] else one["text"] or None
    where = (id.partition("::")[0], None, id.partition("::")[2])
    properties, seconds = _properties(one), one["seconds"]
    more: dict[str, Any] = {"user_properties": properties, "duration": seconds}
    report = pytest.TestReport(id, where, {}, outcome, why, when, **more)  # type: ignore[arg-type]
    report.stagecheck = one  # type: ignore[attr-defined]
    yield report
    yield pytest.TestReport(id, where, {}, "passed", None, "teardown")


# ---- the whole run --------------------------------------------------------------------------------------------------


class Controller:
    """In the one process that tells: starts the platform, hears every record, and gives the verdict."""

    def __init__(self, config: pytest.Config, run: Run, reports: Path) -> None:
        self._config = config
        self._run = run
        self._reports = reports
        self._heard = Heard(reports)
        folder = getattr(config.option, "allure_report_dir", None)
        self._allure = Path(folder) if folder else None
        given = (run.environment.name, run.vantage, os.environ)
        self._results = allure.Results(self._allure, *given) if self._allure else None
        self._occasion = verdict.Occasion(
            *(run.environment.name, run.run_id, verdict.now(), run.plan, run.occasion.name, run.occasion.release),
            issues=tuple(issue.model_dump(mode="json") for issue in run.ledger.issues),
            shard=run.shard,
            vantage=run.vantage,
            flaky_at_most=run.occasion.profile.flaky_at_most,
        )
        self._verdict = reports / self._occasion.file
        self._waited = {check.id for check in run.plan.checks if ready.is_ready(check)}
        self._watched: list[Watched] = []
        self._selected: set[str] | None = None
        self._troubles: list[str] = []
        self._told: dict[str, Any] = {}
        self._judgement: gate.Judgement | None = None
        self._first = ""
        self._chronicle = Chronicle(_history(config), reports)
        self._leftovers = Leftovers(self._heard.records)
        self._specified = [str(run.coverage)] if run.coverage else []
        if run.coverage and run.occasion.profile.spec_at_least is not None:
            self._troubles += filter(None, [run.coverage.below(run.occasion.profile.spec_at_least)])

    def pytest_report_header(self) -> str:
        plan, shard = self._run.plan, self._run.shard
        number = f"{len(plan.checks)} of {len(plan.whole.checks)}" if shard else f"{len(plan.checks)}"
        told = f"environment: {self._occasion.name}, {number} checks planned, plan {plan.digest}"
        return told if self._run.occasion.name == "all" else f"{told}, profile {self._run.occasion.name}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        # First, so that old reports are gone and the platform is up before xdist starts its workers.
        self._begin()
        self._share()
        if self._run.environment.start:
            self._start()
        if self._run.occasion.wait is not None:
            self._wait(min(self._run.occasion.wait, self._run.bounds.left))
        if not any(one.finding for one in self._watched):  # else nobody is there to ask
            self._leftovers = replace(self._leftovers, earlier=self._sweep())

    def _begin(self) -> None:
        run = self._run
        if run.shard is not None:
            (self._reports / "verdict.json").unlink()  # there is none of a shard, not even one without an end
            verdict.begin(self._verdict, self._occasion, NOT_ENDED)
        self._heard.begin()
        if self._allure is not None:
            allure.begin(self._allure, environment=self._occasion.name, plan=run.plan.whole.digest, run=run.run_id)

    def _watch(self) -> Watch:
        return Watch(self._run.environment, self._run.plan, self._run.runner, self._config.get_terminal_writer().line)

    def _wait(self, seconds: float) -> None:
        """Before any worker starts, so that all of them know what is not ready and ask nothing that stands on it."""
        with self._watch() as watch:
            self._watched = watch.wait(seconds)
        for watched in self._watched:
            self._hear(watched)
        self._run = self._config.stash[RUN] = _placed(self._run, self._shared)

    def _hear(self, watched: Watched) -> None:
        self._heard.add(watched.record())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Ask the release again when all is done, and only then tell pytest of what is no item of its own.

        pytest takes a failure that comes before the first item for one of collection, and would not begin.
        """
        try:
            result = yield
            if self._watched:
                with self._watch() as watch:
                    for watched in watch.again(self._watched):
                        self._hear(watched)
        finally:
            for one in [one for one in self._heard.records if one["id"] in self._waited]:
                self._tell(one, node_id(self._run.plan.get(one["id"])))
        return result

    def _tell(self, one: Record, id: str) -> None:
        for report in _reports(one, id):
            self._config.hook.pytest_runtest_logreport(report=report)

    def _share(self) -> None:
        """A folder in which the run's processes keep what they must know of each other."""
        scratch.sweep()
        folder = Scratch()
        self._config.add_cleanup(folder.close)
        bounds = replace(self._run.bounds, folder=str(folder.path))
        self._run = self._config.stash[RUN] = replace(self._run, bounds=bounds)

    def _start(self) -> None:
        try:
            started = platform.start(self._run.environment, self._config.getoption("--fault"), self._config.rootpath)
        except BadInput as refusal:
            self._troubles.append(str(refusal))
            raise pytest.UsageError(str(refusal)) from None
        self._config.add_cleanup(started.stop)
        started.watch(Path(self._run.bounds.folder))
        self._told = started.told
        self._run = self._config.stash[RUN] = _placed(self._run, self._shared)

    def _sweep(self, own: bool = False) -> janitor.Swept | None:
        """Remove what earlier runs left behind, or what this one did."""
        if self._run.environment.writes == "never":
            return None
        # What this run left is removed within the janitor's own deadline, also where the run's is over.
        ends = time.monotonic() + janitor.WITHIN if own else self._run.bounds.ends
        runner = replace(self._run, bounds=replace(self._run.bounds, ends=ends)).runner()
        try:
            is_over = janitor.is_own(runner.setting) if own else janitor.is_stale(runner.setting, time.time())
            return janitor.sweep(runner.plan, runner.setting, runner.wire, is_over)
        finally:
            runner.close()

    @property
    def _shared(self) -> dict[str, Any]:
        red = {one.check.id: plain_of(one.finding) for one in self._watched if one.finding}
        bounds = self._run.bounds.plain()
        return {"run_id": self._run.run_id, "told": self._told, "red": red, "bounds": bounds}

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["stagecheck"] = self._shared

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        self._select(ids)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._select([item.nodeid for item in session.items])

    def _select(self, node_ids: Sequence[str]) -> None:
        found = (self._run.check(node_id) for node_id in node_ids)
        self._selected = (self._selected or set()) | {check.id for check in found if check} | self._waited

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        check = self._run.check(crashitem)
        if check is None:
            return
        one = record.crashed(check, str(report.longrepr))
        # The check has no verdict: an error, as when its setup fails, and not a failure of the platform.
        report.when = "setup"
        report.longrepr = one["text"]
        report.stagecheck = one  # type: ignore[attr-defined]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        one: Record | None = getattr(report, "stagecheck", None)
        if one is not None:
            if one["id"] not in self._waited:
                self._heard.add(one)
            self._tell_allure(one, report)
            self._tell_first(one)
        elif report.failed:
            self._troubles.append(f"{report.nodeid} broke at {report.when}, outside any check")

    def _tell_allure(self, one: Record, report: pytest.TestReport) -> None:
        pictures = report.__dict__.pop("stagecheck_pictures", {})  # pytest keeps each report to the end
        if self._results is not None:
            output = {"stdout": report.capstdout, "stderr": report.capstderr, "log": report.caplog}
            self._results.add(one, report.nodeid, getattr(report, "worker_id", "main"), pictures, output)

    def _tell_first(self, one: Record) -> None:
        """Whoever waits for a deploy need not wait for the end of the run to see that it failed."""
        wanted = self._run.occasion.profile.tell_first and one["required"] and one["outcome"] == Outcome.FAILED
        if wanted and not self._first:
            self._first = one["id"]
            writer = self._config.get_terminal_writer()
            writer.line()
            writer.line(f"first failure\n{one['text']}")

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """What is no item counts as one, but has no letter: pytest's progress is that of the items."""
        one: Record | None = getattr(report, "stagecheck", None)
        if one is None or one["id"] not in self._waited:
            return None
        return "error" if report.when == "setup" and report.failed else report.outcome, "", ""

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        ended = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)
        if not ended:
            self._troubles += unknown(self._config.args, self._run.plan)
            self._troubles.append(f"pytest did not come to its end (exit code {int(exitstatus)})")
        crashed = any(one["reason"] == Reason.CRASHED for one in self._heard.records)
        if self._selected is not None and (crashed or not ended):
            self._leftovers = replace(self._leftovers, own=self._sweep(own=True))
        gone = platform.ended(self._run.bounds.folder)
        self._judgement = gate.judge(
            *(self._run.plan, self._heard.records, self._selected, self._troubles, gone),
            ledger=self._run.ledger,
            flaky_at_most=None if self._run.shard else self._run.occasion.profile.flaky_at_most,
        )
        page = self._reports / isolation.NAME
        isolation.write(page, self._run.environment.name, self._run.plan, self._heard.records)
        if self._results is not None:
            alone = f", {self._run.shard} alone" if self._run.shard else ""
            self._results.end(f"{self._judgement.verdict}{alone}")
            self._results.attach(isolation.carriers(self._run.plan), page)
        data = verdict.of(self._occasion, self._judgement, self._heard.evidence, self._leftovers.counts)
        self._chronicle.compare(data)
        notes = [*self._specified, *self._leftovers.lines(), *hosts.days_left(data["hosts"]), *self._chronicle.trends()]
        page, about = self._reports / "summary.md", (self._chronicle.lines(), self._occasion.sentence)
        summary.write(page, self._occasion.name, self._judgement, notes, *about)
        # Last, so that a run that is killed while it writes has no verdict yet.
        verdict.end(self._verdict, data)
        self._chronicle.keep()
        github.tell(os.environ, page)
        if ended:
            session.exitstatus = self._judgement.exit_code

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._judgement is None:
            return
        if self._config.option.tbstyle == "no":
            bad = [*terminalreporter.stats.get("error", ()), *terminalreporter.stats.get("failed", ())]
            # As text; longreprtext would put a line about the worker before it.
            told = [(str(report.longrepr), getattr(report, "stagecheck", None)) for report in bad]
            for screen in terminal.screens(told, each=self._config.option.verbose > 0):
                terminalreporter.write_line("")
                terminalreporter.write_line(screen)
        for line in github.commands(os.environ, self._judgement):
            terminalreporter.write_line(line)
        terminalreporter.section("stagecheck")
        gone = terminal.gone(self._run.environment.by_hand, self._judgement.checks)
        notes = [*self._specified, *self._leftovers.lines(), *self._chronicle.lines(), *gone]
        if self._run.shard is not None:
            notes.append(f"{self._run.shard} alone promotes nothing: python -m stagecheck merge")
        whole = self._run.plan.whole
        again = {root.id: self._run.rerun.command(whole.get(root.id)) for root in self._judgement.roots}
        for line in terminal.lines(self._judgement, self._shown(self._reports), notes, again):
            terminalreporter.write_line(line)

    def _shown(self, path: Path) -> str:
        return os.path.relpath(path, self._config.invocation_params.dir)
