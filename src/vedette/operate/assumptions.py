"""What health and backtest assume about the service where nobody has published how it behaves.

Each is named in ``docs/fidelity.md``. Where one could be made either way, the one stands that says
``unknown`` rather than ``healthy``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

#: The types under which SentinelHealth lists runs of analytics rules: its documentation spells the
#: type one way in this table and another in SentinelAudit.
HEALTH_TYPES = ("Analytics Rule", "Analytic Rule")

#: How long after a run its row may still be missing in SentinelHealth, and how many runs may be
#: missing before a rule counts as one that does not run. NRT rules are taken to have a row at least
#: every hour.
HEALTH_ROWS_LATE = timedelta(hours=1)
MISSING_RUNS = 3
NRT_ROWS_EVERY = timedelta(hours=1)

#: How much later than its schedule a run may execute before it is delayed: the documented delay is
#: five minutes, and no bound of it is published.
RUN_MAY_START = timedelta(minutes=15)


def scheduled_for(query_end: datetime) -> datetime:
    """The time that a run was scheduled for: the end of what its query saw.

    SentinelHealth and SecurityAlert name it ``QueryEndTimeUTC`` and ``Query End Time UTC``. A
    published alert has the clock of its query (``set query_now``) within a second of it, and the
    start of its window one period before.
    """
    return query_end


#: What a near-real-time rule's window of arrival can hold happened within this time of it. Twelve
#: hours of delay are the documented bound for sources of such rules; the rest is for wrong clocks.
ARRIVES_WITHIN = timedelta(days=1)

#: How many queries of one user may run at once, and how many may begin in how long: the published
#: limits of the service, of which a part is left to people at work.
CONCURRENCY, QUERIES, QUERIES_PER_SECOND = 4, 100, 5.0

#: How long a query may take: the longest that the service allows, in seconds.
LONGEST_QUERY = 600

#: The versions that are asked for where only the existence and the roles are looked at.
WORKSPACES_API_VERSION = "2022-10-01"
PERMISSIONS_API_VERSION = "2022-04-01"
