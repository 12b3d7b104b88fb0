"""Which overrides a detection has in an environment, and what is wrong with all of them together.

The trap: an override whose detection was renamed still looks like one that works. What it names
has to be there, or the rule goes live without its exclusion.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from vedette.finding import Finding, did_you_mean
from vedette.model.detection import Detection
from vedette.model.environment import Environment
from vedette.model.override import Override, OverrideFile
from vedette.project.types import Project


def overrides_in(project: Project, environment: Environment) -> tuple[Override, ...]:
    """The overrides of ``environment``, from those that count least to those that count most."""
    shared = [
        override
        for file in project.overrides
        if file.reaches(environment.groups)
        for override in file.overrides
    ]
    return tuple(sorted((*shared, *environment.overrides), key=lambda override: override.order))


def settings_of(override: Override) -> dict[str, object]:
    """What an override sets, by the path of the setting below it; exclusions add up instead."""
    values: dict[str, object] = {
        "enabled": override.enabled,
        "severity": override.severity,
        "frequency": override.frequency,
    }
    settings = {name: value for name, value in values.items() if value is not None}
    parameters: dict[str, object] = {
        f"parameters.{name}": value for name, value in override.parameters.items()
    }
    return settings | parameters


def check_overrides(
    detections: Iterable[Detection],
    environments: Iterable[Environment],
    files: Iterable[OverrideFile],
) -> list[Finding]:
    """Rules, groups and parameters that there are not, and overrides that contradict each other."""
    everything, workspaces, shared = list(detections), list(environments), list(files)
    known = {name: one for one in everything for name in (one.source.path.stem, str(one.id))}
    groups = {group for workspace in workspaces for group in workspace.groups}
    overrides = [override for file in shared for override in file.overrides]
    overrides += [override for workspace in workspaces for override in workspace.overrides]
    findings = [finding for override in overrides for finding in _unknown(override, known)]
    for file in shared:
        for index, group in enumerate(file.groups):
            if group not in groups:
                message = f"no environment belongs to the group '{group}'"
                place = file.source.locate(("groups", index))
                hint = did_you_mean(group, groups)
                findings.append(Finding(place, "unknown-group", message, hint))
    for workspace in workspaces:
        own = [each for file in shared if file.reaches(workspace.groups) for each in file.overrides]
        findings += _contradictions([*own, *workspace.overrides], everything)
    return findings


def _unknown(override: Override, known: Mapping[str, Detection]) -> Iterator[Finding]:
    for index, name in enumerate(override.rules):
        if name not in known:
            message = f"there is no detection '{name}'"
            place = override.locate("rules", index)
            yield Finding(place, "unknown-detection", message, did_you_mean(name, known))
    for name in override.parameters:
        for rule in override.rules:
            detection = known.get(rule)
            if detection is not None and name not in detection.parameters:
                message = f"'{rule}' declares no parameter '{name}'"
                place = override.source.locate_key((*override.path, "parameters", name))
                hint = did_you_mean(name, detection.parameters) or "see its vedette.parameters"
                yield Finding(place, "unknown-parameter", message, hint)


def _contradictions(
    overrides: Iterable[Override], detections: Iterable[Detection]
) -> Iterator[Finding]:
    """Two overrides of one reach that set one thing of one detection to two values."""
    every = list(overrides)
    for detection in detections:
        first: dict[tuple[tuple[int, bool], str], Override] = {}
        for override in every:
            if not override.reaches(detection):
                continue
            for name, value in settings_of(override).items():
                other = first.setdefault((override.order, name), override)
                if settings_of(other)[name] != value:
                    message = (
                        f"'{name}' of '{detection.source.path.stem}' is set otherwise at"
                        f" {other.locate(*name.split('.'))}"
                    )
                    place = override.locate(*name.split("."))
                    hint = "keep one of the two"
                    yield Finding(place, "conflicting-override", message, hint)
