"""What an alert takes from its rows: custom details, its texts and properties.

The trap: the service counts the placeholders of a text, not the columns; naming one column four
times is one too many.
"""

from __future__ import annotations

import re

from vedette.finding import Finding
from vedette.model import limits
from vedette.model.detection import AlertDetails, DynamicProperty
from vedette.model.document import Document
from vedette.model.reading import value_at
from vedette.model.shape import items, mapping, text
from vedette.source import ValuePath

_PLACEHOLDER = re.compile(limits.PLACEHOLDER_PATTERN)


def load_custom_details(document: Document) -> dict[str, str]:
    """Custom detail → column, in the order of the file."""
    values = mapping(value_at(document, ("customDetails",)))
    return {key: column for key, column in values.items() if isinstance(column, str)}


def load_alert_details(document: Document) -> tuple[AlertDetails, list[Finding]]:
    """``alertDetailsOverride``; empty texts count as absent, as the portal exports them."""
    path: ValuePath = ("alertDetailsOverride",)
    data = mapping(value_at(document, path))
    findings: list[Finding] = []
    for key in ("alertDisplayNameFormat", "alertDescriptionFormat"):
        findings += check_placeholders(document, (*path, key), text(data.get(key)))
    properties, more = _load_properties(document, (*path, "alertDynamicProperties"))
    details = AlertDetails(
        name_format=text(data.get("alertDisplayNameFormat")) or None,
        description_format=text(data.get("alertDescriptionFormat")) or None,
        tactics_column=text(data.get("alertTacticsColumnName")) or None,
        severity_column=text(data.get("alertSeverityColumnName")) or None,
        dynamic_properties=properties,
    )
    return details, findings + more


def check_placeholders(document: Document, path: ValuePath, written: str) -> list[Finding]:
    """A finding if ``written``, the text at ``path``, has more placeholders than it may."""
    found = list(_PLACEHOLDER.finditer(written))
    if len(found) <= limits.PLACEHOLDERS:
        return []
    place = document.locate_in(path, found[limits.PLACEHOLDERS].start())
    message = f"'{path[-1]}' has {len(found)} placeholders; the limit is {limits.PLACEHOLDERS}"
    hint = "put the text together in a column of the query"
    return [Finding(place, "too-many-placeholders", message, hint)]


def _load_properties(
    document: Document, path: ValuePath
) -> tuple[tuple[DynamicProperty, ...], list[Finding]]:
    properties: list[DynamicProperty] = []
    findings: list[Finding] = []
    names: set[str] = set()
    for index, value in enumerate(items(value_at(document, path))):
        data = mapping(value)
        name, column = text(data.get("alertProperty")), text(data.get("value"))
        if not name or not column:
            continue
        if name in names:
            place = document.locate((*path, index, "alertProperty"))
            message = f"the alert property '{name}' is set twice"
            findings.append(Finding(place, "duplicate-alert-property", message, "keep one"))
        names.add(name)
        properties.append(DynamicProperty(name, column))
    return tuple(properties), findings
