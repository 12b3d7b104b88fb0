"""Two replays of the same events with two versions of the rules: which alerts came, went, changed.

The trap: an alert's id says which run made it and where it stood there, so one new row would
change the ids of all that follow. Two alerts are one here if rule, run and entities are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from vedette.replay.outcome import Replay
from vedette.simulate.types import Alert


@dataclass(frozen=True, slots=True)
class ChangedAlert:
    """An alert of both versions; ``fields`` are those that differ, with both values."""

    before: Alert
    after: Alert
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the second version makes of the events that the first does not, and the other way."""

    added: tuple[Alert, ...]
    lost: tuple[Alert, ...]
    changed: tuple[ChangedAlert, ...]
    same: int

    @property
    def alike(self) -> bool:
        """True if both versions made the same alerts."""
        return not (self.added or self.lost or self.changed)


def compare(before: Replay, after: Replay) -> Comparison:
    """How the alerts of ``after`` differ from those of ``before``, in the order of time."""
    old, new = _by_identity(before.alerts), _by_identity(after.alerts)
    added: list[Alert] = []
    lost: list[Alert] = []
    changed: list[ChangedAlert] = []
    same = 0
    for key in dict.fromkeys([*old, *new]):
        ours, theirs = old.get(key, []), new.get(key, [])
        for one, other in zip(ours, theirs, strict=False):
            fields = tuple(_differing(one, other))
            if fields:
                changed.append(ChangedAlert(one, other, fields))
            else:
                same += 1
        lost += ours[len(theirs) :]
        added += theirs[len(ours) :]
    return Comparison(
        tuple(sorted(added, key=_place)),
        tuple(sorted(lost, key=_place)),
        tuple(sorted(changed, key=lambda one: _place(one.after))),
        same,
    )


def _by_identity(alerts: Iterable[Alert]) -> dict[object, list[Alert]]:
    found: dict[object, list[Alert]] = defaultdict(list)
    for alert in sorted(alerts, key=_place):
        found[alert.rule_id.lower(), alert.created, alert.entities].append(alert)
    return found


def _place(alert: Alert) -> tuple[str, str, str, str, str]:
    entities = repr(alert.entities)
    return alert.created.isoformat(), alert.rule_id, alert.title, entities, str(alert.id)


def _differing(one: Alert, other: Alert) -> Iterable[tuple[str, str, str]]:
    for name in ("title", "description", "tactics", "techniques", "start", "end"):
        before, after = getattr(one, name), getattr(other, name)
        if before != after:
            yield name, _text(before), _text(after)
    if one.severity != other.severity:
        yield "severity", one.severity.value, other.severity.value
    for name in sorted({*one.custom_details, *other.custom_details}):
        before, after = one.custom_details.get(name, ()), other.custom_details.get(name, ())
        if before != after:
            yield f"custom detail {name}", _text(before), _text(after)


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
