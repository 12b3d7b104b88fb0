"""Whether a journal is what was written: no line changed, none taken out, none cut off the end.

The chain shows the first two; the end of it is kept in the workspace itself, with the lease, so
that cutting lines off, or writing the whole journal anew, takes a change there as well. The trap:
what is merely unfinished, after a kill, must not read like a forgery, nor the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vedette.deploy.journal import FILE, Line, LineKind, head_of, read_lines
from vedette.deploy.lease import Lease
from vedette.deploy.snapshot import hash_of, snapshot_file


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found in one journal: ``problems`` break it, ``notes`` only explain it."""

    file: Path
    lines: tuple[Line, ...]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def verify_journal(folder: Path, lease: Lease | None = None, *, anchored: bool) -> Audit:
    """Check the journal in ``folder``; ``anchored``: ``lease`` is what the workspace keeps of it.

    Raises:
        OSError: it cannot be read.
    """
    file = folder / FILE
    data = file.read_bytes() if file.exists() else b""
    whole = data[: data.rfind(b"\n") + 1]
    lines, problem = read_lines(whole.decode("utf-8", "replace"))
    problems = [problem] if problem else []
    problems += _snapshots(folder, lines)
    notes = _unfinished(lines)
    if whole != data:
        notes.append("the last line is not whole: the process that wrote it was ended")
    if not anchored:
        notes.append("the end was not checked: --env compares it with the workspace")
    elif not problem:
        problems += _anchor(lines, lease)
    return Audit(file, tuple(lines), tuple(problems), tuple(notes))


def journals_below(base: Path) -> tuple[Path, ...]:
    """The folders below ``base`` that hold a journal, in order."""
    return tuple(sorted(file.parent for file in base.rglob(FILE)))


def _snapshots(folder: Path, lines: list[Line]) -> list[str]:
    problems = []
    for line in lines:
        if line.kind is not LineKind.BEGIN:
            continue
        file = snapshot_file(folder, line.apply_id)
        try:
            same = hash_of(file.read_text(encoding="utf-8")) == line.text("snapshot")
        except (OSError, UnicodeDecodeError):
            problems.append(f"line {line.seq}: the snapshot {file.name} is gone")
            continue
        if not same:
            problems.append(f"line {line.seq}: the snapshot {file.name} was changed")
    return problems


def _anchor(lines: list[Line], lease: Lease | None) -> list[str]:
    """Whether the end that the workspace keeps is in this journal."""
    if lease is None:
        return ["the workspace knows of no journal, and this one has lines"] if lines else []
    head, known = head_of(lines), lease.head
    if known.seq == 0:
        return []
    if known.origin != head.origin:
        last = f"apply {lease.apply_id} by {lease.holder or 'somebody'}"
        return [f"the workspace was written last through another journal ({last})"]
    if known.seq > head.seq:
        return [f"the workspace knows {known.seq} lines, {head.seq} are here: the end was cut off"]
    if lines[known.seq - 1].hash != known.hash:
        return [f"line {known.seq} is not the one that the workspace knows: it was written anew"]
    return []


def _unfinished(lines: list[Line]) -> list[str]:
    ended = {line.apply_id for line in lines if line.kind is LineKind.END}
    return [
        f"apply {line.apply_id} has no end: it is under way, or its process was ended"
        for line in lines
        if line.kind is LineKind.BEGIN and line.apply_id not in ended
    ]
