"""Functions over the rows before and after, in the order of a serialised relation.

The trap: they see the whole input of their operator, so the operator numbers the rows of its input
first (``operators/shape.py``); without the number there is no order to speak of. SQL has no window
inside a window (``row_number(1, a != prev(a))``): the inner one is prepared in a SELECT below.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql.registry import Call, Function
from vedette.engine.sql.relation import ORDINAL, Row
from vedette.engine.sql.value import INTEGERS, Value, has_window

WINDOWS = frozenset(
    {"next", "prev", "row_cumsum", "row_number", "row_rank", "row_rank_dense", "row_rank_min"}
    | {"row_window_session"}
)
_SO_FAR = "ROWS UNBOUNDED PRECEDING"


def _row(call: Call) -> Row:
    row = call.scope.row
    if row is None or row.hidden_column(ORDINAL) is None:
        call.refuse("outside extend, project, where and serialize")
    return row


def _order(call: Call) -> str:
    number = _row(call).hidden_column(ORDINAL)
    return "" if number is None else number.sql


def _plain(call: Call, sql: str) -> str:
    """SQL that may stand inside a window."""
    return _row(call).prepare(sql) if has_window(sql) else sql


def _partition(call: Call, restart: int) -> str:
    """``PARTITION BY … ORDER BY …``: the rows since a condition was last true."""
    order = f"ORDER BY {_order(call)}"
    if len(call) <= restart:
        return order
    again = _plain(call, call.converted(restart, "bool").sql)
    restarts = f"count(*) FILTER (WHERE {again}) OVER ({order} {_SO_FAR})"
    return f"PARTITION BY {_row(call).prepare(restarts)} {order}"


def _neighbour(function: str) -> Function:
    def build(call: Call) -> Value:
        value, order = call.value(0), _order(call)
        offset = call.number(1) if len(call) > 1 else 1
        if len(call) > 2:
            default = call.converted(2, value.type).sql
        else:
            default = "''" if value.type == "string" else "NULL"
        of = _plain(call, value.sql)
        sql = f"{function}({of}, {offset}, {default}) OVER (ORDER BY {order})"
        return Value(f"({sql})", value.type)

    return Function(build)


def _row_number(call: Call) -> Value:
    start = call.converted(0, "long").sql if len(call) > 0 else "1"
    sql = f"(row_number() OVER ({_partition(call, 1)}) + {start} - 1)"
    return Value(sql, "long")


def _cumulative(call: Call) -> Value:
    value = call.value(0)
    if value.type not in {*INTEGERS, "real", "timespan"}:
        call.refuse(f"a {value.type}")
    cast = "" if value.type == "real" else "::BIGINT"
    sql = f"sum({_plain(call, value.sql)}) OVER ({_partition(call, 1)} {_SO_FAR}){cast}"
    return Value(f"coalesce({sql}, 0)", "long" if value.type in INTEGERS else value.type)


def _changed(call: Call, partition: str) -> str:
    """1 where the term is another than in the row before, 0 elsewhere and in the first row."""
    term = _plain(call, call.value(0).sql)
    before = f"lag({term}, 1, {term}) OVER ({partition})"
    return _row(call).prepare(f"({term} IS DISTINCT FROM {before})::BIGINT")


def _rank_dense(call: Call) -> Value:
    partition = _partition(call, 1)
    changed = _changed(call, partition)
    return Value(f"(1 + sum({changed}) OVER ({partition} {_SO_FAR}))::BIGINT", "long")


def _rank_min(call: Call) -> Value:
    partition = _partition(call, 1)
    changed = _changed(call, partition)
    place = _row(call).prepare(f"row_number() OVER ({partition})")
    first = f"CASE WHEN {changed} = 1 OR {place} = 1 THEN {place} END"
    return Value(f"(max({first}) OVER ({partition} {_SO_FAR}))::BIGINT", "long")


def _rank(call: Call) -> Value:
    if len(call) > 1 and call.constant(1) is not True:
        call.refuse("a rank that is not dense")
    return _rank_dense(Call(call.compiler, call.node, call.scope, call.name, call.nodes[:1]))


def _session(call: Call) -> Value:
    """The time at which each row's session began; every row folds over those before it."""
    moment = _plain(call, call.converted(0, "datetime").sql)
    total, gap = (call.converted(index, "timespan").sql for index in (1, 2))
    again = _plain(call, call.converted(3, "bool").sql) if len(call) > 3 else "FALSE"
    step = f"{{'d': {moment}, 'again': coalesce({again}, FALSE)}}"
    before = _row(call).prepare(f"list({step}) OVER (ORDER BY {_order(call)} {_SO_FAR})")
    return Value(f"kql.session_start({before}, {total}, {gap})", "datetime")


FUNCTIONS: Mapping[str, Function] = {
    "next": _neighbour("lead"),
    "prev": _neighbour("lag"),
    "row_cumsum": Function(_cumulative),
    "row_number": Function(_row_number),
    "row_rank": Function(_rank),
    "row_rank_dense": Function(_rank_dense),
    "row_rank_min": Function(_rank_min),
    "row_window_session": Function(_session),
}
