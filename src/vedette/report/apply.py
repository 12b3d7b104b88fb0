"""What became of a plan: a line for each write, the service's own words below a refusal.

The trap: a run that wrote nothing must not end like one that had nothing to write.
"""

from __future__ import annotations

from vedette.deploy.apply import Applied, Outcome, Status
from vedette.report.terminal import paint, printable

_MARKS = {
    Status.WRITTEN: "+",
    Status.REFUSED: "-",
    Status.FAILED: "-",
    Status.UNVERIFIED: "~",
    Status.NOT_TRIED: "=",
}

_STATUS_WIDTH = max(map(len, Status))


def render_outcome(outcome: Outcome, *, colour: bool = False) -> str:
    """One write, as soon as it is done."""
    resource = outcome.change.resource
    head = f"{outcome.status.ljust(_STATUS_WIDTH)}  {resource.kind} {printable(resource.label)}"
    line = paint(head, _MARKS[outcome.status], colour=colour)
    return f"{line}\n    {printable(outcome.message)}" if outcome.message else line


def render_summary(applied: Applied) -> str:
    """The last lines of a run."""
    planned = len(applied.outcomes)
    if not planned:
        return "Nothing to write.\n"
    written = len(applied.having(Status.WRITTEN))
    others = [
        f"{number} {status.value}"
        for status in Status
        if status is not Status.WRITTEN and (number := len(applied.having(status)))
    ]
    lines = [", ".join([f"{written} of {planned} written and read back", *others]) + "."]
    if applied.stopped is not None:
        lines.append(f"The run ended early: {printable(str(applied.stopped))}")
    return "\n".join(lines) + "\n"
