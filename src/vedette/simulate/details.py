"""What an alert takes from its rows instead of from its rule: name, severity, tactics, details.

The trap: a placeholder without a value does not leave a hole in the name. The whole format is given
up and the rule's own name stands (customize-alert-details), for each field by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from vedette.model.attack import TACTICS, is_known
from vedette.model.detection import DynamicProperty, Severity
from vedette.model.limits import CUSTOM_DETAILS, PLACEHOLDER_PATTERN
from vedette.simulate import assumptions, limits
from vedette.simulate.assumptions import Row
from vedette.simulate.text import cut
from vedette.simulate.types import AnalyticsRule

_PLACEHOLDER = re.compile(PLACEHOLDER_PATTERN)

_TECHNIQUES = "Techniques"
_SUB_TECHNIQUES = "SubTechniques"

#: Properties that hold a list; of these, names alone may be separated by commas.
_COLLECTIONS = frozenset({"ExtendedLinks", "RemediationSteps", _TECHNIQUES, _SUB_TECHNIQUES})


def name_of(rule: AnalyticsRule, rows: Sequence[Row]) -> str:
    """The alert's name, at most 256 bytes where a format makes it."""
    made = _fill(rule.alert_details.name_format, rows, limits.MAX_NAME_BYTES)
    return rule.name if made is None else made


def description_of(rule: AnalyticsRule, rows: Sequence[Row]) -> str:
    """The alert's description, at most 5 KB where a format makes it."""
    made = _fill(rule.alert_details.description_format, rows, limits.MAX_DESCRIPTION_BYTES)
    return rule.description if made is None else made


def severity_of(rule: AnalyticsRule, rows: Sequence[Row]) -> Severity:
    """The severity of the column that the rule names, or the rule's own if that is not one."""
    column = rule.alert_details.severity_column
    if not column:
        return rule.severity
    text = assumptions.single_value(rows, column)
    valid = assumptions.valid_value(text, {severity.value for severity in Severity})
    return Severity(valid) if valid else rule.severity


def tactics_of(rule: AnalyticsRule, rows: Sequence[Row]) -> tuple[str, ...]:
    """The tactics of the column that the rule names, or the rule's own if they are not valid."""
    column = rule.alert_details.tactics_column
    if not column:
        return rule.tactics
    items = assumptions.collected_values(rows, column, limits.MAX_FIELD_VALUES)
    return assumptions.valid_items(items, TACTICS) or rule.tactics


def techniques_of(rule: AnalyticsRule, rows: Sequence[Row]) -> tuple[str, ...]:
    """The rule's techniques; the two dynamic properties replace parents and children apart."""
    parents = _dynamic_techniques(rule, rows, _TECHNIQUES)
    children = _dynamic_techniques(rule, rows, _SUB_TECHNIQUES)
    if parents is None and children is None:
        return rule.techniques
    if parents is None:
        parents = tuple(one for one in rule.techniques if "." not in one)
    if children is None:
        children = tuple(one for one in rule.techniques if "." in one)
    return parents + children


def custom_details_of(rule: AnalyticsRule, rows: Sequence[Row]) -> dict[str, tuple[str, ...]]:
    """The values of each custom detail, at most 50, and 2 KB for all."""
    details = {
        name: assumptions.detail_values(rows, column, limits.MAX_DETAIL_VALUES)
        for name, column in list(rule.custom_details.items())[:CUSTOM_DETAILS]
    }
    return assumptions.fit_details(details, limits.MAX_DETAIL_BYTES)


def properties_of(rule: AnalyticsRule, rows: Sequence[Row]) -> dict[str, str]:
    """The other properties that columns give; a collection is compact JSON text.

    A property without a (valid) value is left out, so that the service's default stands.
    """
    properties: dict[str, str] = {}
    for dynamic in rule.alert_details.dynamic_properties:
        if dynamic.name in (_TECHNIQUES, _SUB_TECHNIQUES):
            continue
        text = _property(dynamic, rows)
        if text:
            properties[dynamic.name] = text
    return properties


def _property(dynamic: DynamicProperty, rows: Sequence[Row]) -> str:
    if dynamic.name in _COLLECTIONS:
        items = assumptions.collected_values(rows, dynamic.column, limits.MAX_FIELD_VALUES, None)
        text = json.dumps(items, ensure_ascii=False, separators=(",", ":")) if items else ""
        return text if len(text.encode("utf-8")) <= limits.MAX_DESCRIPTION_BYTES else ""
    text = cut(assumptions.single_value(rows, dynamic.column), limits.MAX_NAME_BYTES)
    return "" if dynamic.name == "ConfidenceScore" and not _is_score(text) else text


def _is_score(text: str) -> bool:
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False


def _dynamic_techniques(
    rule: AnalyticsRule, rows: Sequence[Row], name: str
) -> tuple[str, ...] | None:
    """The techniques that a column gives for the property ``name``; None without valid ones."""
    dynamic = next((one for one in rule.alert_details.dynamic_properties if one.name == name), None)
    if dynamic is None:
        return None
    items = assumptions.collected_values(rows, dynamic.column, limits.MAX_FIELD_VALUES)
    known = {item for item in items if is_known(item) and ("." in item) == (name != _TECHNIQUES)}
    return assumptions.valid_items(items, known)


def _fill(text: str | None, rows: Sequence[Row], limit: int) -> str | None:
    """``text`` with its placeholders filled; None without a format or where a value is missing."""
    if not text:
        return None
    values: dict[str, str] = {}
    for match in _PLACEHOLDER.finditer(text):
        value = assumptions.single_value(rows, match[1].strip())
        if not value:
            return None
        values[match[0]] = value
    return cut(_PLACEHOLDER.sub(lambda match: values[match[0]], text), limit)
