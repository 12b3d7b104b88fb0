"""The alerts that rules have raised, as SecurityAlert has them, and the runs that made them.

The trap: an alert has a row for every change of it, and none of its times is the one that its run
was scheduled for, except the end of its query's window.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vedette.model.shape import text
from vedette.operate.assumptions import HEALTH_TYPES, scheduled_for
from vedette.operate.health_queries import LogsClient, moment_of

_TYPES = ", ".join(f"'{each}'" for each in HEALTH_TYPES)

#: The last time that each rule was scheduled for: its grid goes on from there.
LAST_RUNS = f"""\
SentinelHealth
| where SentinelResourceType in~ ({_TYPES})
| extend RuleId = tolower(tostring(split(SentinelResourceId, '/')[-1]))
| extend Ended = todatetime(todynamic(tostring(ExtendedProperties)).QueryEndTimeUTC)
| summarize Ended = max(Ended) by RuleId
"""

#: One row for each alert of any rule.
RAISED = """\
SecurityAlert
| extend More = todynamic(ExtendedProperties)
| extend RuleId = tolower(tostring(todynamic(tostring(More['Analytic Rule Ids']))[0]))
| where isnotempty(RuleId)
| extend Ended = todatetime(tostring(More['Query End Time UTC']))
| summarize arg_min(TimeGenerated, AlertName, Ended) by SystemAlertId, RuleId
"""


@dataclass(frozen=True, slots=True)
class Raised:
    """One alert that is in the workspace; ``scheduled`` is what its run was scheduled for."""

    name: str
    at: datetime
    scheduled: datetime | None


def last_runs(logs: LogsClient, span: timedelta) -> dict[str, datetime]:
    """The last scheduled time of each rule, by its id in lower case.

    Raises:
        ServiceError: it was not answered.
    """
    found = {}
    for row in logs.query(LAST_RUNS, timespan=f"P{span.days + 1}D"):
        ended = moment_of(row["Ended"])
        if ended is not None:
            found[text(row["RuleId"])] = scheduled_for(ended)
    return found


def raised_alerts(logs: LogsClient, days: int) -> dict[str, list[Raised]]:
    """The alerts of each rule, by its id in lower case.

    Raises:
        ServiceError: it was not answered whole.
    """
    found: dict[str, list[Raised]] = {}
    for row in logs.query(RAISED, timespan=f"P{days + 1}D"):
        at, ended = moment_of(row["TimeGenerated"]), moment_of(row["Ended"])
        if at is not None:
            scheduled = None if ended is None else scheduled_for(ended)
            alert = Raised(text(row["AlertName"]), at, scheduled)
            found.setdefault(text(row["RuleId"]), []).append(alert)
    return found


def by_run(
    alerts: Iterable[Raised], times: Sequence[datetime], step: timedelta, delay: timedelta
) -> Mapping[datetime, list[Raised]]:
    """The alerts of each of the runs scheduled for ``times``, which are ``step`` apart.

    An alert belongs to the run that is nearest to its own scheduled time; those of earlier or
    later runs are left out.
    """
    found: dict[datetime, list[Raised]] = {time: [] for time in times}
    for alert in alerts:
        scheduled = alert.scheduled or alert.at - delay
        if not times:
            continue
        index = (scheduled - times[0] + step / 2) // step
        if 0 <= index < len(times):
            found[times[index]].append(alert)
    return found
