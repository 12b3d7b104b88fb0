"""Every operation against every fault: in the end the workspace is as planned, and nothing else.

Each scenario goes over HTTP to the local workspace, which fails as told. Afterwards, with the
fault over and the apply gone on with where it had ended: a new plan is empty (nothing lost), the
resource was changed once (nothing done twice), what is others' is the same to the last byte, the
journal holds together up to the end that the workspace keeps.

All of them take minutes: a sample runs with the other tests, all with VEDETTE_FAULT_MATRIX=1.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from tests.acceptance.proving_ground import (
    BEARER,
    IDS,
    OPERATIONS,
    Operation,
    ProvingGround,
    client,
    given,
    plan_of,
    proving_ground,
)

from vedette.deploy.canonical import rows_of
from vedette.deploy.deploy import deploy, resume
from vedette.deploy.lease import read_lease
from vedette.deploy.live import Workspace
from vedette.deploy.outcome import Applied, Status
from vedette.deploy.plan import Target
from vedette.deploy.resource import Collection, ResourceKind, is_switched_on
from vedette.deploy.verify_journal import verify_journal
from vedette.errors import ServiceError
from vedette.model.faults import FaultKind, FaultPlan, FaultRule

#: A connection that a fault ends may leave a socket to the garbage collector, on which side is not
#: known yet: it must not fail whatever test runs when that comes.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

#: Of so many scenarios one runs where not all are asked for.
SAMPLE = 23

_Each = TypeVar("_Each")


def shown(scenarios: Sequence[_Each]) -> Sequence[_Each]:
    """All of them, or the sample."""
    return scenarios if os.environ.get("VEDETTE_FAULT_MATRIX") else scenarios[::SAMPLE]


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


#: How a request fails: the fault, and whether it was carried out all the same.
FAULTS = {
    "429": (FaultKind.THROTTLED, False),
    "500": (FaultKind.ERROR, False),
    "500, written": (FaultKind.ERROR, True),
    "503": (FaultKind.UNAVAILABLE, False),
    "503, written": (FaultKind.UNAVAILABLE, True),
    "timeout": (FaultKind.TIMEOUT, False),
    "timeout, written": (FaultKind.TIMEOUT, True),
    "reset": (FaultKind.RESET, False),
    "reset, written": (FaultKind.RESET, True),
    "stale etag": (FaultKind.STALE_ETAG, False),
    "recently deleted": (FaultKind.RECENTLY_DELETED, False),
    "400, written": (FaultKind.REFUSED, True),
}
#: Only Graph's POST has been seen to do this.
HALF_REFUSED = "400, written"
ON_MARKS = ("429", "500", "reset", "reset, written", "stale etag")
ON_READS = ("500", "reset")
FOR_LONG = ("429", "500, written", "503", "reset")

#: What is listed for every plan.
COLLECTIONS = tuple(collection.value for collection in Collection)

#: Long enough for an answer, short enough to try out many that never come.
READ_TIMEOUT = 0.4


@dataclass(frozen=True)
class Scenario:
    """An operation, what fails of it (an operation of the workspace), how, and how often."""

    operation: Operation
    where: str
    request: str
    fault: str
    times: int | None = 1

    def __str__(self) -> str:
        often = "" if self.times == 1 else " for long"
        return f"{self.operation.name}: {self.fault} on {self.where}{often}"

    def plan(self) -> FaultPlan:
        """What the workspace is told."""
        kind, written = FAULTS[self.fault]
        rule = FaultRule(self.request, kind, written, times=self.times, retry_after=0.0)
        return FaultPlan((rule,))


def scenarios() -> Iterator[Scenario]:
    """All that are tried with faults on the way."""
    for each in OPERATIONS:
        write = each.write
        for fault in FAULTS:
            if fault != HALF_REFUSED or write.startswith("POST"):
                yield Scenario(each, "the write", write, fault)
        for fault in ON_MARKS:
            if each.writes_mark:
                yield Scenario(each, "its mark", f"PUT {each.mark_path}", fault)
        for fault in ON_READS:
            yield Scenario(each, "reading back", f"GET {each.path}", fault)
        for fault in FOR_LONG:
            yield Scenario(each, "the write", write, fault, times=None)
    rows = next(each for each in OPERATIONS if each.name == "update watchlist")
    update = next(each for each in OPERATIONS if each.name == "update rule")
    for fault in ON_MARKS[:4]:
        request = f"DELETE {rows.path}/watchlistItems/*"
        yield Scenario(rows, "removing a row", request, fault)
        yield Scenario(rows, "the list of rows", f"GET {rows.path}/watchlistItems", fault)
        yield Scenario(update, "the lease", "PUT metadata/vedette-lease", fault)
        for collection in COLLECTIONS:
            yield Scenario(update, f"the list of {collection}", f"GET {collection}", fault)
    yield Scenario(update, "the lease", "PUT metadata/vedette-lease", "stale etag")


SCENARIOS = tuple(scenarios())


@dataclass(frozen=True)
class Kill:
    """An apply that is killed when its journal gets the line, in the middle of it or after it."""

    operation: Operation
    line: int
    torn: bool

    def __str__(self) -> str:
        return f"{self.operation.name}: killed {'in' if self.torn else 'after'} line {self.line}"


#: A line at the begin and at the end, and two for each step.
KILLS = tuple(
    Kill(each, line, torn)
    for each in OPERATIONS
    for line in range(1, 2 * each.steps + 3)
    for torn in (False, True)
)


@pytest.fixture(name="ground", scope="module")
def _ground() -> Iterator[ProvingGround]:
    with pytest.MonkeyPatch.context() as patch, proving_ground(patch.setattr) as ground:
        yield ground


@pytest.fixture(name="opened", scope="module")
def _opened(ground: ProvingGround) -> Iterator[tuple[Workspace, Target]]:
    with client(ground.url) as opened:
        yield opened


@pytest.fixture(name="hasty", scope="module")
def _hasty(ground: ProvingGround) -> Iterator[tuple[Workspace, Target]]:
    """A client that gives up soon."""
    with client(ground.url, read_timeout=READ_TIMEOUT) as opened:
        yield opened


def check(
    ground: ProvingGround, operation: Operation, opened: tuple[Workspace, Target], base: Path
) -> None:
    """The workspace is as planned; nothing is lost, done twice, touched, or untold."""
    workspace, target = opened
    plan, _ = plan_of(operation, workspace, target)
    assert plan.pending == (), "the plan was not carried out"
    assert not plan.blocked
    if operation.deletes:
        assert ground.live(operation) is None
    elif operation.wanted is None:
        assert not is_switched_on(operation.kind, ground.live(operation) or {})
    else:
        assert ground.properties(operation)["displayName"] == operation.wanted.name
    assert ground.writes_of(operation) == 1, "written twice, or never"
    assert ground.untouched()
    folder = given(base, target).folder
    audit = verify_journal(folder, read_lease(workspace), anchored=True)
    assert audit.problems == ()
    assert audit.notes == ()
    for file in base.rglob("*"):
        if file.is_file():
            assert BEARER.encode() not in file.read_bytes()


def attempt(
    operation: Operation, opened: tuple[Workspace, Target], base: Path
) -> Applied | ServiceError:
    """Plan and deploy once; what became of it."""
    workspace, target = opened
    try:
        plan, live = plan_of(operation, workspace, target)
        assert len(plan.pending) == 1
        return deploy(plan, live, workspace, given(base, target))
    except ServiceError as error:
        return error


def go_on(operation: Operation, opened: tuple[Workspace, Target], base: Path) -> None:
    """With the fault over: go on with what was begun, or begin."""
    workspace, target = opened
    applied = resume(target, workspace, given(base, target))
    if applied is None:
        again = attempt(operation, opened, base)
        assert isinstance(again, Applied)
        applied = again
    assert applied.ok, [outcome.message for outcome in applied.outcomes]


@pytest.mark.parametrize("scenario", shown(SCENARIOS), ids=str)
def test_a_fault_on_the_way(
    ground: ProvingGround,
    opened: tuple[Workspace, Target],
    hasty: tuple[Workspace, Target],
    tmp_path: Path,
    scenario: Scenario,
) -> None:
    operation = scenario.operation
    ground.reset(operation)
    ground.server.set_faults(scenario.plan())
    used = hasty if "timeout" in scenario.fault else opened
    first = attempt(operation, used, tmp_path)
    assert sum(ground.server.faults_struck().values()) >= 1, "the fault never struck"
    ground.server.set_faults(FaultPlan())
    if not (isinstance(first, Applied) and first.ok):
        assert scenario.times is None, f"one fault was too much: {first}"
        go_on(operation, opened, tmp_path)
    check(ground, operation, opened, tmp_path)


@pytest.fixture(name="kill", scope="module")
def _kill(repository: Path) -> Iterator[Callable[[dict[str, Any]], int]]:
    """``kill(job)``: run an apply in a process that is killed; the signal that ended it."""
    if not hasattr(__import__("os"), "fork"):
        pytest.skip("needs a system with fork")
    with subprocess.Popen(
        [sys.executable, "-m", "tests.acceptance.killed_apply"],
        cwd=repository,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def run(job: dict[str, Any]) -> int:
            stdin.write(json.dumps(job) + "\n")
            stdin.flush()
            return int(stdout.readline())

        yield run
        stdin.close()


@pytest.mark.parametrize("killed", shown(KILLS), ids=str)
def test_a_kill_at_any_line_of_the_journal(
    ground: ProvingGround,
    opened: tuple[Workspace, Target],
    kill: Callable[[dict[str, Any]], int],
    tmp_path: Path,
    killed: Kill,
) -> None:
    ground.reset(killed.operation)
    job = {
        "operation": killed.operation.name,
        "url": ground.url,
        "base": str(tmp_path),
        "line": killed.line,
        "torn": killed.torn,
    }
    assert kill(job) == 9
    workspace, target = opened
    applied = resume(target, workspace, given(tmp_path, target))
    if applied is None and not (killed.line > 1 and not killed.torn):
        # Killed before it had begun, or when all was said.
        go_on(killed.operation, opened, tmp_path)
    else:
        assert applied is None or applied.ok
    check(ground, killed.operation, opened, tmp_path)


EDITED = [each for each in OPERATIONS if each.before is not None]


@pytest.mark.parametrize("operation", EDITED, ids=lambda each: each.name)
def test_what_somebody_changed_since_the_plan_is_left_and_told(
    ground: ProvingGround,
    opened: tuple[Workspace, Target],
    tmp_path: Path,
    operation: Operation,
) -> None:
    ground.reset(operation)
    workspace, target = opened
    plan, live = plan_of(operation, workspace, target)
    edited = dict(ground.live(operation) or {})
    edited["properties"] = {**edited["properties"], "displayName": "Edited in the portal"}
    ground.take(operation.kind, IDS[operation.kind], edited)
    ground.written.clear()
    applied = deploy(plan, live, workspace, given(tmp_path, target))
    (outcome,) = applied.outcomes
    assert outcome.status is Status.REFUSED
    assert "changed in the workspace since the plan was made: displayName" in outcome.message
    assert ground.properties(operation)["displayName"] == "Edited in the portal"
    assert ground.writes_of(operation) == 0
    assert ground.untouched()


@pytest.mark.parametrize(
    "operation",
    [each for each in OPERATIONS if each.before is None],
    ids=lambda each: each.name,
)
def test_what_somebody_created_since_the_plan_is_left_and_told(
    ground: ProvingGround,
    opened: tuple[Workspace, Target],
    tmp_path: Path,
    operation: Operation,
) -> None:
    ground.reset(operation)
    workspace, target = opened
    plan, live = plan_of(operation, workspace, target)
    other = dict(operation.wanted.body) if operation.wanted is not None else {}
    properties = other["properties"]
    assert isinstance(properties, dict)
    other["properties"] = {**properties, "displayName": "Made in the portal"}
    ground.take(operation.kind, IDS[operation.kind], other)
    ground.written.clear()
    applied = deploy(plan, live, workspace, given(tmp_path, target))
    (outcome,) = applied.outcomes
    assert outcome.status is Status.REFUSED
    assert "it was created" in outcome.message
    assert ground.properties(operation)["displayName"] == "Made in the portal"
    assert ground.writes_of(operation) == 0


def test_a_row_that_somebody_added_since_the_plan_is_left_and_told(
    ground: ProvingGround, opened: tuple[Workspace, Target], tmp_path: Path
) -> None:
    operation = next(each for each in OPERATIONS if each.name == "update watchlist")
    ground.reset(operation)
    workspace, target = opened
    plan, live = plan_of(operation, workspace, target)
    item = {"properties": {"itemsKeyValue": {"Sender": "mine.example"}}}
    alias = IDS[ResourceKind.WATCHLIST]
    ground.send("PUT", f"watchlists/{alias}/watchlistItems/{IDS[ResourceKind.RULE]}", item)
    applied = deploy(plan, live, workspace, given(tmp_path, target))
    assert not applied.ok
    rows = rows_of(workspace.list_items(alias))
    assert "mine.example" in {row["Sender"] for row in rows}


def table() -> str:
    """How many scenarios there are, by operation and by what fails."""
    counts: Counter[tuple[str, str]] = Counter()
    for scenario in SCENARIOS:
        counts[scenario.operation.name, scenario.fault] += 1
    for killed in KILLS:
        counts[killed.operation.name, "kill -9"] += 1
    for each in OPERATIONS:
        counts[each.name, "portal"] += 1
    columns = [*FAULTS, "kill -9", "portal"]
    lines = [
        f"| operation | {' | '.join(columns)} | all |",
        f"|---|{'---:|' * (len(columns) + 1)}",
    ]
    for each in OPERATIONS:
        cells = [counts[each.name, column] for column in columns]
        lines.append(f"| {each.name} | {' | '.join(map(str, cells))} | {sum(cells)} |")
    sums = [sum(counts[each.name, column] for each in OPERATIONS) for column in columns]
    lines.append(f"| **all** | {' | '.join(map(str, sums))} | **{sum(sums)}** |")
    return "\n".join(lines) + "\n"


def test_the_table_in_the_documentation_is_of_these_scenarios(repository: Path) -> None:
    told = (repository / "docs" / "fault-matrix.md").read_text(encoding="utf-8")
    assert table() in told, "write what this prints into docs/fault-matrix.md:\n" + table()
    assert len(SCENARIOS) + len(KILLS) >= 200
