"""Carries out one change: each step with its intent and outcome, and all of it read back.

The trap: repeating a write because its answer was lost, and overwriting what somebody did in
between; or reporting as somebody's change what was our own first try. So after everything that is
not a plain answer the step is looked at first, and only what is still as planned is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from vedette.deploy.apply_steps import Step, StepName, etag_for, steps_of
from vedette.deploy.diff import ROWS, differences
from vedette.deploy.failures import MovedError, Triage, is_no_answer, triage
from vedette.deploy.live import Workspace
from vedette.deploy.outcome import Outcome, Status
from vedette.deploy.pacing import RetryBudget
from vedette.deploy.plan import Action
from vedette.deploy.task import Task, live_rows
from vedette.deploy.timing import Timing
from vedette.errors import ServiceError

#: So often one step is sent at most.
MAX_TRIES = 4

#: So often it is looked at and sent together, when the looks fail as well.
MAX_ROUNDS = 2 * MAX_TRIES

#: So often a write is read back before what it shows is believed.
MAX_LOOKS = 3

_SERVER_ERROR = 500

#: The longest wait between two tries that nobody asked for, in seconds.
_MAX_WAIT = 30.0


class Record(Protocol):
    """Where intents and outcomes are kept; threads may call it."""

    def intent(self, task: Task, step: StepName) -> None:
        """The step is about to be sent."""

    def outcome(self, task: Task, step: StepName, status: Status, message: str) -> None:
        """What became of the step."""

    def is_done(self, task: Task, step: StepName) -> bool:
        """True if a run that this one goes on with has done the step."""

    def was_begun(self, task: Task) -> bool:
        """True if a run that this one goes on with may have sent a step of the task."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How a run waits before it tries again: out of one budget, longer each time, with jitter.

    ``backoff`` is the first wait in seconds; 0 for a workspace on this machine.
    """

    timing: Timing
    backoff: float = 0.8
    budget: RetryBudget = field(default_factory=RetryBudget)

    def wait(self, tried: int, retry_after: float | None = None) -> bool:
        """Wait before the next try; False if the budget does not allow it."""
        longest = min(_MAX_WAIT, self.backoff * 2**tried)
        seconds = max(retry_after or 0.0, self.timing.jitter() * longest)
        if not self.budget.take(seconds):
            return False
        if seconds > 0:
            self.timing.sleep(seconds)
        return True


class Writer:
    """Carries out the changes of one run; threads may share it."""

    def __init__(
        self, workspace: Workspace, workspace_id: str, record: Record, patience: Patience
    ) -> None:
        self._workspace, self._workspace_id = workspace, workspace_id
        self._record, self._patience = record, patience

    def carry_out(self, task: Task) -> Outcome:
        """Write what the task says and read it back; never raises ServiceError."""
        notes = []
        resumed = self._record.was_begun(task)
        for step in steps_of(task, self._workspace_id, self._workspace):
            if self._record.is_done(task, step.name):
                continue
            self._record.intent(task, step.name)
            outcome = self._take(step, task, look_first=resumed or step.look_first)
            self._record.outcome(task, step.name, outcome.status, outcome.message)
            if outcome.status is not Status.WRITTEN:
                return outcome
            notes.append(outcome.message)
        verified = self._verify(task)
        return verified or Outcome(task.change, Status.WRITTEN, "; ".join(filter(None, notes)))

    def _take(self, step: Step, task: Task, *, look_first: bool) -> Outcome:
        try:
            note = self._settle(step, etag_for(step, task.change), look_first=look_first)
        except ServiceError as error:
            status = Status.FAILED if is_no_answer(error) else Status.REFUSED
            return Outcome(task.change, status, str(error), error)
        return Outcome(task.change, Status.WRITTEN, note)

    def _settle(self, step: Step, etag: str | None, *, look_first: bool) -> str:
        """Send the step until the workspace has it; a note, mostly empty.

        Raises:
            MovedError: somebody was there.
            ServiceError: it is refused, or it did not work as often as is reasonable.
        """
        tried = 0
        last = ServiceError("it was not tried")
        for _ in range(MAX_ROUNDS):
            try:
                if look_first:
                    seen = step.look()
                    if seen.arrived:
                        return _arrived(last) if tried else ""
                    if seen.moved:
                        raise MovedError(seen.moved, seen.who)
                    etag = seen.etag
                if tried == MAX_TRIES:
                    break
                tried += 1
                step.send(etag)
            except ServiceError as error:
                last, verdict = error, triage(error)
                if verdict in {Triage.STOP, Triage.REFUSED}:
                    raise
                if not self._patience.wait(tried, error.retry_after):
                    raise
                look_first = verdict is Triage.LOOK or step.look_first
            else:
                return f"written at try {tried}" if tried > 1 else ""
        raise last

    def _verify(self, task: Task) -> Outcome | None:
        """Read the resource back, all fields and all rows; what is wrong, or None."""
        change = task.change
        if not change.writes_resource:
            return None
        problem = ""
        for look in range(MAX_LOOKS):
            try:
                problem = self._problem(task)
            except ServiceError as error:
                message = f"written, but it could not be read back: {error}"
                return Outcome(change, Status.UNVERIFIED, message, error)
            if not problem:
                return None
            # The service may take a moment to show what it has taken.
            if look + 1 == MAX_LOOKS or not self._patience.wait(look):
                break
        return Outcome(change, Status.UNVERIFIED, problem)

    def _problem(self, task: Task) -> str:
        resource = task.change.resource
        live = self._workspace.get(resource.kind.collection, resource.id)
        if task.change.action is Action.DELETE:
            return "" if live is None else "deleted, but it is still there"
        if live is None:
            return "written, but it is not there"
        rows = live_rows(resource, self._workspace)
        fields = [each.field for each in task.outstanding(live, rows)]
        # Rows that are too many matter in the end; they did not before they were removed.
        fields += [ROWS for each in differences(resource, live, rows) if each.field == ROWS]
        shown = ", ".join(dict.fromkeys(fields))
        return f"written, but the workspace still differs in {shown}" if shown else ""


def _arrived(last: ServiceError) -> str:
    """How a write came about whose answer was no success."""
    refused = last.status is not None and last.status < _SERVER_ERROR
    how = f"it was refused ({last.status})" if refused else "the answer was lost"
    return f"{how}, the write had arrived"


Tell = Callable[[Outcome], None]
