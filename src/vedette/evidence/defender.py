"""A case in Defender XDR: the same events in its tables, and its results under Sentinel's names.

The trap: a case is written once, for Sentinel. Only the names change on the way there and back; an
expectation that changed with them would prove nothing of the other product.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vedette.engine.base import Rows
from vedette.evidence.events import Event
from vedette.kql.products.detection import DefenderQuery
from vedette.kql.products.tables import counterparts
from vedette.model.case import Case, Expectation, ExpectedAlert
from vedette.model.detection import Detection, Severity
from vedette.schema.types import Column, TableSchema


def events_there(
    events: Mapping[str, tuple[Event, ...]],
    tables: Mapping[str, TableSchema],
    others: Mapping[str, TableSchema],
) -> dict[str, tuple[Event, ...]]:
    """Events of Sentinel's ``tables`` as ``others``, Defender's of the same names, hold them.

    A column that the other table does not have is left out: a query that reads it is refused.
    """
    known = counterparts(tables, others)
    return {
        name: tuple(
            Event(
                {
                    there.name: known[name].value(column, value)
                    for column, value in event.values.items()
                    if (there := known[name].column(column)) is not None
                },
                event.ingested,
            )
            for event in found
        )
        for name, found in events.items()
        if name in known
    }


def rows_as_here(rows: Rows, query: DefenderQuery) -> Rows:
    """The result with its columns called as in Sentinel; those that were added keep theirs."""
    here = {new: old for old, new in query.columns.items()}
    columns = tuple(Column(here.get(one.name, one.name), one.type) for one in rows.columns)
    return Rows(columns, rows.rows)


def expected_there(detection: Detection, case: Case) -> Expectation:
    """What the case expects of Defender XDR: what it says of it, or what it expects anyway.

    No column gives an alert its severity or tactics there, so the rule's own are expected where
    the detection names such a column; linting says so.
    """
    expect = case.expect if case.defender is None else case.defender
    if case.defender is not None or expect.alerts is None:
        return expect
    return replace(expect, alerts=tuple(_alert_there(detection, one) for one in expect.alerts))


def _alert_there(detection: Detection, alert: ExpectedAlert) -> ExpectedAlert:
    details = detection.alert_details
    severity, tactics = alert.severity, alert.tactics
    if details.severity_column and severity is not None:
        severity = (detection.severity or Severity.MEDIUM).value
    if details.tactics_column and tactics is not None:
        tactics = detection.tactics
    return replace(alert, severity=severity, tactics=tactics)
