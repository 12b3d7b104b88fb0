"""Entities that all come from the optional side of a join.

The trap: an entity that enriches an alert may be missing; only where no other entity is left does
the alert stand for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.bound import Node
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.pipelines import Pipeline, assigned, join_kind, join_right
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import names

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Remark]:
    """All entities of the rule come from the right side of a leftouter join.

    Where the join finds nothing these columns are empty, and an entity without a value is dropped.
    Such an alert has no entities: it is merged with nothing and grouped with every other one that
    has none.

    Bad:

        // entityMappings:
        //   - entityType: IP
        //     fieldMappings: [{identifier: Address, columnName: ComputerIP}]
        SecurityEvent
        | summarize Failures = count() by Computer
        | join kind=leftouter (Heartbeat | distinct Computer, ComputerIP) on Computer

    Good:

        // entityMappings:
        //   - entityType: Host
        //     fieldMappings: [{identifier: FullName, columnName: Computer}]
        SecurityEvent
        | summarize Failures = count() by Computer
        | join kind=leftouter (Heartbeat | distinct Computer, ComputerIP) on Computer
    """
    pipeline = subject.result
    columns = [f.column for m in subject.detection.entity_mappings for f in m.fields]
    if pipeline is None or not columns:
        return
    optional: set[str] = set()
    for operator in pipeline.operators:
        if operator.kind == "FilterOperator":
            # A filter on the column keeps the rows that have it.
            optional -= names(operator)
        optional -= assigned(operator).keys()
        if operator.kind == "JoinOperator" and join_kind(operator, subject.text) == "leftouter":
            optional |= _right_columns(pipeline, operator)
    if set(columns) <= optional:
        message = (
            "all entities come from the right side of a leftouter join, which may find nothing"
        )
        yield Remark(("entityMappings",), message, "map an entity of the left side too")


def _right_columns(pipeline: Pipeline, join: Node) -> set[str]:
    """The right side's columns under the names that they have behind the join."""
    left = {column.name for column in pipeline.input_of(join).columns}
    return {column.name for column in join_right(join).columns} - left
