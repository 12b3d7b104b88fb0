"""Every setting of a resource, defaults too, under the keys of its file: what an edit compares.

The trap: a file that says a default and one that leaves it out are one detection. Only values that
are spelled out on both sides can be compared key by key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from vedette.convert.content import Content, Form
from vedette.convert.duration_text import written_duration
from vedette.model import limits
from vedette.model.detection import AggregationKind, Grouping, Kind, Suppression
from vedette.model.durations import iso_duration, parse_duration
from vedette.model.shape import items, mapping, text

#: Keys whose value is a duration.
DURATIONS = frozenset({"queryFrequency", "queryPeriod", "suppressionDuration", "lookbackDuration"})

#: Keys of the file that nothing in the workspace says: an edit never touches them.
KEPT = frozenset({"id", "version", "kind", "vedette"})

_OPERATORS = {full: short for short, full in limits.SHORT_OPERATORS.items()}


def full_values(content: Content) -> dict[str, object]:
    """The values of ``content`` with every default; without what only a file has (``KEPT``)."""
    values = {key: value for key, value in content.values.items() if key not in KEPT}
    if content.form is not Form.DETECTION or content.values.get("kind") == Kind.HUNTING.value:
        return values
    return (
        _defaults()
        | values
        | {
            "incidentConfiguration": _incident(mapping(values.get("incidentConfiguration"))),
            "enabled": mapping(content.values.get("vedette")).get("enabled") is not False,
        }
    )


def _defaults() -> dict[str, object]:
    return {
        "suppressionEnabled": False,
        "suppressionDuration": written_duration(iso_duration(Suppression().duration)),
        "eventGroupingSettings": {"aggregationKind": AggregationKind.SINGLE_ALERT.value},
    }


def _incident(incident: Mapping[str, object]) -> dict[str, object]:
    default = Grouping()
    grouping = {
        "enabled": default.enabled,
        "reopenClosedIncident": default.reopen_closed,
        "lookbackDuration": written_duration(iso_duration(default.look_back)),
        "matchingMethod": default.matching.value,
        **mapping(incident.get("groupingConfiguration")),
    }
    return {"createIncident": True, **incident, "groupingConfiguration": grouping}


def aligned(old: object, new: object, key: str = "") -> object:
    """``new`` in the order and the spelling of ``old`` as far as the two mean the same."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {name: aligned(old.get(name), value, name) for name, value in new.items()}
    if isinstance(old, list) and isinstance(new, list):
        return _in_order_of(old, new)
    if key in DURATIONS and isinstance(old, str) and isinstance(new, str):
        return _duration_like(old, new)
    if key == "triggerOperator" and isinstance(old, str) and isinstance(new, str):
        return _operator_like(old, new)
    return old if _same(old, new, key) else new


def _same(old: object, new: object, key: str) -> bool:
    if isinstance(old, bool) is not isinstance(new, bool):
        return False
    if isinstance(old, str) and isinstance(new, str):
        is_choice = key in {"severity", "kind"}
        # What a block adds at its end is not of the text; what stands before it is.
        return old.casefold() == new.casefold() if is_choice else old.rstrip() == new.rstrip()
    return old == new


def _duration_like(old: str, new: str) -> str:
    before, after = parse_duration(old), parse_duration(new)
    if before is not None and before == after:
        return old
    if after is None:
        return new
    return iso_duration(after) if old.startswith("P") else str(written_duration(new))


def _operator_like(old: str, new: str) -> str:
    full = limits.SHORT_OPERATORS.get(old.casefold(), old)
    if full.casefold() == new.casefold():
        return old
    return _OPERATORS.get(new, new) if old.casefold() in limits.SHORT_OPERATORS else new


def _in_order_of(old: Sequence[object], new: Sequence[object]) -> list[object]:
    """The members of ``new``: those that ``old`` has as they stand there, then the others."""
    left = list(new)
    kept = []
    for member in old:
        same = next((each for each in left if _key(each) == _key(member)), None)
        if same is not None:
            left.remove(same)
            kept.append(member)
    return _interleaved(old, new, kept, left)


def _interleaved(
    old: Sequence[object], new: Sequence[object], kept: list[object], left: list[object]
) -> list[object]:
    """A member that is new takes the place of the one that it replaces, if there is one."""
    if not left:
        return kept
    if len(old) != len(new):
        return [*kept, *left]
    remaining = list(left)
    return [member if member in kept else remaining.pop(0) for member in old]


def _key(member: object) -> str:
    if isinstance(member, Mapping):
        parts = {name: _key(value) for name, value in member.items()}
        return json.dumps(parts, sort_keys=True)
    if isinstance(member, list):
        return json.dumps(sorted(_key(each) for each in member))
    return json.dumps(member, default=str)


def as_written(value: object, data: object) -> object:
    """``value`` with its durations in the spelling of ``data``, the same value in a file."""
    if not isinstance(value, Mapping) or not isinstance(data, Mapping):
        return value
    spelled = {}
    for key, one in value.items():
        own = data.get(key)
        is_duration = key in DURATIONS and isinstance(own, str)
        spelled[key] = own if is_duration else as_written(one, own)
    return spelled


def techniques_in_place(written: Sequence[str], wanted: Sequence[str]) -> list[object]:
    """The file's techniques as ``wanted``: a parent that stands beside its own stays."""
    parents = {each.partition(".")[0] for each in wanted}
    kept = [each for each in written if each in wanted or ("." not in each and each in parents)]
    return [*kept, *(each for each in wanted if each not in kept)]


def strings(value: object) -> list[str]:
    """The strings of a list."""
    return [text(each) for each in items(value) if isinstance(each, str)]
