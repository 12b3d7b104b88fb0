"""What an apply set out to do and what was there before, in one file: the way on, and the way back.

The trap: a way back that is worked out afterwards, from what is left. The file is written before
the first write, and the journal names its hash; whoever changes it is found out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from vedette.deploy.canonical import Value
from vedette.deploy.diff import FieldChange
from vedette.deploy.ownership import Mark, MarkState
from vedette.deploy.plan import Action, Change, Plan, Target
from vedette.deploy.resource import Resource, ResourceKind
from vedette.deploy.task import Task
from vedette.errors import ToolError

FOLDER = "snapshots"
_FORMAT = 1


class SnapshotError(ToolError):
    """A snapshot is not there, or is not what the journal says it is."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The tasks of one apply, and the plan that they are of; ``purpose`` is what it was for."""

    apply_id: str
    purpose: str
    target: Target
    tool: str
    tasks: tuple[Task, ...]

    @property
    def plan(self) -> Plan:
        """The part of the plan that writes."""
        return Plan(self.target, self.tool, tuple(task.change for task in self.tasks))


def snapshot_file(folder: Path, apply_id: str) -> Path:
    """Where the snapshot of an apply is, below the folder of the journal."""
    return folder / FOLDER / f"{apply_id}.json"


def write_snapshot(folder: Path, snapshot: Snapshot) -> str:
    """Write the snapshot, and return its hash."""
    file = snapshot_file(folder, snapshot.apply_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    text = render_snapshot(snapshot)
    file.write_text(text, encoding="utf-8", newline="\n")
    return hash_of(text)


def read_snapshot(folder: Path, apply_id: str, expected: str) -> Snapshot:
    """The snapshot of an apply, whose text must have the hash that the journal names.

    Raises:
        SnapshotError: it is not there, or it is another.
    """
    file = snapshot_file(folder, apply_id)
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise SnapshotError(f"{file}: cannot be read: {error.strerror or error}") from error
    if hash_of(text) != expected:
        raise SnapshotError(f"{file}: is not the snapshot that the journal names")
    return parse_snapshot(text)


def hash_of(text: str) -> str:
    """SHA-256 of a snapshot's text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def render_snapshot(snapshot: Snapshot) -> str:
    """The snapshot as JSON."""
    content = {
        "format": _FORMAT,
        "apply": snapshot.apply_id,
        "purpose": snapshot.purpose,
        "tool": snapshot.tool,
        "target": asdict(snapshot.target),
        "tasks": [_task(task) for task in snapshot.tasks],
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def parse_snapshot(text: str) -> Snapshot:
    """The snapshot in a text that ``render_snapshot`` wrote.

    Raises:
        SnapshotError: it is not one.
    """
    try:
        data = json.loads(text)
        if data["format"] != _FORMAT:
            raise SnapshotError("the snapshot was written by another version of vedette")
        return Snapshot(
            apply_id=data["apply"],
            purpose=data["purpose"],
            target=Target(**data["target"]),
            tool=data["tool"],
            tasks=tuple(_read_task(each) for each in data["tasks"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise SnapshotError("the snapshot cannot be understood") from error


def _task(task: Task) -> dict[str, object]:
    change, resource, mark = task.change, task.change.resource, task.change.mark
    return {
        "action": change.action.value,
        "kind": resource.kind.value,
        "id": resource.id,
        "name": resource.name,
        "label": resource.label,
        "path": resource.path.as_posix(),
        "etag": change.etag,
        "note": change.note,
        "reason": change.reason,
        "mark": None if mark is None else _mark(mark),
        "markEtag": change.mark_etag,
        "fields": [[each.field, each.before, each.after] for each in change.fields],
        "before": task.body,
        "rowsBefore": task.rows,
        "after": resource.body,
        "rowsAfter": resource.rows,
    }


def _mark(mark: Mark) -> dict[str, object]:
    since = None if mark.since is None else mark.since.isoformat()
    return {"tag": mark.tag, "state": mark.state.value, "since": since}


def _read_task(data: Mapping[str, object]) -> Task:
    fields: dict[str, object] = dict(data)
    kind, resource_id = ResourceKind(_text(data["kind"])), _text(data["id"])
    resource = Resource(
        kind=kind,
        id=resource_id,
        name=_text(data["name"]),
        label=_text(data["label"]),
        path=PurePosixPath(_text(data["path"])),
        body=_mapping(data["after"]),
        rows=_rows(data["rowsAfter"]),
    )
    change = Change(
        action=Action(_text(data["action"])),
        resource=resource,
        fields=tuple(_field(each) for each in _list(fields["fields"])),
        etag=_optional(data["etag"]),
        note=_text(data["note"]),
        reason=_text(data["reason"]),
        mark=_read_mark(data["mark"], kind, resource_id),
        mark_etag=_optional(data["markEtag"]),
    )
    before = data["before"]
    return Task(change, None if before is None else _mapping(before), _rows(data["rowsBefore"]))


def _read_mark(value: object, kind: ResourceKind, resource_id: str) -> Mark | None:
    if value is None:
        return None
    data = _mapping(value)
    since = None if data["since"] is None else datetime.fromisoformat(_text(data["since"]))
    state = MarkState(_text(data["state"]))
    return Mark(_text(data["tag"]), kind, resource_id, state, since)


def _field(value: object) -> FieldChange:
    name, before, after = _list(value)
    return FieldChange(_text(name), _value(before), _value(after))


def _value(value: object) -> Value | None:
    if isinstance(value, list):
        return tuple(_text(each) for each in value)
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError("not a value of a field")


def _rows(value: object) -> tuple[Mapping[str, str], ...]:
    return tuple(
        {name: _text(cell) for name, cell in _mapping(row).items()} for row in _list(value)
    )


def _mapping(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("not a mapping")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _optional(value: object) -> str | None:
    return None if value is None else _text(value)
