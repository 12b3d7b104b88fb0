"""Writes out a new detection and its cases as YAML.

The trap: what is written has to pass ``lint`` and ``test`` as it stands, for every kind: each sees
events over another window, and only rules make alerts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from uuid import UUID

from vedette.model.detection import EntityMapping, Kind
from vedette.project.discovery import DETECTIONS
from vedette.project.starters import Starter, Value

NAME_PATTERN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

#: When the scaffold's events happened: inside of the window that the kind looks at.
_AGE = {Kind.SCHEDULED: "-10m", Kind.NRT: "-30s", Kind.HUNTING: "-2d"}

_NOW = "2026-01-15T12:00:00Z"

#: What needs no quotes in YAML, and could be taken for nothing but text: words, an age, an address.
_PLAIN = re.compile(r"[A-Za-z][\w.@-]*( [\w.@-]+)*|-\d+[dhms]|\d+(\.\d+){3}")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


@dataclass(frozen=True, slots=True)
class Scaffold:
    """The two files of a new detection."""

    detection: PurePosixPath
    detection_text: str
    cases: PurePosixPath
    cases_text: str


def scaffold(
    name: str, kind: Kind, starter: Starter, *, identity: UUID, folder: PurePosixPath
) -> Scaffold:
    """The files of the detection ``name`` (kebab-case) in ``folder`` below detections/."""
    path = DETECTIONS / folder
    schemas = PurePosixPath(*[".."] * len(path.parts)) / "schemas"
    return Scaffold(
        detection=path / f"{name}.yaml",
        detection_text=_join(_detection(name, kind, starter, identity, schemas)),
        cases=path / f"{name}.cases.yaml",
        cases_text=_join(_cases(kind, starter, schemas)),
    )


def title_of(name: str) -> str:
    """The display name: ``password-notice`` → ``Password notice``."""
    words = name.replace("-", " ")
    return words[:1].upper() + words[1:]


def _join(lines: Iterator[str]) -> str:
    return "\n".join(lines) + "\n"


def _detection(
    name: str, kind: Kind, starter: Starter, identity: UUID, schemas: PurePosixPath
) -> Iterator[str]:
    yield f"# yaml-language-server: $schema={schemas}/detection.schema.json"
    yield f"id: {identity}"
    yield f"name: {_scalar(title_of(name))}"
    yield f"kind: {kind.value}"
    yield "description: |"
    yield f"  {starter.about}"
    if kind is not Kind.HUNTING:
        yield "severity: Medium"
    if starter.connector:
        yield "requiredDataConnectors:"
        yield f"  - connectorId: {starter.connector}"
        yield "    dataTypes:"
        yield f"      - {starter.table}"
    if kind is Kind.SCHEDULED:
        yield "queryFrequency: 1h"
        yield "queryPeriod: 1h"
        yield "triggerOperator: gt"
        yield "triggerThreshold: 0"
    yield from _list("tactics", starter.tactics)
    yield from _list("relevantTechniques", starter.techniques)
    yield "query: |"
    for line in _query(kind, starter):
        yield f"  {line}"
    yield from _entity_mappings(starter.entities)
    yield "version: 1.0.0"


def _list(key: str, values: tuple[str, ...]) -> Iterator[str]:
    if values:
        yield f"{key}:"
        for value in values:
            yield f"  - {value}"


def _query(kind: Kind, starter: Starter) -> Iterator[str]:
    yield starter.table
    if kind is Kind.HUNTING:
        # A rule has its window from its schedule; a hunting query has to bring its own.
        yield "| where TimeGenerated > ago(30d)"
    yield from starter.query
    yield f"| project {', '.join(('TimeGenerated', *starter.columns))}"


def _entity_mappings(entities: tuple[EntityMapping, ...]) -> Iterator[str]:
    if entities:
        yield "entityMappings:"
    for entity in entities:
        yield f"  - entityType: {entity.entity_type}"
        yield "    fieldMappings:"
        for field in entity.fields:
            yield f"      - identifier: {field.identifier}"
            yield f"        columnName: {field.column}"


def _cases(kind: Kind, starter: Starter, schemas: PurePosixPath) -> Iterator[str]:
    event = {"TimeGenerated": _AGE[kind], **starter.event}
    differs = ", ".join(f"{column}: {_scalar(value)}" for column, value in starter.miss.items())
    nothing = "rows: 0" if kind is Kind.HUNTING else "alerts: 0"
    yield f"# yaml-language-server: $schema={schemas}/cases.schema.json"
    yield "x-event: &event"
    for column, value in event.items():
        yield f"  {column}: {_scalar(value)}"
    yield ""
    yield "cases:"
    yield "  - name: must-fire"
    yield f"    why: {starter.why_fire}"
    yield f"    now: {_NOW}"
    yield "    events:"
    yield f"      {starter.table}: [*event]"
    yield "    expect:"
    yield from _expected(kind, starter)
    yield ""
    yield "  - name: near-miss"
    yield f"    why: {starter.why_miss}"
    yield f"    now: {_NOW}"
    yield "    events:"
    yield f"      {starter.table}:"
    yield f"        - {{<<: *event, {differs}}}"
    yield "    expect:"
    yield f"      {nothing}"


def _expected(kind: Kind, starter: Starter) -> Iterator[str]:
    values = {**starter.event, **starter.computed}
    if kind is Kind.HUNTING:
        row = ", ".join(f"{column}: {_scalar(values[column])}" for column in starter.columns[:3])
        yield "      rows:"
        yield f"        - {{{row}}}"
    elif not starter.entities:
        yield "      alerts: 1"
    else:
        yield "      alerts:"
        yield "        - severity: Medium"
        yield "          entities:"
        for entity in starter.entities:
            yield f"            - {{{_entity(entity, values)}}}"


def _entity(entity: EntityMapping, values: Mapping[str, Value]) -> str:
    identifiers = [
        f"{field.identifier}: {_scalar(values[field.column])}" for field in entity.fields
    ]
    return ", ".join([f"type: {entity.entity_type}", *identifiers])


def _scalar(value: Value) -> str:
    """``value`` in YAML, in quotes where a reader, or a parser of YAML 1.1, could be misled."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if _PLAIN.fullmatch(value) and value.casefold() not in _WORDS:
        return value
    return "'" + value.replace("'", "''") + "'"
