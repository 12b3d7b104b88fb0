"""The health of rules as people and programs read it.

The trap: a list of green ticks that hides what was not read. What is unknown is counted beside what
is wrong, is an error in JUnit, and the text ends with what could not be read and how to change it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from vedette.operate.health import HealthReport, RuleHealth, Verdict
from vedette.report.junit import JUnitCase, JUnitSuite, Problem, render_junit
from vedette.report.terminal import paint, printable

_MARKS = {
    Verdict.ERROR: "!",
    Verdict.UNKNOWN: "~",
    Verdict.WARNING: "~",
    Verdict.OFF: "=",
    Verdict.HEALTHY: "+",
}

#: What has to be done where a table has no rows, by the table.
_REMEDIES = {
    "SentinelHealth": "switch it on: Sentinel > Settings > Auditing and health monitoring",
    "SecurityAlert": "it is filled by the first alert of any rule",
    "Usage": "it is filled within a day of the workspace's first event",
}


def render_text(report: HealthReport, *, colour: bool = False) -> str:
    """What is wrong, rule by rule, then one line that sums up; healthy rules are only counted."""
    lines: list[str] = []
    for rule in report.rules:
        if rule.signs:
            lines += _rule(rule, colour=colour)
    if lines:
        lines.append("")
    lines += _unknown(report.unknown)
    lines.append(_ending(report))
    return "\n".join(lines) + "\n"


def render_json(report: HealthReport) -> str:
    """Every rule, the healthy ones too, for a program."""
    content = {
        "environment": report.environment,
        "now": report.now.isoformat(),
        "days": report.days,
        "counts": {verdict.value: report.count(verdict) for verdict in Verdict},
        "notRead": dict(report.unknown),
        "rules": [
            {
                "id": rule.subject.id,
                "label": rule.subject.label,
                "name": rule.subject.name,
                "source": rule.subject.path.as_posix() if rule.subject.path.name else None,
                "verdict": rule.verdict.value,
                "read": rule.read,
                "signs": [
                    {
                        "sign": sign.symptom.value,
                        "level": sign.symptom.verdict.value,
                        "read": sign.read,
                        "next": sign.next,
                    }
                    for sign in rule.signs
                ],
            }
            for rule in report.rules
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def render_xml(report: HealthReport) -> str:
    """JUnit: a case a rule; what is wrong is a failure, what is not known an error."""
    cases = tuple(_case(rule, report.environment) for rule in report.rules)
    return render_junit([JUnitSuite(f"health of {report.environment}", cases)])


def _case(rule: RuleHealth, environment: str) -> JUnitCase:
    lines = "\n".join(f"{sign.symptom}: {sign.read}\n  next: {sign.next}" for sign in rule.signs)
    name, suite = rule.subject.label, f"health.{environment}"
    if rule.verdict not in {Verdict.ERROR, Verdict.WARNING, Verdict.UNKNOWN}:
        return JUnitCase(name, suite)
    worst = rule.signs[0]
    problem: Problem = (worst.symptom.value, worst.read, lines)
    if rule.verdict is Verdict.UNKNOWN:
        return JUnitCase(name, suite, error=problem)
    return JUnitCase(name, suite, failure=problem)


def _rule(rule: RuleHealth, *, colour: bool) -> Iterator[str]:
    subject = rule.subject
    head = f"{_MARKS[rule.verdict]} {rule.verdict}  {subject.label}  {subject.name}"
    yield paint(printable(head), _MARKS[rule.verdict], colour=colour)
    for sign in rule.signs:
        yield printable(f"    {sign.symptom}: {sign.read}")
        yield printable(f"      next: {sign.next}")
    yield printable(f"    read: {rule.read}")


def _unknown(unknown: Mapping[str, str]) -> Iterator[str]:
    for table, reason in unknown.items():
        yield printable(f"Not read: {reason}")
        yield f"  {_REMEDIES[table]}"


def _ending(report: HealthReport) -> str:
    counts = ", ".join(f"{report.count(verdict)} {verdict}" for verdict in Verdict)
    return (
        f"{len(report.rules)} rules of {report.environment} over {report.days} days until"
        f" {report.now:%Y-%m-%d %H:%M}Z: {counts}."
    )
