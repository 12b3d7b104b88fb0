"""The one way into a workspace: whoever writes, for whatever reason, comes through here.

A deployment, its continuation, a rollback and the emergency brake differ in the plan that they
bring, never in what is checked: nothing blocked, one writer at a time, a snapshot and an intent on
the disk before the first request. The trap: a second path, written in a hurry for emergencies, that
lacks one of these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vedette.deploy.apply import Bounds, apply_tasks
from vedette.deploy.apply_steps import StepName
from vedette.deploy.apply_write import Patience, Writer
from vedette.deploy.file_lock import locked
from vedette.deploy.journal import Journal, Line, LineKind
from vedette.deploy.lease import LeaseKeeper
from vedette.deploy.live import LiveState, Workspace
from vedette.deploy.outcome import Applied, Outcome, Status
from vedette.deploy.plan import Plan, Target
from vedette.deploy.snapshot import Snapshot, read_snapshot, write_snapshot
from vedette.deploy.task import Task, tasks_of
from vedette.errors import ServiceError, UsageError

#: What an apply is for, when nobody says otherwise.
DEPLOY = "deploy"

#: How an apply ended, in the last line of it.
COMPLETE, INCOMPLETE, NOT_BEGUN = "complete", "incomplete", "not begun"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Under which a plan is carried out.

    ``folder`` is that of the workspace's journal (``journal_folder``), ``commit`` what was
    deployed from, ``purpose`` what for: ``deploy``, ``rollback of …``, ``disabled: reason``.
    """

    folder: Path
    patience: Patience
    commit: str = ""
    purpose: str = DEPLOY
    bounds: Bounds = field(default_factory=Bounds)
    on_outcome: Callable[[Outcome], None] | None = None


def deploy(plan: Plan, live: LiveState, workspace: Workspace, given: Circumstances) -> Applied:
    """Carry out ``plan``, which was made from ``live``; what became of it.

    Raises:
        UsageError: the plan is blocked.
        LeaseError: somebody else is writing the workspace.
        ToolError: the journal cannot be written on.
    """
    if plan.blocked:
        raise UsageError(f"the plan is blocked: {plan.blocked[0].reason}")
    tasks = tasks_of(plan, live)
    if not tasks:
        return Applied(plan, ())
    with locked(given.folder):
        journal = Journal.open(given.folder)
        apply_id = _new_id(plan, journal, given)
        snapshot = Snapshot(apply_id, given.purpose, plan.target, plan.tool, tasks)
        content = {
            "snapshot": write_snapshot(given.folder, snapshot),
            "environment": plan.target.environment,
            "purpose": given.purpose,
            "changes": len(tasks),
        }
        return _run(LineKind.BEGIN, content, snapshot, plan, journal, workspace, given)


def resume(target: Target, workspace: Workspace, given: Circumstances) -> Applied | None:
    """Go on with the apply of this workspace that did not come to its end; None if there is none.

    It carries out the plan of then: what was written is not written again, what was under way is
    looked at first, and what somebody has changed since is not touched.

    Raises:
        SnapshotError: the snapshot of that apply is gone or changed.
        Others as for ``deploy``.
    """
    with locked(given.folder):
        journal = Journal.open(given.folder)
        begin = unfinished(journal)
        if begin is None:
            return None
        snapshot = read_snapshot(given.folder, begin.apply_id, begin.text("snapshot"))
        if snapshot.target.workspace_id.casefold() != target.workspace_id.casefold():
            raise UsageError(f"apply {begin.apply_id} was of {snapshot.target.workspace_id}")
        content: dict[str, object] = {"purpose": snapshot.purpose}
        return _run(
            LineKind.RESUME, content, snapshot, snapshot.plan, journal, workspace, given, begin
        )


def unfinished(journal: Journal) -> Line | None:
    """The first line of the last apply, if not all of it is done; None otherwise.

    An apply that never began, because somebody else was writing, is none.
    """
    endings = {
        line.apply_id: line.text("status") for line in journal.lines if line.kind is LineKind.END
    }
    for line in reversed(journal.lines):
        if line.kind is LineKind.BEGIN:
            ending = endings.get(line.apply_id)
            if ending == COMPLETE:
                return None
            if ending != NOT_BEGUN:
                return line
    return None


def _run(
    kind: LineKind,
    content: Mapping[str, object],
    snapshot: Snapshot,
    plan: Plan,
    journal: Journal,
    workspace: Workspace,
    given: Circumstances,
    begin: Line | None = None,
) -> Applied:
    """The part that is the same for all: lease, writes, end."""
    patience, target = given.patience, plan.target
    record = JournalRecord(journal, snapshot, patience, given.commit)
    if begin is not None:
        record.go_on_from(begin)
    record.line(kind, {**content, "plan": begin.text("plan") if begin else plan.fingerprint})
    keeper = LeaseKeeper(
        workspace,
        target.workspace_id,
        snapshot.apply_id,
        target.account,
        patience.timing,
        patience.budget,
    )
    try:
        keeper.acquire(journal.head)
    except ServiceError as error:
        if begin is None:
            record.line(LineKind.END, {"status": NOT_BEGUN, "message": str(error)})
        raise
    writer = Writer(workspace, target.workspace_id, record, patience)
    applied = apply_tasks(
        plan,
        snapshot.tasks,
        writer,
        given.bounds,
        on_outcome=given.on_outcome,
        beat=lambda: keeper.renew_if_due(journal.head),
    )
    status = COMPLETE if applied.ok else INCOMPLETE
    ending = str(applied.stopped or applied.halted)
    record.line(LineKind.END, {"status": status, "message": ending if not applied.ok else ""})
    return _give_back(keeper, journal, applied, snapshot.apply_id)


def _give_back(keeper: LeaseKeeper, journal: Journal, applied: Applied, apply_id: str) -> Applied:
    """Release the lease; if that fails it runs out by itself, and the run is not the worse."""
    stopped = applied.stopped
    try:
        keeper.release(journal.head)
    except ServiceError as error:
        stopped = stopped or error
    return Applied(applied.plan, applied.outcomes, stopped, applied.halted, apply_id)


def _new_id(plan: Plan, journal: Journal, given: Circumstances) -> str:
    """A name that sorts by time and that no apply of this journal has."""
    taken = {line.apply_id for line in journal.lines if line.kind is LineKind.BEGIN}
    stem = f"{given.patience.timing.now():%Y%m%dT%H%M%SZ}-{plan.fingerprint[:8]}"
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    return name


class JournalRecord:
    """Writes the intents and outcomes of one apply into the journal; threads may share it."""

    def __init__(
        self, journal: Journal, snapshot: Snapshot, patience: Patience, commit: str
    ) -> None:
        self._journal, self._now = journal, patience.timing.now
        target = snapshot.target
        self._who: dict[str, object] = {
            "apply": snapshot.apply_id,
            "who": target.account,
            "method": target.method,
            "commit": commit,
        }
        self._plan = snapshot.plan.fingerprint
        self._done: set[tuple[str, str, str]] = set()
        self._begun: set[tuple[str, str]] = set()

    def go_on_from(self, begin: Line) -> None:
        """Learn from the journal what the apply that ``begin`` began has done."""
        for line in self._journal.lines[begin.seq :]:
            key = (line.text("resource"), line.text("id"))
            self._begun.add(key)
            if line.kind is LineKind.OUTCOME and line.text("status") == Status.WRITTEN.value:
                self._done.add((*key, line.text("step")))

    def line(self, kind: LineKind, content: Mapping[str, object]) -> None:
        """A line of the apply as a whole."""
        self._journal.append(kind, self._now(), {**self._who, **content})

    def intent(self, task: Task, step: StepName) -> None:
        """The step is about to be sent."""
        self._journal.append(LineKind.INTENT, self._now(), self._describe(task, step))

    def outcome(self, task: Task, step: StepName, status: Status, message: str) -> None:
        """What became of the step."""
        content = self._describe(task, step) | {"status": status.value, "message": message}
        self._journal.append(LineKind.OUTCOME, self._now(), content)

    def is_done(self, task: Task, step: StepName) -> bool:
        """True if the apply that is gone on with has done the step."""
        return (*_key(task), step.value) in self._done

    def was_begun(self, task: Task) -> bool:
        """True if the apply that is gone on with may have sent a step of the task."""
        return _key(task) in self._begun

    def _describe(self, task: Task, step: StepName) -> dict[str, object]:
        kind, resource_id = _key(task)
        return {
            **self._who,
            "plan": self._plan,
            "action": task.change.action.value,
            "resource": kind,
            "id": resource_id,
            "label": task.change.resource.label,
            "step": step.value,
            "before": task.before,
            "after": task.after,
        }


def _key(task: Task) -> tuple[str, str]:
    return task.change.resource.kind.value, task.change.resource.id
