"""What became of a plan: a line for each write, the service's own words below a refusal.

The trap: a run that wrote nothing must not end like one that had nothing to write; and whoever
reads that it failed has to read what to do now.
"""

from __future__ import annotations

from collections.abc import Iterable

from vedette.deploy.moved import Move
from vedette.deploy.outcome import Applied, Outcome, Status
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
    """The last lines of a run: how many, why no more, and what to do next."""
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
    if applied.halted:
        lines.append(f"The run was stopped: {printable(applied.halted)}")
    if applied.apply_id and not applied.ok:
        lines += _next(applied)
    return "\n".join(lines) + "\n"


def render_moves(moves: Iterable[Move], approved: str) -> str:
    """Why an approved plan is not carried out."""
    lines = [f"This is not the plan in {approved}:"]
    for move in moves:
        who = f" (last written {printable(move.who)})" if move.who else ""
        lines.append(f"  {move.kind} {printable(move.label)}: {printable(move.what)}{who}")
    if len(lines) == 1:
        lines.append("  the repository has changed since, or the target, or the tool")
    lines.append("Nothing was written; plan again.")
    return "\n".join(lines) + "\n"


def _next(applied: Applied) -> list[str]:
    """The next command to run, by what went wrong."""
    environment = applied.plan.target.environment
    lines = [f"This was apply {applied.apply_id}."]
    final = any(
        outcome.error is not None and outcome.status is Status.REFUSED
        for outcome in applied.outcomes
    )
    if final:
        lines.append(
            f"Next: put right what was refused, then `vedette plan --env {environment}`; or"
            f" `vedette rollback --env {environment}` to go back."
        )
    else:
        lines.append(
            f"Next: `vedette apply --env {environment} --resume` goes on where this ended."
        )
    return lines
