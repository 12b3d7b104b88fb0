"""The service's checks of a rule's own values: lengths, ranges, schedule, template, techniques."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from vedette.model.attack import tactics_of
from vedette.workspace.members import length

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_RANGES = {
    "queryFrequency": (5 * _MINUTE, 14 * _DAY, "00:05:00 and 14.00:00:00"),
    "queryPeriod": (5 * _MINUTE, 14 * _DAY, "00:05:00 and 14.00:00:00"),
    "suppressionDuration": (5 * _MINUTE, _DAY, "00:05:00 and 1.00:00:00"),
}
MAX_THRESHOLD = 10_000
_TECHNIQUE = re.compile(r"T\d{4}", re.ASCII)
_SUB_TECHNIQUE = re.compile(r"T\d{4}\.\d{3}", re.ASCII)
_VERSION = re.compile(r"\d+\.\d+\.\d+", re.ASCII)


def check_texts(properties: Mapping[str, Any]) -> Iterator[str]:
    """Lengths of name and description."""
    name, description = properties["displayName"], properties["description"]
    if not 1 <= len(name) <= 256:
        yield (
            "The field displayName must be a string with a minimum length of 1 and a maximum "
            "length of 256."
        )
    if description is not None and len(description) > 5000:
        yield "The field description must be a string with a maximum length of 5000."


def check_durations(properties: Mapping[str, Any]) -> Iterator[str]:
    """That each duration is in its range."""
    for name, (shortest, longest, shown) in _RANGES.items():
        value = properties.get(name)
        if value is not None and not shortest <= length(value) <= longest:
            yield f"The field {name} must be between {shown}."


def check_schedule(properties: Mapping[str, Any]) -> Iterator[str]:
    """What holds between frequency, period, suppression and threshold of a Scheduled rule."""
    frequency, period = length(properties["queryFrequency"]), length(properties["queryPeriod"])
    if period < frequency:
        yield "'queryPeriod' should be greater than or equal to 'queryFrequency'."
    if period >= 2 * _DAY and frequency < timedelta(hours=1):
        yield (
            "When 'queryPeriod' greater than or equal to 2 days, the 'queryFrequency' should be "
            "greater than or equal to 1 hour."
        )
    if not 0 <= properties["triggerThreshold"] <= MAX_THRESHOLD:
        yield f"The field triggerThreshold must be between 0 and {MAX_THRESHOLD}."
    if properties["suppressionEnabled"] and length(properties["suppressionDuration"]) < frequency:
        yield (
            "When 'suppressionEnabled' is true, 'suppressionDuration' should be greater than or "
            "equal to 'queryFrequency'."
        )


def check_template(properties: Mapping[str, Any]) -> Iterator[str]:
    """That a template's version comes with the template, and is one."""
    version = properties["templateVersion"]
    if version is None:
        return
    if not properties["alertRuleTemplateName"]:
        yield "'templateVersion' can only be used if 'alertRuleTemplateName' is not empty"
    elif _VERSION.fullmatch(version) is None:
        yield "The field templateVersion must be a version of the form 'a.b.c'."


def check_techniques(properties: Mapping[str, Any]) -> Iterator[str]:
    """That every technique is known and at least one of its tactics is listed."""
    listed = set(properties["tactics"])
    for name, pattern in (("techniques", _TECHNIQUE), ("subTechniques", _SUB_TECHNIQUE)):
        for technique in properties[name]:
            if pattern.fullmatch(technique) is None:
                yield f"The technique '{technique}' in '{name}' is invalid."
            elif listed.isdisjoint(tactics_of(technique)):
                yield (
                    f"No valid tactic corresponding to the technique {technique} was provided in "
                    "the tactics field."
                )
