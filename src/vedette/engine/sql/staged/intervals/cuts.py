"""Comparisons with the clock as the interval of runs in which they hold.

``T > ago(1h)`` holds until the clock has gone on far enough; which run that is follows from the
value alone. The trap: this is so only if the other side moves on by one step with every run, which
is asked of the database and not read off the SQL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from vedette.engine.sql.compiler import Compiler
from vedette.engine.sql.expressions.comparison import aligned
from vedette.engine.sql.relation import Row
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.staged.sources import after
from vedette.engine.sql.value import Value
from vedette.kql.bound import Node

#: The time that SQL over the clock gives for the first run, None if it does not go on in steps.
Origin = Callable[[str], "datetime | None"]

_ORDERS = {
    "GreaterThanExpression": ">",
    "GreaterThanOrEqualExpression": ">=",
    "LessThanExpression": "<",
    "LessThanOrEqualExpression": "<=",
}
_MIRRORED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


@dataclass(frozen=True, slots=True)
class Cut:
    """What a condition makes of an interval: it starts with ``first``, or ends before ``end``."""

    column: str
    first: tuple[str, ...] = ()
    end: tuple[str, ...] = ()


def cuts_of(
    compiler: Compiler, node: Node, scope: Scope, clock: str, origin: Origin, step: int
) -> tuple[Cut, ...]:
    """The cuts that a condition on the clock is; none if it is anything else.

    ``step`` is the time between runs in microseconds.
    """
    if node.kind in _ORDERS:
        left, right = (_read(compiler, node.children[n], scope) for n in (0, -1))
        pairs = [(_ORDERS[node.kind], left, right)]
    elif node.kind == "BetweenExpression":
        bounds = [i for i in node.children[-1].children if not i.kind.endswith("Token")]
        value = _read(compiler, node.children[0], scope)
        low, high = (_read(compiler, bound, scope) for bound in bounds)
        pairs = [(">=", value, low), ("<=", value, high)]
    else:
        return ()
    cuts = [_cut(order, ours, theirs, clock, origin, step) for order, ours, theirs in pairs]
    found = tuple(each for each in cuts if each is not None)
    return found if len(found) == len(cuts) else ()


def _read(compiler: Compiler, node: Node, scope: Scope) -> tuple[Value, bool]:
    """A side of a comparison, and whether it reads the row."""
    row = replace(scope.row or Row({}, {}), reads=set())
    value = compiler.expression(node, scope.with_row(row))
    return value, bool(row.reads)


def _cut(
    order: str,
    ours: tuple[Value, bool],
    theirs: tuple[Value, bool],
    clock: str,
    origin: Origin,
    step: int,
) -> Cut | None:
    (left, reads), (right, others) = ours, theirs
    if clock in left.sql and not reads:
        order, left, reads, right, others = _MIRRORED[order], right, others, left, reads
    if others or not reads or clock in left.sql:
        return None
    both = aligned(left, right)
    if both is None or both[0].type != "datetime":
        return None
    column = both[0].sql
    if clock not in both[1].sql:
        return None
    start = origin(both[1].sql)
    if start is None:
        return None
    run = after(column, start, step, inclusive=order in {">", "<="})
    return Cut(column, end=(run,)) if order[0] == ">" else Cut(column, first=(run,))
