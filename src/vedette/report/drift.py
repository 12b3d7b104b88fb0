"""Drift as people and programs read it: who changed what, and what may be done about it.

The trap: a list of differences without the next command is a list that nobody works off.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from vedette.deploy.drift import DRIFT, Drift, DriftReport, State
from vedette.deploy.resource import ResourceKind
from vedette.report.fields import field_lines
from vedette.report.markdown import cell, code, fence
from vedette.report.terminal import paint, printable

_MARKS = {
    State.EDITED: "~",
    State.DELETED: "-",
    State.AUTO_DISABLED: "!",
    State.NOT_DEPLOYED: "+",
    State.FOREIGN: "=",
}

#: Of these a live value has no place of its own in the file: another part of it says it as well.
_BY_HAND = frozenset({ResourceKind.CUSTOM_DETECTION})


def render_text(report: DriftReport, *, colour: bool = False) -> str:
    """The drift for a terminal; what is foreign is listed by name alone."""
    lines: list[str] = []
    for drift in report.drifts:
        if drift.state is State.FOREIGN:
            continue
        lines.append(paint(_head(drift), _MARKS[drift.state], colour=colour))
        lines += [f"    {line}" for line in _details(drift, report)]
        lines += field_lines(drift.fields, colour=colour)
        lines += [f"    {line}" for line in _ways(drift, report)]
    foreign = report.having(State.FOREIGN)
    if foreign:
        lines += ["", "Not of this repository:"]
        lines += [f"  {_head(drift)}" for drift in foreign]
        lines.append(f"  take one in: vedette adopt ID --env {report.environment}")
    lines += ["", *_ending(report)]
    return "\n".join(lines).lstrip("\n") + "\n"


def render_markdown(report: DriftReport) -> str:
    """The drift for a pipeline's summary or a pull request."""
    lines = [f"## Drift of {code(report.environment)}", "", *_ending(report)]
    for drift in report.drifts:
        if drift.state is State.FOREIGN:
            continue
        lines += ["", f"### {cell(drift.resource.name)}: {drift.state}", ""]
        lines.append(f"{code(drift.resource.id)}, {code(_source(drift))}")
        inside = list(field_lines(drift.fields, colour=False, indent=""))
        marks = fence(inside)
        for block in (
            [f"- {cell(line)}" for line in _details(drift, report)],
            [f"{marks}diff", *inside, marks] if inside else [],
            [f"- {code(line)}" for line in _ways(drift, report)],
        ):
            lines += ["", *block] if block else []
    foreign = report.having(State.FOREIGN)
    if foreign:
        lines += ["", "### Not of this repository", ""]
        lines += [f"- {cell(drift.resource.name)} ({code(drift.resource.id)})" for drift in foreign]
    return "\n".join(lines) + "\n"


def render_json(report: DriftReport) -> str:
    """The drift for a program."""
    content = {
        "environment": report.environment,
        "day": report.day.isoformat(),
        "counts": {state.value: len(report.having(state)) for state in State},
        "unchanged": report.unchanged,
        "open": len(report.open),
        "editorsUnknown": report.unknown or None,
        "expiredLocks": [
            {"rules": list(lock.rules), "until": lock.until.isoformat(), "owner": lock.owner}
            for lock in report.expired
        ],
        "drifts": [_json(drift, report) for drift in report.drifts],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _json(drift: Drift, report: DriftReport) -> dict[str, object]:
    editor, lock = drift.editor, drift.lock
    return {
        "state": drift.state.value,
        "kind": drift.resource.kind.value,
        "id": drift.resource.id,
        "name": drift.resource.name,
        "source": None if drift.resource.path.name == "" else drift.resource.path.as_posix(),
        "fields": [
            {"field": field.field, "removed": field.removed, "added": field.added}
            if field.is_set
            else {"field": field.field, "repository": field.before, "workspace": field.after}
            for field in drift.fields
        ],
        "editor": None
        if editor is None
        else {"who": editor.who, "when": editor.when, "operation": editor.operation}
        | ({"address": editor.address} if editor.address else {}),
        "lock": None
        if lock is None
        else {
            "owner": lock.owner,
            "reason": lock.reason,
            "until": lock.until.isoformat(),
            "holds": lock.holds_on(report.day),
        },
        "hold": drift.hold or None,
        "ways": list(_ways(drift, report)),
    }


def _head(drift: Drift) -> str:
    resource = drift.resource
    mark = f"{_MARKS[drift.state]} {drift.state}"
    known = resource.label if drift.state is not State.FOREIGN else resource.id
    return printable(f"{mark}  {resource.kind}  {known}  {resource.name}")


def _source(drift: Drift) -> str:
    return drift.resource.path.as_posix() if drift.resource.path.name else "no file"


def _details(drift: Drift, report: DriftReport) -> Iterator[str]:
    """Who did it, and whether a lock holds it."""
    editor, lock = drift.editor, drift.lock
    if editor is not None:
        when = f" at {editor.when}" if editor.when else ""
        place = f" from {editor.address}" if editor.address else ""
        yield printable(f"by {editor.who}{when}{place}")
    elif drift.state is State.AUTO_DISABLED:
        yield "by the service, after repeated failures"
    if drift.state is State.NOT_DEPLOYED:
        yield "the file is newer than the workspace"
    if drift.hold:
        yield printable(f"held by `vedette disable`: {drift.hold}")
    if lock is not None:
        held = "locked until" if lock.holds_on(report.day) else "the lock has ended: it held until"
        yield printable(f"{held} {lock.until} by {lock.owner}: {lock.reason}")


def _ways(drift: Drift, report: DriftReport) -> Iterator[str]:
    """The commands that end the drift."""
    if drift.state not in DRIFT or drift.is_held_on(report.day):
        return
    yield f"revert: vedette apply --env {report.environment}"
    if drift.state is State.DELETED:
        yield f"adopt: delete {_source(drift)}"
    elif drift.resource.kind in _BY_HAND:
        yield f"adopt: change {_source(drift)} by hand"
    else:
        yield f"adopt: vedette adopt {drift.resource.id} --env {report.environment}"
    yield f"lock: an entry in 'locks' of environments/{report.environment}.yaml"


def _ending(report: DriftReport) -> Iterator[str]:
    counts = ", ".join(f"{len(report.having(state))} {state}" for state in State)
    yield f"{counts}, {report.unchanged} as deployed; {len(report.open)} to decide about."
    if report.unknown:
        yield printable(f"Who changed what is not known: {report.unknown}")
    for lock in report.expired:
        names = ", ".join(lock.rules)
        yield printable(f"{lock.locate()}: the lock of {names} ended on {lock.until}: remove it")
