"""A diagnosis as people and programs read it.

The trap: forty green lines above the red one. In text each group is one line as long as all of it
is right, and the commands that help stand below what they help with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby

from vedette.operate.checks import Check, Diagnosis, State
from vedette.report.terminal import paint, printable

_MARKS = {State.OK: "+", State.WARNING: "~", State.FAILED: "!", State.UNKNOWN: "!"}


def render_text(diagnosis: Diagnosis, *, colour: bool = False) -> str:
    """Every check, a line each, by group; then one line that sums up."""
    lines: list[str] = []
    for group, checks in groupby(diagnosis.checks, lambda check: check.group):
        lines.append(group)
        for check in checks:
            lines += _check(check, colour=colour)
    lines += ["", _ending(diagnosis)]
    return "\n".join(lines) + "\n"


def render_json(diagnosis: Diagnosis) -> str:
    """The same for a program."""
    content = {
        "ok": diagnosis.ok,
        "counts": {state.value: diagnosis.count(state) for state in State},
        "checks": [
            {
                "group": check.group,
                "name": check.name,
                "state": check.state.value,
                "read": check.read,
                "next": list(check.next),
            }
            for check in diagnosis.checks
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _check(check: Check, *, colour: bool) -> Iterator[str]:
    mark = _MARKS[check.state]
    line = f"  {mark} {check.state}  {check.name}: {check.read}"
    yield paint(printable(line), mark, colour=colour)
    for one in check.next:
        yield printable(f"      {one}")


def _ending(diagnosis: Diagnosis) -> str:
    counts = ", ".join(f"{diagnosis.count(state)} {state}" for state in State)
    return f"{len(diagnosis.checks)} checks: {counts}."
