"""What runs in the workspace: Sentinel's analytics rules and Defender XDR's custom detections.

The trap: one clock runs both, and they differ in everything that a run is: when it executes, what
it sees, and among which tables its query finds its names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from vedette.engine.base import TimeWindow
from vedette.model.product import Product
from vedette.simulate.custom_detection import sight_of
from vedette.simulate.schedule import executes_at, window_of
from vedette.simulate.types import AnalyticsRule
from vedette.workspace.graph.rule_mapping import detection_rule
from vedette.workspace.rule_mapping import analytics_rule
from vedette.workspace.rule_members import RULE_MEMBERS
from vedette.workspace.store import Resource, Store

#: What the store calls the rules of each product.
ANALYTICS_RULES, DETECTION_RULES = "alertRules", "detectionRules"


@dataclass(frozen=True, slots=True)
class Task:
    """A rule that runs; ``key`` is that of its schedule, which no rule of another product has."""

    key: str
    rule: AnalyticsRule
    product: Product = Product.SENTINEL

    def executes_at(self, scheduled: datetime) -> datetime:
        """When the run scheduled for ``scheduled`` starts."""
        if self.product is Product.SENTINEL:
            return executes_at(self.rule, scheduled)
        return self._sight(scheduled)[1]

    def window(self, scheduled: datetime, *, first: bool) -> TimeWindow:
        """What that run sees of every table; ``first``: it is the first of a new rule."""
        if self.product is Product.SENTINEL:
            return window_of(self.rule, scheduled)
        return self._sight(scheduled, first=first)[0]

    def _sight(self, scheduled: datetime, *, first: bool = False) -> tuple[TimeWindow, datetime]:
        schedule = self.rule.schedule
        look_back = schedule.period if schedule else None
        return sight_of(self.rule, scheduled, first=first, look_back=look_back)


def analytics_task(stored: Resource) -> Task | None:
    """What a stored analytics rule runs as, None for a kind that does not run here."""
    if stored.body["kind"] not in RULE_MEMBERS:
        return None
    return Task(stored.name.casefold(), analytics_rule(stored))


def detection_task(stored: Resource) -> Task:
    """What a stored custom detection runs as."""
    # No name of an analytics rule has a slash.
    return Task(f"defender/{stored.name.casefold()}", detection_rule(stored), Product.DEFENDER)


def enabled_tasks(store: Store) -> Iterator[Task]:
    """All rules that run."""
    for stored in store.all(ANALYTICS_RULES):
        task = analytics_task(stored)
        if task is not None and task.rule.enabled:
            yield task
    for stored in store.all(DETECTION_RULES):
        task = detection_task(stored)
        if task.rule.enabled:
            yield task
