"""What ``vedette health`` asks the workspace's logs, and the answers as values.

The trap: a table without rows and a table that is not there look alike to whoever counts. Each
answer here is rows, or the reason why there are none; never an empty one for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from vedette.errors import ServiceError
from vedette.model.shape import text
from vedette.operate.assumptions import HEALTH_TYPES, RUN_MAY_START

Record = Mapping[str, object]
_Answer = TypeVar("_Answer")

_TYPES = ", ".join(f"'{each}'" for each in HEALTH_TYPES)

#: A row for each rule that has run. The properties are an object in one workspace, text in another.
RUNS = f"""\
SentinelHealth
| where SentinelResourceType in~ ({_TYPES})
| extend RuleId = tolower(tostring(split(SentinelResourceId, '/')[-1]))
| extend More = todynamic(tostring(ExtendedProperties))
| extend Failed = Status !~ 'Success', Scheduled = todatetime(More.QueryEndTimeUTC)
| extend Late = TimeGenerated - Scheduled
| extend Alerts = tolong(More.AlertsGeneratedAmount)
| extend Dropped = tolong(More.EntitiesDroppedDueToMappingIssuesAmount)
| summarize Runs = count(), Failures = countif(Failed), Alerts = sum(Alerts),
    Dropped = sum(Dropped), First = min(TimeGenerated), Last = max(TimeGenerated),
    LastGood = maxif(TimeGenerated, not(Failed)),
    Delayed = countif(Late > {int(RUN_MAY_START.total_seconds() // 60)}m), Latest = max(Late),
    arg_max(TimeGenerated, Failed, Reason, Description, Scheduled) by RuleId
"""

#: Alerts of each rule by their age in days: 0 is the last 24 hours. An alert has a row for every
#: change of it.
ALERTS = """\
SecurityAlert
| extend More = todynamic(ExtendedProperties)
| extend RuleId = tolower(tostring(todynamic(tostring(More['Analytic Rule Ids']))[0]))
| where isnotempty(RuleId)
| summarize Raised = min(TimeGenerated) by SystemAlertId, RuleId
| summarize Alerts = count() by RuleId, Age = tolong((now() - Raised) / 1d)
"""

#: What each table was sent: when last, and on how many days.
INTAKE = """\
Usage
| where Quantity > 0
| summarize First = min(StartTime), Last = max(EndTime), Days = dcount(startofday(StartTime))
    by DataType
"""

NOW = "print Now = now()"


class LogsClient(Protocol):
    """Asks the logs of one workspace (``deploy.logs.Logs``)."""

    def query(self, text: str, *, timespan: str) -> Iterable[Record]:
        """The rows of the primary result; ServiceError if it was not answered whole."""
        ...


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one rule that SentinelHealth knows; times are aware UTC.

    ``delayed`` counts those that executed later than they may; ``scheduled`` is what the last of
    them was scheduled for.
    """

    count: int
    failures: int
    alerts: int
    dropped: int
    first: datetime
    last: datetime
    last_good: datetime | None
    delayed: int
    last_failed: bool
    reason: str
    scheduled: datetime | None


@dataclass(frozen=True, slots=True)
class Intake:
    """What one table was sent: from when to when, and on how many days."""

    first: datetime
    last: datetime
    days: int


@dataclass(frozen=True, slots=True)
class Observed:
    """What was read; a part is None where it could not be, and ``unknown`` says why by its table.

    ``alerts`` are the alerts of each rule by their age in days.
    """

    now: datetime
    days: int
    runs: Mapping[str, Runs] | None
    alerts: Mapping[str, Mapping[int, int]] | None
    tables: Mapping[str, Intake] | None
    unknown: Mapping[str, str]


def observe(logs: LogsClient, days: int) -> Observed:
    """Ask for the last ``days`` days, by the service's clock.

    Raises:
        ServiceError: the logs cannot be asked at all.
    """
    now = service_clock(logs)
    unknown: dict[str, str] = {}

    def ask(table: str, query: str, read: Callable[[list[Record]], _Answer]) -> _Answer | None:
        try:
            rows = list(logs.query(query, timespan=f"P{days}D"))
        except ServiceError as error:
            unknown[table] = str(error)
            return None
        if not rows:
            unknown[table] = f"{table} has no rows in {days} days"
            return None
        return read(rows)

    runs = ask("SentinelHealth", RUNS, _runs)
    alerts = ask("SecurityAlert", ALERTS, _alerts)
    tables = ask("Usage", INTAKE, _intake)
    silent = runs is not None and not any(each.alerts for each in runs.values())
    if alerts is None and silent and "no rows" in unknown["SecurityAlert"]:
        # No alert at all where the runs say that they made none: that is an answer.
        alerts = {}
        del unknown["SecurityAlert"]
    return Observed(now, days, runs, alerts, tables, unknown)


def service_clock(logs: LogsClient) -> datetime:
    """What time it is for the service, whatever this machine thinks.

    Raises:
        ServiceError: the logs cannot be asked.
    """
    for row in logs.query(NOW, timespan="PT1H"):
        now = moment_of(row.get("Now"))
        if now is not None:
            return now
    raise ServiceError("the logs do not say what time it is")


def _runs(rows: Iterable[Record]) -> dict[str, Runs]:
    found = {}
    for row in rows:
        first, last = moment_of(row["First"]), moment_of(row["Last"])
        if first is None or last is None:
            continue
        found[text(row["RuleId"])] = Runs(
            count=_number(row["Runs"]),
            failures=_number(row["Failures"]),
            alerts=_number(row["Alerts"]),
            dropped=_number(row["Dropped"]),
            first=first,
            last=last,
            last_good=moment_of(row["LastGood"]),
            delayed=_number(row["Delayed"]),
            last_failed=bool(row["Failed"]),
            reason=text(row["Reason"]) or text(row["Description"]),
            scheduled=moment_of(row["Scheduled"]),
        )
    return found


def _alerts(rows: Iterable[Record]) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = {}
    for row in rows:
        by_age = found.setdefault(text(row["RuleId"]), {})
        age = max(_number(row["Age"]), 0)
        by_age[age] = by_age.get(age, 0) + _number(row["Alerts"])
    return found


def _intake(rows: Iterable[Record]) -> dict[str, Intake]:
    found = {}
    for row in rows:
        first, last = moment_of(row["First"]), moment_of(row["Last"])
        if first is not None and last is not None:
            found[text(row["DataType"])] = Intake(first, last, _number(row["Days"]))
    return found


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


def moment_of(value: object) -> datetime | None:
    """A datetime cell as aware UTC; None for an empty one."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
