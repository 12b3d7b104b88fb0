"""Functions over the rows before and after, in the order of a serialised relation.

The trap: they see the whole input of their operator, so the operator numbers the rows of its input
first (``operators/serialise.py``); without the number there is no order to speak of.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql.registry import Call, Function
from vedette.engine.sql.relation import ORDINAL
from vedette.engine.sql.value import INTEGERS, Value

WINDOWS = frozenset({"next", "prev", "row_cumsum", "row_number", "row_rank_dense", "row_rank_min"})


def _order(call: Call) -> str:
    row = call.scope.row
    number = None if row is None else row.hidden_column(ORDINAL)
    if number is None:
        call.refuse("outside extend, project, where and serialize")
    return number.sql


def _neighbour(function: str) -> Function:
    def build(call: Call) -> Value:
        value, order = call.value(0), _order(call)
        offset = call.number(1) if len(call) > 1 else 1
        if len(call) > 2:
            default = call.converted(2, value.type).sql
        else:
            default = "''" if value.type == "string" else "NULL"
        sql = f"{function}({value.sql}, {offset}, {default}) OVER (ORDER BY {order})"
        return Value(f"({sql})", value.type)

    return Function(build)


def _row_number(call: Call) -> Value:
    start = call.number(0) if len(call) > 0 else 1
    order = _order(call)
    if len(call) > 1:
        call.refuse("a restart")
    return Value(f"(row_number() OVER (ORDER BY {order}) + {start - 1})", "long")


def _cumulative(call: Call) -> Value:
    value, order = call.value(0), _order(call)
    if value.type not in {*INTEGERS, "real", "timespan"}:
        call.refuse(f"a {value.type}")
    if len(call) > 1:
        call.refuse("a restart")
    cast = "" if value.type == "real" else "::BIGINT"
    sql = f"sum({value.sql}) OVER (ORDER BY {order} ROWS UNBOUNDED PRECEDING){cast}"
    return Value(f"coalesce({sql}, 0)", "long" if value.type in INTEGERS else value.type)


FUNCTIONS: Mapping[str, Function] = {
    "next": _neighbour("lead"),
    "prev": _neighbour("lag"),
    "row_cumsum": Function(_cumulative),
    "row_number": Function(_row_number),
}
