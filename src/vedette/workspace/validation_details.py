"""The service's checks of ``customDetails``, ``alertDetailsOverride`` and grouping.

The trap: placeholders are counted as they occur, so one column used four times is too many.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any

from vedette.workspace.members import length
from vedette.workspace.validation_entities import check_column

_PLACEHOLDER = re.compile(r"{{([^{}]*)}}")
_DETAIL_NAME = re.compile(r"[a-zA-Z]+\w*", re.ASCII)
MAX_DETAILS = 20
MAX_PLACEHOLDERS = 3
LOOKBACK = (timedelta(minutes=5), timedelta(days=7))


def check_custom_details(details: Mapping[str, str] | None) -> Iterator[str]:
    """At most 20, with short names that are identifiers, each of a column."""
    if details is None:
        return
    if len(details) > MAX_DETAILS:
        yield (
            f"Invalid length of '{len(details)}' for 'customDetails'. "
            f"The length must be between 0 and {MAX_DETAILS}."
        )
    for name, column in details.items():
        if not 1 <= len(name) <= MAX_DETAILS:
            yield (
                f"Invalid length of '{len(name)}' for the key '{name}' of 'customDetails'. "
                f"The length must be between 1 and {MAX_DETAILS}."
            )
        elif _DETAIL_NAME.fullmatch(name) is None:
            yield (
                f"The key '{name}' of 'customDetails' must match the regular expression "
                "'^[a-zA-Z]+\\w*$'."
            )
        yield from check_column(column, f"customDetails.{name}")


def check_override(override: Mapping[str, Any] | None) -> Iterator[str]:
    """Lengths of the formats and the number of their placeholders."""
    if override is None:
        return
    for name, longest in (("alertDisplayNameFormat", 256), ("alertDescriptionFormat", 5000)):
        template = override[name]
        if template is None:
            continue
        if not 1 <= len(template) <= longest:
            yield (
                f"The field {name} must be a string with a minimum length of 1 and a maximum "
                f"length of {longest}."
            )
        count = len(_PLACEHOLDER.findall(template))
        if count > MAX_PLACEHOLDERS:
            yield (
                f"You have defined {count} parameters in '{name}'. "
                f"The maximum allowed is {MAX_PLACEHOLDERS}."
            )


def check_grouping(properties: Mapping[str, Any]) -> Iterator[str]:
    """That grouping looks back far enough and names only what the rule maps."""
    grouping = properties["incidentConfiguration"]["groupingConfiguration"]
    if not LOOKBACK[0] <= length(grouping["lookbackDuration"]) <= LOOKBACK[1]:
        yield "The field lookbackDuration must be between 00:05:00 and 7.00:00:00."
    mapped = {mapping["entityType"] for mapping in properties["entityMappings"] or ()}
    details = set(properties["customDetails"] or ())
    yield from _check_subset("groupByEntities", grouping["groupByEntities"], mapped)
    yield from _check_subset("groupByCustomDetails", grouping["groupByCustomDetails"], details)
    chosen = (
        grouping["groupByEntities"]
        or grouping["groupByAlertDetails"]
        or grouping["groupByCustomDetails"]
    )
    if grouping["enabled"] and grouping["matchingMethod"] == "Selected" and not chosen:
        yield (
            "When 'matchingMethod' is 'Selected', at least one of 'groupByEntities', "
            "'groupByAlertDetails' and 'groupByCustomDetails' must not be empty."
        )


def _check_subset(member: str, used: Collection[str], defined: Collection[str]) -> Iterator[str]:
    for name in used:
        if name not in defined:
            yield f"'{name}' in '{member}' is not defined in the alert rule."
