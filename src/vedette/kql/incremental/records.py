"""What is remembered of a lint, as JSON: the findings of a file, and what it claims or needs.

The trap: a record outlives the code that wrote it. Its key has the tool in it, so that only the
same code reads it; a record that does not decode counts as none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import cast

from vedette.finding import Finding, Level
from vedette.project.uniqueness import Claim, Unique
from vedette.schema.types import Column, FunctionDefinition
from vedette.source import Location

#: Path, line, column, id, message, hint, level.
_Written = tuple[str, int, int, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """What one part of a repository gave: a detection with its cases, or all shared files.

    ``dated`` are findings of all days after the one that stands with them (YYYY-MM-DD).
    ``through`` and ``functions`` as in ``lint.Said``; ``functions_of_cases`` and
    ``watchlists_of_cases`` are what its cases define. ``reads`` are the files that were read beside
    those that the record is named for, with the digest of their content. ``detections`` counts
    those that could be loaded. ``lasting``: False for what another run may answer otherwise.
    """

    findings: tuple[Finding, ...] = ()
    dated: tuple[tuple[str, Finding], ...] = ()
    through: tuple[tuple[str, Finding], ...] = ()
    functions: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    functions_of_cases: Mapping[str, FunctionDefinition] = field(default_factory=dict)
    watchlists_of_cases: Mapping[str, tuple[Column, ...]] = field(default_factory=dict)
    reads: Mapping[str, str] = field(default_factory=dict)
    detections: int = 0
    lasting: bool = True

    def encode(self) -> dict[str, object]:
        """The record as JSON; empty parts are left out, since there are thousands of records."""
        parts: dict[str, object] = {
            "findings": [_written(each) for each in self.findings],
            "dated": [(last, _written(each)) for last, each in self.dated],
            "through": [(culprit, _written(each)) for culprit, each in self.through],
            "functions": list(self.functions),
            "claims": [
                (each.what.value, each.key, each.shown, *_place(each.at)) for each in self.claims
            ],
            "defines": [
                (each.name, each.parameters, each.body) for each in self.functions_of_cases.values()
            ],
            "watchlists": {
                alias: [(column.name, column.type) for column in columns]
                for alias, columns in self.watchlists_of_cases.items()
            },
            "reads": dict(self.reads),
            "detections": self.detections,
        }
        return {name: part for name, part in parts.items() if part}


def decode(value: object) -> Record | None:
    """The record that ``encode`` wrote; None for anything else."""
    if not isinstance(value, dict):
        return None
    try:
        return Record(
            findings=tuple(_read(each) for each in value.get("findings", ())),
            dated=tuple((last, _read(each)) for last, each in value.get("dated", ())),
            through=tuple((culprit, _read(each)) for culprit, each in value.get("through", ())),
            functions=tuple(value.get("functions", ())),
            claims=tuple(
                Claim(Unique(what), key, shown, _at(*place))
                for what, key, shown, *place in value.get("claims", ())
            ),
            functions_of_cases={
                name: FunctionDefinition(name, parameters, body)
                for name, parameters, body in value.get("defines", ())
            },
            watchlists_of_cases={
                alias: tuple(Column(name, type_) for name, type_ in columns)
                for alias, columns in value.get("watchlists", {}).items()
            },
            reads=value.get("reads", {}),
            detections=value.get("detections", 0),
        )
    except (AttributeError, TypeError, ValueError):
        return None


def encode_findings(found: Mapping[str, Iterable[Finding]]) -> dict[str, list[_Written]]:
    """Findings by the name of what they are about."""
    return {name: [_written(each) for each in findings] for name, findings in found.items()}


def decode_findings(value: object) -> dict[str, list[Finding]] | None:
    """What ``encode_findings`` wrote; None for anything else."""
    if not isinstance(value, dict):
        return None
    try:
        return {name: [_read(each) for each in found] for name, found in value.items()}
    except (TypeError, ValueError):
        return None


def _written(finding: Finding) -> _Written:
    place = _place(finding.location)
    return (*place, finding.id, finding.message, finding.hint, finding.level.value)


def _read(written: object) -> Finding:
    path, line, column, identity, message, hint, level = cast(_Written, written)
    return Finding(_at(path, line, column), identity, message, hint, Level(level))


def _place(at: Location) -> tuple[str, int, int]:
    return str(at.path), at.line, at.column


def _at(path: str, line: int, column: int) -> Location:
    return Location(PurePosixPath(path), line, column)
