"""Every place of a detection that names a column of its query's result."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vedette.model.detection import Detection
from vedette.model.load_defender import PATH as DEFENDER
from vedette.source import ValuePath

#: ``{{Column}}`` in the title or description of an alert.
PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")


@dataclass(frozen=True, slots=True)
class NamedColumn:
    """A column's name at ``offset`` of the value at ``at``; ``finding`` is the id if it is missing.

    ``purpose`` completes "…, which <purpose> names"; ``types`` are the only ones that can serve,
    all if empty.
    """

    column: str
    at: ValuePath
    finding: str
    purpose: str
    offset: int = 0
    types: tuple[str, ...] = ()


def named_columns(detection: Detection) -> Iterator[NamedColumn]:
    """In the order of the file's keys, not of the file."""
    yield from _entities(detection)
    for key, column in detection.custom_details.items():
        at: ValuePath = ("customDetails", key)
        yield NamedColumn(column, at, "unknown-detail-column", f"custom detail '{key}'")
    yield from _alert_details(detection)


def _entities(detection: Detection) -> Iterator[NamedColumn]:
    for index, mapping in enumerate(detection.entity_mappings):
        for number, field in enumerate(mapping.fields):
            yield NamedColumn(
                field.column,
                ("entityMappings", index, "fieldMappings", number, "columnName"),
                "unknown-entity-column",
                f"{mapping.entity_type} {field.identifier}",
            )
    for index, column in enumerate(detection.sentinel_entities):
        yield NamedColumn(
            column,
            ("sentinelEntitiesMappings", index, "columnName"),
            "unknown-entity-column",
            "the entities mapping",
        )


def _placeholders(at: ValuePath, text: str, purpose: str) -> Iterator[NamedColumn]:
    for found in PLACEHOLDER.finditer(text):
        # The service trims nothing, but {{ Column }} is not what anybody means.
        yield NamedColumn(found[1], at, "unknown-placeholder", purpose, found.start(1))


def _alert_details(detection: Detection) -> Iterator[NamedColumn]:
    details, there = detection.alert_details, detection.defender
    texts: tuple[tuple[ValuePath, str | None, str | None], ...] = (
        (("alertDetailsOverride",), details.name_format, details.description_format),
        (DEFENDER, there.name_format, there.description_format),
    )
    for at, title, description in texts:
        yield from _placeholders((*at, "alertDisplayNameFormat"), title or "", "the alert's title")
        yield from _placeholders(
            (*at, "alertDescriptionFormat"), description or "", "the alert's description"
        )
    columns: tuple[tuple[str, str | None, str, tuple[str, ...]], ...] = (
        ("alertSeverityColumnName", details.severity_column, "the alert's severity", ("string",)),
        (
            "alertTacticsColumnName",
            details.tactics_column,
            "the alert's tactics",
            ("string", "dynamic"),
        ),
    )
    for key, column, purpose, types in columns:
        if column:
            yield NamedColumn(
                column,
                ("alertDetailsOverride", key),
                "unknown-override-column",
                purpose,
                types=types,
            )
    for index, dynamic in enumerate(details.dynamic_properties):
        yield NamedColumn(
            dynamic.column,
            ("alertDetailsOverride", "alertDynamicProperties", index, "value"),
            "unknown-override-column",
            f"the alert's {dynamic.name}",
        )
