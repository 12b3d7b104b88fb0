"""A rule to vary and a way to write rows; session-wide, since both are values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from hypothesis import settings

from vedette.engine.base import Rows
from vedette.model.detection import Kind, Schedule, Severity, TriggerOperator
from vedette.schema.types import Column
from vedette.simulate.types import AnalyticsRule

# What breaks is never how long an example takes: the machine may be busy with something else.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

RowsOf = Callable[[Sequence[dict[str, object]]], Rows]


@pytest.fixture(scope="session")
def rule() -> AnalyticsRule:
    """An hourly rule over a day that fires on any row, and says nothing of entities or details."""
    return AnalyticsRule(
        id="6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05",
        kind=Kind.SCHEDULED,
        name="The rule's name",
        description="The rule's description",
        query="T",
        enabled=True,
        severity=Severity.MEDIUM,
        schedule=Schedule(timedelta(hours=1), timedelta(days=1), TriggerOperator.GREATER_THAN, 0),
        tactics=("InitialAccess",),
        techniques=("T1566", "T1566.002"),
    )


@pytest.fixture(scope="session")
def rows_of() -> RowsOf:
    """A result from records; a column that a record lacks is null in it."""

    def build(records: Sequence[dict[str, object]]) -> Rows:
        names = list(dict.fromkeys(name for record in records for name in record))
        return Rows(
            tuple(Column(name, "dynamic") for name in names),
            tuple(tuple(record.get(name) for name in names) for record in records),
        )

    return build
