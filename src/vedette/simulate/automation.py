"""What automation rules make of an incident that is created or updated.

The trap: what a rule changes is an update of the incident, which rules for updates look at in
their turn. A rule that closes the incident does not stop those after it; they see it closed. A
playbook is not run here: that it would have run is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from vedette.model.automation import (
    AddTask,
    AutomationAction,
    AutomationRule,
    Condition,
    ConditionOperator,
    ModifyProperties,
    RunPlaybook,
    TriggersWhen,
)
from vedette.simulate import assumptions
from vedette.simulate.conditions import RELATED_RULES, Happening, Test, UpdatedBy, holds
from vedette.simulate.types import Incident


@dataclass(frozen=True, slots=True)
class Automation:
    """An automation rule as the workspace runs it, from whatever text it came.

    All ``tests`` have to hold. From ``expires`` on it does not run any more.
    """

    id: str
    name: str
    order: int
    when: TriggersWhen
    actions: tuple[AutomationAction, ...]
    tests: tuple[Test, ...] = ()
    enabled: bool = True
    expires: datetime | None = None


def automation_of(rule: AutomationRule, detections: Mapping[str, str]) -> Automation:
    """The rule that a file becomes; ``detections`` are stems of detections by their rules' ids."""
    tests: tuple[Test, ...] = rule.conditions
    if rule.detections:
        ids = tuple(one for one, stem in detections.items() if stem in rule.detections)
        tests = (Condition(RELATED_RULES, ConditionOperator.EQUALS, ids), *tests)
    return Automation(
        str(rule.id), rule.name, rule.order, rule.when, rule.actions, tests, rule.enabled
    )


@dataclass(frozen=True, slots=True)
class AutomationRun:
    """One rule that ran: the incident after it, and what woke it."""

    rule: Automation
    incident: Incident
    when: TriggersWhen


@dataclass(frozen=True, slots=True)
class Automated:
    """The incident after all rules, and the runs in their order."""

    incident: Incident
    runs: tuple[AutomationRun, ...] = ()

    @property
    def ran(self) -> tuple[str, ...]:
        """The names of the rules that ran."""
        return tuple(run.rule.name for run in self.runs)

    @property
    def playbooks(self) -> tuple[RunPlaybook, ...]:
        """The playbooks that they would have started."""
        return tuple(
            one for run in self.runs for one in run.rule.actions if isinstance(one, RunPlaybook)
        )

    @property
    def tasks(self) -> tuple[AddTask, ...]:
        """The tasks that they added."""
        return tuple(
            one for run in self.runs for one in run.rule.actions if isinstance(one, AddTask)
        )


def automate(happening: Happening, rules: Iterable[Automation], *, now: datetime) -> Automated:
    """The incident after the rules that look at what happened to it, and at what they changed.

    First those for what happened, in their order; then, as long as rules changed something, those
    for updates. Each rule runs once at most, so that this ends.
    """
    waiting = sorted(
        (rule for rule in rules if rule.enabled and (rule.expires is None or now < rule.expires)),
        key=lambda rule: assumptions.place_of_automation(rule.order, rule.name),
    )
    when = TriggersWhen.CREATED if happening.before is None else TriggersWhen.UPDATED
    runs: list[AutomationRun] = []
    while when is TriggersWhen.CREATED or happening.is_update:
        incident = happening.incident
        made = _round(happening, [rule for rule in waiting if rule.when is when], when)
        if not made:
            break
        runs += made
        spent = {run.rule.id for run in made}
        waiting = [rule for rule in waiting if assumptions.may_run_again(rule.id, spent)]
        happening = Happening(made[-1].incident, incident, UpdatedBy.AUTOMATION_RULE)
        when = TriggersWhen.UPDATED
    return Automated(runs[-1].incident if runs else happening.incident, tuple(runs))


def _round(
    happening: Happening, rules: Sequence[Automation], when: TriggersWhen
) -> list[AutomationRun]:
    """The runs of rules in their order; each looks at the incident as those before left it."""
    runs: list[AutomationRun] = []
    for rule in rules:
        if not all(holds(test, happening) for test in rule.tests):
            continue
        incident = happening.incident
        for action in rule.actions:
            incident = _changed(incident, action)
        happening = replace(happening, incident=incident)
        runs.append(AutomationRun(rule, incident, when))
    return runs


def _changed(incident: Incident, action: AutomationAction) -> Incident:
    if isinstance(action, AddTask):
        return replace(incident, tasks=(*incident.tasks, action.title))
    if not isinstance(action, ModifyProperties):
        return incident
    return replace(
        incident,
        severity=action.severity or incident.severity,
        status=incident.status if action.status is None else action.status.value,
        classification=action.classification or incident.classification,
        classification_reason=action.classification_reason or incident.classification_reason,
        classification_comment=action.classification_comment or incident.classification_comment,
        owner=action.owner or incident.owner,
        labels=tuple(dict.fromkeys((*incident.labels, *action.labels))),
    )
