"""What one environment gets: the repository's detections with that environment's overrides.

The trap: a rule that is tested as the repository has it and deployed as the environment has it was
never tested. The result is a project like any other, and the same gate stands before it: the query
is bound with its exclusions in it, and the cases that must fire run with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from vedette.errors import ConfigurationError
from vedette.finding import Finding
from vedette.kql.binder import Binder
from vedette.kql.lint import catalogue_of
from vedette.kql.overriding import Wanted, check_edited, edits_for
from vedette.model.detection import Detection, Kind, Schedule
from vedette.model.durations import short_duration
from vedette.model.edited import edit_query, edited
from vedette.model.environment import Environment
from vedette.model.limits import LONG_PERIOD, LONG_PERIOD_FREQUENCY
from vedette.model.override import Exclusion, Override, ParameterValue
from vedette.project import Project
from vedette.project.dates import ended_locks, expired, overdue_reviews
from vedette.project.overrides import overrides_in
from vedette.schema.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A detection that the environment does not get, and why."""

    detection: Detection
    reason: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """An environment's own project; its findings are those of the files and of the overrides.

    ``changed`` are the overrides of each detection that has any, by the path of its file.
    """

    environment: Environment
    project: Project
    left_out: tuple[LeftOut, ...] = ()
    changed: Mapping[str, tuple[Override, ...]] = field(default_factory=dict)


def render(project: Project, environment: Environment, binder: Binder, *, today: date) -> Rendered:
    """The project as ``environment`` gets it; an exclusion that has expired does not count.

    Raises:
        ConfigurationError: the environment gets nothing at all.
    """
    overrides = overrides_in(project, environment)
    chosen, left_out = _choose(project.selected, environment)
    if not chosen:
        stages = ", ".join(environment.stages)
        raise ConfigurationError(
            f"{environment.source.path}:1:1: no detection is for '{environment.name}' (of"
            f" {len(project.selected)}, none is {stages})"
        )
    catalogue = catalogue_of(project)
    findings = [*project.findings, *expired(overrides, today), *overdue_reviews(chosen, today)]
    findings += ended_locks(environment.locks, today)
    detections: list[Detection] = []
    changed: dict[str, tuple[Override, ...]] = {}
    for detection in chosen:
        own = tuple(override for override in overrides if override.reaches(detection))
        result, found = _apply(detection, own, catalogue, binder, today)
        findings += found
        detections.append(result)
        if result != detection:
            changed[str(detection.source.path)] = own
    rendered = replace(
        project,
        detections=tuple(detections),
        selected=tuple(detections),
        findings=tuple(sorted(set(findings))),
    )
    return Rendered(environment, rendered, tuple(left_out), changed)


def _choose(
    detections: Sequence[Detection], environment: Environment
) -> tuple[list[Detection], list[LeftOut]]:
    chosen: list[Detection] = []
    left_out: list[LeftOut] = []
    for detection in detections:
        stage = detection.lifecycle.stage
        if stage not in environment.stages:
            left_out.append(LeftOut(detection, f"it is {stage}"))
        elif not set(detection.products) & set(environment.products):
            left_out.append(LeftOut(detection, "it is for another product"))
        else:
            chosen.append(detection)
    return chosen, left_out


def _apply(
    detection: Detection,
    overrides: Sequence[Override],
    catalogue: Catalogue,
    binder: Binder,
    today: date,
) -> tuple[Detection, list[Finding]]:
    """The detection with its overrides; as it was, where one of them is impossible."""
    if not overrides:
        return detection, []
    result, findings = detection, list[Finding]()
    parameters: dict[str, tuple[ParameterValue, Override]] = {}
    exclusions: list[tuple[Exclusion, Override]] = []
    for override in overrides:
        result, problems = _settings(result, override)
        findings += problems
        parameters.update({name: (each, override) for name, each in override.parameters.items()})
        exclusions += [(each, override) for each in override.exclusions if each.counts_on(today)]
    wanted = Wanted(parameters, exclusions)
    if wanted:
        result, problems = _query(result, wanted, catalogue, binder)
        findings += problems
    return result, findings


def _settings(detection: Detection, override: Override) -> tuple[Detection, list[Finding]]:
    result, findings = detection, list[Finding]()
    if override.enabled is not None:
        result = replace(result, enabled=override.enabled)
    if override.severity is not None and detection.is_rule:
        result = replace(result, severity=override.severity)
    if override.frequency is not None and detection.schedule is not None:
        schedule = replace(detection.schedule, frequency=override.frequency)
        problem = _schedule_problem(schedule)
        if problem:
            at = override.locate("frequency")
            message = f"'{detection.source.path.stem}': {problem}"
            findings.append(Finding(at, "override-breaks-schedule", message))
        else:
            result = replace(result, schedule=schedule)
    if override.rules:
        findings += _without_effect(detection, override)
    return result, findings


def _schedule_problem(schedule: Schedule) -> str:
    """Why the service refuses the frequency with the rule's own period, empty if it does not."""
    frequency, period = short_duration(schedule.frequency), short_duration(schedule.period)
    if schedule.period < schedule.frequency:
        return f"it looks back {period} and would miss what happens between two runs ({frequency})"
    if schedule.period >= LONG_PERIOD and schedule.frequency < LONG_PERIOD_FREQUENCY:
        return f"it looks back {period} and may run once an hour at most, not every {frequency}"
    return ""


def _without_effect(detection: Detection, override: Override) -> list[Finding]:
    """What an override sets of a detection that it names and that has no such thing."""
    wrong = []
    if not detection.is_rule:
        wrong = [name for name in ("enabled", "severity") if getattr(override, name) is not None]
    if override.frequency is not None and detection.kind is not Kind.SCHEDULED:
        wrong.append("frequency")
    stem = detection.source.path.stem
    return [
        Finding(
            override.locate(name),
            "override-without-effect",
            f"'{stem}' is {detection.kind.value} and has no {name}",
        )
        for name in wrong
    ]


def _query(
    detection: Detection, wanted: Wanted, catalogue: Catalogue, binder: Binder
) -> tuple[Detection, list[Finding]]:
    before = binder.bind(detection.query, catalogue)
    if not before.ok:
        return detection, []  # Linting says what is wrong with it.
    edits, findings = edits_for(detection, before, wanted)
    if findings or not edits:
        return detection, findings
    query = edit_query(detection.query, edits)
    findings = check_edited(before, binder.bind(query, catalogue), wanted, edits)
    if findings:
        return detection, findings
    return replace(detection, query=query, source=edited(detection.source, edits)), []
