"""Carries a plan out: writes what it says, in its order, and reads every write back.

The trap: an exit code of 0 over writes that did not happen. A refusal of one resource is recorded
and the rest goes on, but a refusal that concerns all (not signed in, no permission, no service)
ends the run at once; and a lost answer is looked into before anything is sent again, since a
repeated write with the old etag would be refused as somebody else's change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from vedette.deploy.canonical import canonical_rows, rows_of
from vedette.deploy.diff import ROWS, differences
from vedette.deploy.live import Workspace, etag_of, id_of
from vedette.deploy.ownership import mark_body
from vedette.deploy.plan import Action, Change, Plan, Target
from vedette.deploy.resource import Body, Collection, Resource, ResourceKind, Rows
from vedette.errors import ServiceError

#: So many failures of the service in a row (5xx) mean that it is ill, not that a rule is wrong.
MAX_SERVICE_FAILURES = 3

_SIGN_IN = frozenset({401, 403})
_CONFLICT = 409
_CHANGED = frozenset({_CONFLICT, 412})
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500


class Status(StrEnum):
    """How one change ended; only WRITTEN is good."""

    WRITTEN = "written"
    REFUSED = "refused"
    FAILED = "failed"
    UNVERIFIED = "unverified"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change; ``message`` is the service's own, or names what differs."""

    change: Change
    status: Status
    message: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a plan: an outcome for every change that it had to write.

    ``stopped`` is the error that ended the run early, if one did.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...]
    stopped: ServiceError | None = None

    def having(self, status: Status) -> tuple[Outcome, ...]:
        """The outcomes of this status."""
        return tuple(outcome for outcome in self.outcomes if outcome.status is status)

    @property
    def ok(self) -> bool:
        """True if everything that was planned is written and verified."""
        return self.stopped is None and all(
            outcome.status is Status.WRITTEN for outcome in self.outcomes
        )


def apply_plan(
    plan: Plan, workspace: Workspace, *, on_outcome: Callable[[Outcome], None] | None = None
) -> Applied:
    """Write what the plan says; never raises ServiceError, which is in the result instead.

    ``on_outcome`` is called after each change, so that a run that is killed has shown what it did.
    """
    outcomes: list[Outcome] = []
    stopped: ServiceError | None = None
    failures = 0
    for change in plan.pending:
        if stopped is not None:
            outcome = Outcome(change, Status.NOT_TRIED, "the run had ended before")
        else:
            outcome, error = _carry_out(change, plan.target, workspace)
            failures = failures + 1 if error is not None and _is_no_answer(error) else 0
            if error is not None and (_concerns_all(error) or failures == MAX_SERVICE_FAILURES):
                stopped = error
        outcomes.append(outcome)
        if on_outcome is not None:
            on_outcome(outcome)
    return Applied(plan, tuple(outcomes), stopped)


def _carry_out(
    change: Change, target: Target, workspace: Workspace
) -> tuple[Outcome, ServiceError | None]:
    """Write one change and read it back; the error, if the service refused or failed."""
    try:
        note = _write_with_mark(change, target, workspace)
    except ServiceError as error:
        status = Status.FAILED if _is_no_answer(error) else Status.REFUSED
        return Outcome(change, status, _explain(error)), error
    if not change.writes_resource or change.action is Action.DELETE:
        return Outcome(change, Status.WRITTEN, note), None
    try:
        different = _differences(change.resource, workspace)
    except ServiceError as error:
        message = f"written, but it could not be read back: {error}"
        return Outcome(change, Status.UNVERIFIED, message), error
    if different is None:
        return Outcome(change, Status.UNVERIFIED, "written, but it is not there"), None
    if different:
        message = f"written, but the workspace still differs in {', '.join(different)}"
        return Outcome(change, Status.UNVERIFIED, message), None
    return Outcome(change, Status.WRITTEN, note), None


def _write_with_mark(change: Change, target: Target, workspace: Workspace) -> str:
    """The resource and its mark, in the order in which a killed run leaves nothing unmarked."""
    note = ""
    if change.action is Action.DELETE:
        resource = change.resource
        workspace.delete(resource.kind.collection, resource.id, etag=change.etag)
        _write_mark(change, target, workspace)
        return note
    _write_mark(change, target, workspace)
    return _write(change, workspace) if change.writes_resource else note


def _write_mark(change: Change, target: Target, workspace: Workspace) -> None:
    mark = change.mark
    if mark is None:
        return
    body = mark_body(mark, target.workspace_id)
    if change.mark_etag is None:
        workspace.create(Collection.METADATA, mark.name, body)
    else:
        workspace.put(Collection.METADATA, mark.name, body | {"etag": change.mark_etag})


def _write(change: Change, workspace: Workspace) -> str:
    """Put the resource there, and a watchlist's surplus rows away; a note, mostly empty."""
    resource, note = change.resource, ""
    try:
        workspace.put(resource.kind.collection, resource.id, _body(change))
    except ServiceError as error:
        if not error.outcome_unknown:
            raise
        note = _after_lost_answer(change, workspace, error)
    if resource.kind is ResourceKind.WATCHLIST:
        _remove_surplus_rows(resource, workspace)
    return note


def _body(change: Change) -> Body:
    """The PUT body, with the etag of what the plan was made from."""
    body = dict(change.resource.body)
    if change.etag is not None:
        return body | {"etag": change.etag}
    if change.action is Action.UPDATE and change.resource.kind.collection is Collection.SEARCHES:
        # A saved search is not overwritten without an etag; "*" is any.
        return body | {"etag": "*"}
    return body


def _after_lost_answer(change: Change, workspace: Workspace, error: ServiceError) -> str:
    """Find out whether the write arrived, and send it once more only if it did not."""
    resource = change.resource
    live = workspace.get(resource.kind.collection, resource.id)
    if live is not None and _has_arrived(resource, live, workspace):
        return "the answer was lost, the write had arrived"
    if (live is None and change.etag is None) or (live is not None and _is_as_read(change, live)):
        workspace.put(resource.kind.collection, resource.id, _body(change))
        return "written at the second try"
    raise ServiceError(str(error), status=_CONFLICT, code=error.code) from error


def _has_arrived(resource: Resource, live: Body, workspace: Workspace) -> bool:
    """True if all that was sent is there; rows of old are removed afterwards."""
    changes = differences(resource, live, _live_rows(resource, workspace))
    return not any(change.added if change.field == ROWS else True for change in changes)


def _is_as_read(change: Change, live: Body) -> bool:
    return change.etag is not None and etag_of(live) == change.etag


def _live_rows(resource: Resource, workspace: Workspace) -> Rows:
    if resource.kind is not ResourceKind.WATCHLIST:
        return ()
    return rows_of(workspace.list_items(resource.id))


def _differences(resource: Resource, workspace: Workspace) -> tuple[str, ...] | None:
    """The fields that the workspace shows otherwise than they were written; None if not there.

    What the service shows beyond what was sent is its own: the write has replaced everything else.
    """
    live = workspace.get(resource.kind.collection, resource.id)
    if live is None:
        return None
    changes = differences(resource, live, _live_rows(resource, workspace))
    return tuple(change.field for change in changes if change.after is not None)


def _remove_surplus_rows(resource: Resource, workspace: Workspace) -> None:
    """Delete the items that the file does not have: an upload may keep old rows."""
    wanted = set(canonical_rows(resource.rows))
    for item in workspace.list_items(resource.id):
        (row,) = canonical_rows(rows_of([item]))
        if row in wanted:
            wanted.remove(row)
        else:
            workspace.delete_item(resource.id, id_of(item))


def _explain(error: ServiceError) -> str:
    if error.status in _CHANGED:
        return f"{error} (changed in the workspace since the plan was made)"
    return str(error)


def _concerns_all(error: ServiceError) -> bool:
    """True for what the next resource would meet as well: no permission, no answer, no patience."""
    if error.status is None:
        return error.code is None
    return error.status in _SIGN_IN or error.status == _TOO_MANY_REQUESTS


def _is_no_answer(error: ServiceError) -> bool:
    """True if the service did not decide about the write: it is silent, or broken."""
    return error.status is None or error.status >= _SERVER_ERROR
