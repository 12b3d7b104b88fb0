"""Findings as SARIF 2.1.0, which GitHub and Azure DevOps show beside the lines.

The trap: columns count in UTF-16 units unless the run says otherwise, and a path is a URI: a blank
or '#' in a file name makes a reader lose the file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

from vedette.finding import Finding, Level
from vedette.kql.checks.base import Check

#: The schema that the document follows (OASIS, SARIF 2.1.0 plus errata 01).
SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning"}


def render_sarif(findings: Sequence[Finding], checks: Sequence[Check], version: str) -> str:
    """One run of the tool ``vedette``; ``checks`` are described, other ids are only named.

    Paths are relative to ``%SRCROOT%``, the root of the repository of detections.
    """
    known = {check.id: check for check in checks}
    ids = sorted({finding.id for finding in findings})
    driver = {
        "name": "vedette",
        "semanticVersion": version,
        "rules": [_rule(name, known.get(name)) for name in ids],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, ids.index(finding.id)) for finding in sorted(findings)],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False)


def _rule(name: str, check: Check | None) -> dict[str, object]:
    if check is None:
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": check.summary},
        "fullDescription": {"text": check.why},
        "help": {
            "text": f"{check.why}\n\nBad:\n\n{check.bad}\n\nGood:\n\n{check.good}",
            "markdown": (
                f"{check.why}\n\nBad:\n\n```kusto\n{check.bad}\n```\n\n"
                f"Good:\n\n```kusto\n{check.good}\n```"
            ),
        },
        "defaultConfiguration": {"level": _LEVELS[check.level]},
    }


def _result(finding: Finding, rule: int) -> dict[str, object]:
    hint = f" ({finding.hint})" if finding.hint else ""
    place = finding.location
    return {
        "ruleId": finding.id,
        "ruleIndex": rule,
        "level": _LEVELS[finding.level],
        "message": {"text": f"{finding.message}{hint}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {
                        "uri": quote(place.path.as_posix()),
                        "uriBaseId": "%SRCROOT%",
                    },
                    "region": {"startLine": place.line, "startColumn": place.column},
                }
            }
        ],
    }
