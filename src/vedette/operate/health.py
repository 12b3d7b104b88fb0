"""Judges whether deployed rules work: from what was observed of each, its live rule and its tables.

Pure. The trap: no news looks like good news. A rule of which nothing could be read is ``unknown``,
and a rule counts as healthy only where its runs, its alerts and its tables were all read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import PurePosixPath

from vedette.model.durations import short_duration
from vedette.operate.assumptions import HEALTH_ROWS_LATE, MISSING_RUNS, NRT_ROWS_EVERY
from vedette.operate.health_queries import Observed, Runs
from vedette.operate.volume import fell_silent, jumped


class Verdict(StrEnum):
    """From worst to best: the worst sign of a rule is its verdict."""

    ERROR = "error"
    UNKNOWN = "unknown"
    WARNING = "warning"
    OFF = "off"
    HEALTHY = "healthy"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(Verdict).index(self)


class Symptom(StrEnum):
    """What can be wrong with a rule."""

    AUTO_DISABLED = "auto-disabled"
    FAILING = "failing"
    NOT_RUNNING = "not-running"
    SILENT_TABLE = "silent-table"
    ABSENT = "not-deployed"
    UNKNOWN = "unknown"
    FAILED_AT_TIMES = "failed-at-times"
    DELAYED = "delayed"
    NEVER_FIRES = "never-fires"
    VOLUME_JUMP = "volume-jump"
    VOLUME_DROP = "volume-drop"
    DROPPED_ENTITIES = "dropped-entities"

    @property
    def verdict(self) -> Verdict:
        """How bad it is."""
        if self is Symptom.UNKNOWN:
            return Verdict.UNKNOWN
        worst = (Symptom.AUTO_DISABLED, Symptom.FAILING, Symptom.NOT_RUNNING, Symptom.SILENT_TABLE)
        return Verdict.ERROR if self in worst else Verdict.WARNING


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that is wrong: what was read of it, and what to do next."""

    symptom: Symptom
    read: str
    next: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A rule to judge. ``frequency`` is None for NRT; ``tables`` None if nobody has looked.

    ``live`` says whether it is in the workspace, ``enabled`` and ``auto_disabled`` how it is there,
    and ``modified`` when it was written last.
    """

    id: str
    label: str
    name: str
    path: PurePosixPath
    frequency: timedelta | None
    tables: tuple[str, ...] | None
    wanted_on: bool = True
    live: bool = True
    enabled: bool = True
    auto_disabled: str = ""
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class RuleHealth:
    """A rule with its signs, the worst first; ``read`` sums up what it was judged by."""

    subject: Subject
    signs: tuple[Sign, ...]
    read: str
    off: bool = False

    @property
    def verdict(self) -> Verdict:
        """The worst of its signs."""
        if self.signs:
            return min((sign.symptom.verdict for sign in self.signs), key=lambda each: each.rank)
        return Verdict.OFF if self.off else Verdict.HEALTHY


@dataclass(frozen=True, slots=True)
class HealthReport:
    """Every rule of an environment, the worst first; ``unknown`` are the tables without answers."""

    environment: str
    now: datetime
    days: int
    rules: tuple[RuleHealth, ...]
    unknown: Mapping[str, str]

    def count(self, verdict: Verdict) -> int:
        """How many rules have it."""
        return sum(rule.verdict is verdict for rule in self.rules)


def judge(subjects: Iterable[Subject], seen: Observed, environment: str) -> HealthReport:
    """The health of every subject by what was ``seen``."""
    rules = [_judge(subject, seen, environment) for subject in subjects]
    rules.sort(key=lambda rule: (rule.verdict.rank, rule.subject.label))
    return HealthReport(environment, seen.now, seen.days, tuple(rules), seen.unknown)


def _judge(subject: Subject, seen: Observed, environment: str) -> RuleHealth:
    if not subject.live:
        sign = Sign(
            Symptom.ABSENT,
            "the workspace has no rule of this id",
            f"vedette plan --env {environment}",
        )
        return RuleHealth(subject, (sign,), "the list of rules")
    if subject.auto_disabled:
        sign = Sign(
            Symptom.AUTO_DISABLED,
            f"the service switched it off: {subject.auto_disabled}",
            f"remove the cause, then switch it on: vedette apply --env {environment}",
        )
        return RuleHealth(subject, (sign, *_tables(subject, seen)), "the list of rules")
    if not subject.enabled:
        wanted = subject.wanted_on
        reading = "the live rule is switched off" + (", the file wants it on" if wanted else "")
        return RuleHealth(subject, (), reading, off=True)
    runs = None if seen.runs is None else seen.runs.get(subject.id.casefold())
    signs = [
        *_running(subject, runs, seen, environment),
        *_tables(subject, seen),
        *_firing(subject, runs, seen, environment),
    ]
    signs.sort(key=lambda sign: sign.symptom.verdict.rank)
    return RuleHealth(subject, tuple(signs), _summary(subject, runs, seen))


def _running(
    subject: Subject, runs: Runs | None, seen: Observed, environment: str
) -> Iterator[Sign]:
    """Whether it runs, in time, and without failing."""
    bound = _longest_pause(subject)
    if seen.runs is None:
        reason = seen.unknown.get("SentinelHealth", "SentinelHealth was not read")
        yield Sign(Symptom.UNKNOWN, reason, f"vedette doctor --env {environment}")
        return
    if runs is None:
        if subject.modified is None or seen.now - subject.modified <= bound:
            reading = "no run of it is in SentinelHealth yet"
            yield Sign(Symptom.UNKNOWN, reading, f"look again in {short_duration(bound)}")
        else:
            yield Sign(
                Symptom.NOT_RUNNING,
                f"SentinelHealth has no run of it in {seen.days} days, of other rules it has",
                "open it in the portal; switch it off and on again",
            )
        return
    if runs.last_failed:
        since = f"since {_time(runs.last_good)}" if runs.last_good else "and never succeeded"
        yield Sign(
            Symptom.FAILING,
            f"the last run ({_time(runs.last)}) failed, {since}: {runs.reason}",
            f"vedette backtest {subject.label} --env {environment} --days 1"
            " runs the repository's query",
        )
    elif runs.failures:
        yield Sign(
            Symptom.FAILED_AT_TIMES,
            f"{runs.failures} of {runs.count} runs failed, the last one did not",
            "what it looked for in those times is lost unless its period overlaps",
        )
    if seen.now - runs.last > bound:
        yield Sign(
            Symptom.NOT_RUNNING,
            f"the last run was at {_time(runs.last)}, it runs every {_frequency(subject)}",
            "open it in the portal; switch it off and on again",
        )
    elif runs.delayed:
        yield Sign(
            Symptom.DELAYED,
            f"{runs.delayed} of {runs.count} runs began later than the service does by itself",
            "alerts come late by as much; its query may take too long: see docs/operating.md",
        )


def _firing(
    subject: Subject, runs: Runs | None, seen: Observed, environment: str
) -> Iterator[Sign]:
    """Whether it makes alerts, and about as many as it used to."""
    if seen.alerts is None:
        reason = seen.unknown.get("SecurityAlert", "SecurityAlert was not read")
        yield Sign(Symptom.UNKNOWN, reason, f"vedette doctor --env {environment}")
        return
    per_day = seen.alerts.get(subject.id.casefold(), {})
    if runs is not None and not per_day and _has_had_its_chance(runs, seen):
        yield Sign(
            Symptom.NEVER_FIRES,
            f"{runs.count} runs in {(runs.last - runs.first).days} days and not one alert",
            "compare the values of its cases with those in the tables:"
            f" vedette backtest {subject.label} --env {environment}",
        )
    history = min(seen.days, _age(runs, seen))
    for symptom, found in (
        (Symptom.VOLUME_JUMP, jumped(per_day, history)),
        (Symptom.VOLUME_DROP, fell_silent(per_day, history)),
    ):
        if found:
            command = f"vedette history {subject.label} --env {environment}"
            yield Sign(symptom, found, f"what changed: {command}")
    if runs is not None and runs.dropped:
        yield Sign(
            Symptom.DROPPED_ENTITIES,
            f"{runs.dropped} entities were dropped: the columns of its mappings were not right",
            "look at entityMappings, and at what the columns hold",
        )


def _has_had_its_chance(runs: Runs, seen: Observed) -> bool:
    """True if it ran without an alert for at least half of the time that was looked at."""
    long = runs.last - runs.first >= timedelta(days=seen.days) / 2
    return long and not runs.alerts and not runs.last_failed


def _tables(subject: Subject, seen: Observed) -> Iterator[Sign]:
    """Whether what it reads still comes in."""
    if not subject.tables:
        return
    if seen.tables is None:
        reason = seen.unknown.get("Usage", "Usage was not read")
        yield Sign(Symptom.UNKNOWN, reason, "whether its tables receive data is not known")
        return
    for table in subject.tables:
        intake = seen.tables.get(table)
        if intake is None:
            yield Sign(
                Symptom.SILENT_TABLE,
                f"Usage has nothing of {table} in {seen.days} days",
                f"connect what fills {table}",
            )
        elif seen.now - intake.last > _longest_silence(intake.first, intake.last, intake.days):
            yield Sign(
                Symptom.SILENT_TABLE,
                f"{table} received data on {intake.days} days, nothing since {_time(intake.last)}",
                f"look at the connector that fills {table}",
            )


def _longest_silence(first: datetime, last: datetime, days: int) -> timedelta:
    """How long a table may be silent: a day, or three of its usual pauses if it is seldom sent."""
    pause = (last - first) / max(days, 1)
    return 3 * pause if pause > timedelta(days=1.5) else timedelta(days=1)


def _longest_pause(subject: Subject) -> timedelta:
    """How long a rule may be without a run."""
    if subject.frequency is None:
        return MISSING_RUNS * NRT_ROWS_EVERY + HEALTH_ROWS_LATE
    return MISSING_RUNS * subject.frequency + HEALTH_ROWS_LATE


def _age(runs: Runs | None, seen: Observed) -> int:
    return seen.days if runs is None else (seen.now - runs.first).days


def _frequency(subject: Subject) -> str:
    return "minute" if subject.frequency is None else short_duration(subject.frequency)


def _summary(subject: Subject, runs: Runs | None, seen: Observed) -> str:
    parts = []
    if runs is not None:
        parts.append(f"{runs.count} runs, {runs.failures} failed, the last {_time(runs.last)}")
    if seen.alerts is not None:
        alerts = sum(seen.alerts.get(subject.id.casefold(), {}).values())
        parts.append(f"{alerts} alerts")
    if subject.tables and seen.tables is not None:
        parts.append(f"data in {', '.join(subject.tables)}")
    return "; ".join(parts) or "nothing"


def _time(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M}Z"
