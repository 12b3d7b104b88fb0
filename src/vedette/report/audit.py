"""What the check of a journal found, and what is known of one resource's history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vedette.deploy.journal import Line, LineKind
from vedette.deploy.verify_journal import Audit
from vedette.report.terminal import columns, printable

_SHORT = 12


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened to a resource: ``at`` is ISO 8601."""

    at: str
    source: str
    what: str


def render_audits(audits: Iterable[Audit]) -> str:
    """Each journal: what is wrong with it, or that nothing is."""
    lines = []
    for audit in audits:
        lines.append(f"{audit.file.as_posix()}: {len(audit.lines)} lines hold together")
        lines += [f"  ! {printable(problem)}" for problem in audit.problems]
        lines += [f"  {printable(note)}" for note in audit.notes]
    return "\n".join(lines) + "\n"


def moment_of(line: Line) -> Moment | None:
    """A line of the journal as something that happened; None for what only announces it."""
    if line.kind is not LineKind.OUTCOME:
        return None
    after = line.text("after")
    words = [
        line.text("action"),
        f"({line.text('step')})",
        line.text("status"),
        f"by {line.text('who')}",
        f"from {line.text('commit')[:_SHORT] or 'no commit'}",
        f"-> {after[:_SHORT]}",
    ]
    message = line.text("message")
    what = " ".join(words) + (f": {message}" if message else "")
    return Moment(line.at, f"apply {line.apply_id}", what)


def render_history(head: Sequence[str], moments: Iterable[Moment]) -> str:
    """The present state, then what happened, the latest first."""
    ordered = sorted(moments, key=lambda each: each.at, reverse=True)
    rows: list[tuple[str, ...]] = [
        (each.at[:19].replace("T", " "), each.source, printable(each.what)) for each in ordered
    ]
    return "\n".join([*map(printable, head), *(columns(rows) if rows else [])]) + "\n"
