"""The way back from one apply: a plan that undoes what it did, and nothing that others did since.

The trap: going back by force. Where somebody has changed a resource after the apply, its old state
is no longer what anybody wants to have back unseen; it is left, and said. What the apply created
has no old state: a rule is switched off and retired, as if its file were gone, since deleting it
would keep its id from being used for a day, and the way forward closed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from vedette.deploy.assumptions import ID_RESTS
from vedette.deploy.canonical import upload_of
from vedette.deploy.diff import FieldChange, differences
from vedette.deploy.live import LiveState, etag_of
from vedette.deploy.ownership import LiveMark, Mark, MarkState
from vedette.deploy.plan import Action, Change, Plan, Target
from vedette.deploy.resource import (
    Body,
    Resource,
    ResourceKind,
    Rows,
    is_switched_on,
    switched,
)
from vedette.deploy.snapshot import Snapshot
from vedette.deploy.task import Task, who_changed


def rollback_plan(
    snapshot: Snapshot, live: LiveState, target: Target, *, tag: str, now: datetime
) -> Plan:
    """Undo the apply of ``snapshot``, against what is there now; pure.

    In the opposite order: what the apply wrote last goes back first.
    """
    changes = [_undo(task, live, tag, now) for task in reversed(snapshot.tasks)]
    return Plan(target, snapshot.tool, tuple(changes))


def disable_change(
    resource: Resource, live: LiveState, found: LiveMark, *, reason: str
) -> Change | str:
    """Switch a rule off by hand, to stay so; or why that cannot be done."""
    if not resource.kind.switch:
        return (
            f"a {resource.kind} has no switch: nothing runs it by itself."
            f" Disable the rules that use '{resource.label}', or remove its file"
        )
    body = live.find(resource)
    if body is None:
        return f"'{resource.label}' is not in the workspace"
    off = _with_switch(resource, body, on=False)
    return Change(
        Action.DISABLE,
        off,
        _switch_fields(resource.kind, body, on=False),
        etag=etag_of(body),
        reason=reason,
        mark=replace(found.mark, hold=" ".join(reason.split())),
        mark_etag=found.etag,
    )


def release_change(resource: Resource, found: LiveMark) -> Change | str:
    """Take the hold away; the next deployment makes of the rule what its file says."""
    if not found.mark.hold:
        return f"'{resource.label}' is not held"
    mark = replace(found.mark, hold="")
    return Change(
        Action.UPDATE,
        resource,
        reason=f"no longer held: {found.mark.hold}",
        mark=mark,
        mark_etag=found.etag,
    )


def _undo(task: Task, live: LiveState, tag: str, now: datetime) -> Change:
    resource, found = task.change.resource, live.marks.get(task.change.resource.key)
    body, rows = live.find(resource), live.rows_in(resource)
    if found is not None and found.mark.tag != tag:
        return Change(Action.SKIP, resource, reason=f"it carries the mark of '{found.mark.tag}'")
    if task.body is None and body is None:
        return Change(Action.NO_OP, resource, reason="it is gone already")
    mark = _former_mark(task, found)
    if task.is_as_planned(body, rows):
        if mark is not None and found is not None:
            reason = "only its mark goes back"
            return Change(Action.UPDATE, resource, reason=reason, mark=mark, mark_etag=found.etag)
        return Change(Action.NO_OP, resource, reason="it is as it was before")
    if not _is_as_left(task, body, rows):
        who = who_changed(body)
        fields = ", ".join(_changed_since(task, body, rows))
        reason = f"changed after that apply, and left as it is: {fields}" + (who and f" ({who})")
        return Change(Action.SKIP, resource, reason=reason)
    if task.body is None:
        return _take_out(resource, body or {}, found, tag, now)
    return _restore(task, task.body, body, found, tag, now)


def _former_mark(task: Task, found: LiveMark | None) -> Mark | None:
    """The mark without what the apply put on it, retirement or hold; None if it put nothing."""
    given = task.change.mark
    if given is None or found is None or found.mark != given:
        return None
    former = replace(given, state=MarkState.ACTIVE, since=None, hold="")
    return former if former != given else None


def _take_out(
    resource: Resource, body: Body, found: LiveMark | None, tag: str, now: datetime
) -> Change:
    """Switch off what the apply created, and retire it; of what has no switch, only the mark."""
    mark = found.mark if found is not None else Mark(tag, resource.kind, resource.id)
    retired = replace(mark, state=MarkState.RETIRED, since=now.replace(microsecond=0))
    return Change(
        Action.DISABLE,
        _with_switch(resource, body, on=False) if resource.kind.switch else resource,
        _switch_fields(resource.kind, body, on=False),
        etag=etag_of(body),
        reason="that apply created it; it is deleted when its grace period is over",
        mark=retired,
        mark_etag=found.etag if found is not None else None,
    )


def _restore(
    task: Task, before: Body, live: Body | None, found: LiveMark | None, tag: str, now: datetime
) -> Change:
    """Write what was there before the apply."""
    resource = task.change.resource
    old = replace(resource, body=_upload(resource, before, task.rows), rows=task.rows)
    if live is not None:
        fields = differences(old, live, resource.rows)
        reason = f"back to what it was before that apply ('{task.change.action}')"
        return Change(
            Action.UPDATE,
            old,
            fields,
            etag=etag_of(live),
            reason=reason,
            mark=_former_mark(task, found),
            mark_etag=found.etag if found is not None else None,
        )
    since = found.mark.since if found is not None else None
    if resource.kind is ResourceKind.RULE and since is not None and now < since + ID_RESTS:
        ready = since + ID_RESTS
        reason = f"it was deleted and its id rests until {ready:%Y-%m-%d %H:%M} UTC"
        return Change(Action.SKIP, old, reason=reason)
    mark = Mark(tag, resource.kind, resource.id)
    etag = found.etag if found is not None else None
    return Change(Action.CREATE, old, reason="that apply deleted it", mark=mark, mark_etag=etag)


def _is_as_left(task: Task, body: Body | None, rows: Rows) -> bool:
    """True if the resource is what the apply made of it."""
    if task.change.action is Action.DELETE:
        return body is None
    return body is not None and not task.outstanding(body, rows)


def _changed_since(task: Task, body: Body | None, rows: Rows) -> list[str]:
    if body is None:
        return ["it was deleted"]
    return [change.field for change in task.outstanding(body, rows)] or ["it was made again"]


def _with_switch(resource: Resource, body: Body, *, on: bool) -> Resource:
    """The live rule as it is, but for its switch."""
    return replace(resource, body=switched(resource.kind, _upload(resource, body, ()), on=on))


def _switch_fields(kind: ResourceKind, body: Body, *, on: bool) -> tuple[FieldChange, ...]:
    if not kind.switch or is_switched_on(kind, body) is on:
        return ()
    return (FieldChange(".".join(kind.switch), kind.state(on=not on), kind.state(on=on)),)


def _upload(resource: Resource, body: Body, rows: Rows) -> Body:
    """A live body as a PUT takes it; a watchlist's rows go with it, since GET never shows them."""
    content = dict(upload_of(resource.kind, body))
    if resource.kind is not ResourceKind.WATCHLIST:
        return content
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    properties = content.get("properties")
    shown = dict(properties) if isinstance(properties, Mapping) else {}
    if rows:
        shown |= {"contentType": "text/csv", "numberOfLinesToSkip": 0}
        shown["rawContent"] = text.getvalue()
    return {**content, "properties": shown}
