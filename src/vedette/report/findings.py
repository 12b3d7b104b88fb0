"""Findings as text for people and as JSON for programs.

The trap: a message quotes what stands in a file, and a terminal would obey an escape sequence that
does; text goes through ``printable``, JSON carries it as it is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from vedette.finding import Finding, Level
from vedette.report.terminal import paint, printable


def render_text(findings: Sequence[Finding], *, colour: bool = False) -> str:
    """One line a finding, warnings marked, without a newline at the end; empty for none."""
    return "\n".join(_line(finding, colour=colour) for finding in findings)


def render_json(findings: Sequence[Finding]) -> str:
    """``{"errors", "warnings", "findings": [{path, line, column, id, level, message, hint}]}``."""
    report = {
        "errors": count(findings, Level.ERROR),
        "warnings": count(findings, Level.WARNING),
        "findings": [
            {
                "path": str(finding.location.path),
                "line": finding.location.line,
                "column": finding.location.column,
                "id": finding.id,
                "level": finding.level.value,
                "message": finding.message,
                "hint": finding.hint,
            }
            for finding in findings
        ],
    }
    return json.dumps(report, indent=2, ensure_ascii=False)


def count(findings: Sequence[Finding], level: Level) -> int:
    """How many findings have this level."""
    return sum(finding.level is level for finding in findings)


def summary(findings: Sequence[Finding]) -> str:
    """``2 errors, 1 warning`` or ``no findings``."""
    parts = []
    for level, word in ((Level.ERROR, "error"), (Level.WARNING, "warning")):
        number = count(findings, level)
        if number:
            parts.append(f"{number} {word}{'' if number == 1 else 's'}")
    return ", ".join(parts) or "no findings"


def _line(finding: Finding, *, colour: bool) -> str:
    mark, word = ("!", "") if finding.level is Level.ERROR else ("~", "warning: ")
    place = paint(f"{printable(str(finding.location))}:", "@", colour=colour)
    name = paint(finding.id, mark, colour=colour)
    hint = f" ({finding.hint})" if finding.hint else ""
    return f"{place} {name} {printable(f'{word}{finding.message}{hint}')}"
