"""Compares the incidents after a case's runs with what the case expects of them."""

from __future__ import annotations

from collections.abc import Sequence

from vedette.evidence.cells import show
from vedette.evidence.expect_alerts import entity_differences
from vedette.evidence.pairing import pair
from vedette.model.case import Expectation, ExpectedIncident
from vedette.simulate.types import Incident


def incident_differences(expect: Expectation, incidents: Sequence[Incident]) -> tuple[str, ...]:
    """What is not as expected, a line each; empty if all is. The order does not count."""
    if expect.incidents is None:
        wanted = expect.incident_count
        if wanted is None or wanted == len(incidents):
            return ()
        return (f"incidents: expected {wanted}, got {len(incidents)}", *_shown(incidents))
    pairs = pair(expect.incidents, incidents, lambda one, other: not _differences(one, other))
    lines: list[str] = []
    if len(expect.incidents) != len(incidents):
        lines.append(f"incidents: expected {len(expect.incidents)}, got {len(incidents)}")
    free = [one for index, one in enumerate(incidents) if index not in pairs.values()]
    for index, each in enumerate(expect.incidents):
        if index in pairs:
            continue
        nearest = min(free, key=lambda one: len(_differences(each, one)), default=None)
        if nearest is None:
            lines.append(f"expected incident {index + 1} is missing")
            continue
        lines.append(f"expected incident {index + 1} is missing; nearest is {nearest.number}:")
        lines += [f"    {line}" for line in _differences(each, nearest)]
    return (*lines, *_shown(free))


def _differences(wanted: ExpectedIncident, incident: Incident) -> list[str]:
    lines = [
        f"{name}: expected {show(expected)}, got {show(got)}"
        for name, expected, got in (
            ("title", wanted.title, incident.title),
            ("severity", wanted.severity, incident.severity.value),
            ("alerts", wanted.alerts, len(incident.alerts)),
        )
        if expected is not None and expected != got
    ]
    entities = [entity for alert in incident.alerts for entity in alert.entities]
    for entity in wanted.entities or ():
        lines += entity_differences(entity, entities)
    return lines


def _shown(incidents: Sequence[Incident]) -> list[str]:
    return [
        f"incident {one.number} was not expected so: {one.severity.value} {show(one.title)}, "
        f"{len(one.alerts)} alerts"
        for one in incidents
    ]
