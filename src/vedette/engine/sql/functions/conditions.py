"""``iff case coalesce not min_of max_of`` and the like.

The trap: all branches have one type, the call's; a branch of another is converted to it first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vedette.engine.sql.convert import converted
from vedette.engine.sql.expressions.arithmetic import added, subtracted
from vedette.engine.sql.registry import Call, Function
from vedette.engine.sql.relation import Row
from vedette.engine.sql.value import NUMBERS, Value, boolean, dynamic, string


def common(call: Call, indexes: Sequence[int]) -> list[Value]:
    """The arguments at ``indexes`` as values of one type."""
    given = [call.value(index) for index in indexes]
    type_ = _type(call, given)
    result = [converted(value, type_) for value in given]
    if any(value is None for value in result):
        call.refuse(f"{', '.join(sorted({value.type for value in given}))} in one")
    return [value for value in result if value is not None]


def _type(call: Call, given: Sequence[Value]) -> str:
    types = {value.type for value in given if value.constant is not None or value.type == "string"}
    types = types or {value.type for value in given}
    if len(types) == 1:
        return types.pop()
    if types <= {"int", "long"}:
        return "long"
    if types <= {"int", "long", "real"}:
        return "real"
    if types <= {"int", "long", "real", "decimal"}:
        return "decimal"
    return call.node.type if call.node.type not in {"", "unknown", "error"} else "dynamic"


def _iff(call: Call) -> Value:
    test = call.converted(0, "bool").sql
    first, second = common(call, [1, 2])
    return Value(f"(CASE WHEN {test} THEN {first.sql} ELSE {second.sql} END)", first.type)


def _case(call: Call) -> Value:
    if len(call) % 2 == 0:
        call.refuse("no default")
    branches = common(call, [*range(1, len(call), 2), len(call) - 1])
    tests = [call.converted(index, "bool").sql for index in range(0, len(call) - 1, 2)]
    whens = " ".join(
        f"WHEN {test} THEN {branch.sql}" for test, branch in zip(tests, branches[:-1], strict=True)
    )
    return Value(f"(CASE {whens} ELSE {branches[-1].sql} END)", branches[0].type)


def _coalesce(call: Call) -> Value:
    given = common(call, range(len(call)))
    listed = ", ".join(
        f"nullif({value.sql}, '')" if value.type == "string" else value.sql for value in given
    )
    if given[0].type == "string":
        return Value(f"coalesce({listed}, '')", "string")
    return Value(f"coalesce({listed})", given[0].type)


def _extreme(name: str) -> Function:
    def build(call: Call) -> Value:
        given = common(call, range(len(call)))
        if given[0].type == "dynamic":
            call.refuse("dynamic values")
        return Value(f"{name}({', '.join(value.sql for value in given)})", given[0].type)

    return Function(build)


def _not(call: Call) -> Value:
    return Value(f"(NOT {call.converted(0, 'bool').sql})", "bool")


def _column_if_exists(call: Call) -> Value:
    name, row = call.text(0), call.scope.row
    column = row.column(name) if isinstance(row, Row) else None
    return call.value(1) if column is None else column


def _column_exists(call: Call) -> Value:
    row = call.scope.row
    return boolean(row is not None and row.column(call.text(0)) is not None)


def _column_names(call: Call) -> Value:
    node = call.nodes[0]
    relation = call.compiler.relation(node, call.scope.with_row(None))
    return dynamic([column.name for column in relation.columns])


def _around(call: Call) -> Value:
    """``value between (center - delta .. center + delta)``."""
    value, center, delta = call.values()
    low, high = subtracted(center, delta), added(center, delta)
    comparable = value.type in NUMBERS and center.type in NUMBERS
    if low is None or high is None or not (comparable or value.type == low.type):
        call.refuse(f"a {value.type} around a {center.type}")
    return Value(f"({value.sql} BETWEEN {low.sql} AND {high.sql})", "bool")


def _assert(call: Call) -> Value:
    """True, or the end of the query with the message."""
    message = string(f"assert() failed: {call.text(1)}").sql
    test = call.converted(0, "bool").sql
    return Value(f"(CASE WHEN {test} THEN TRUE ELSE error({message})::BOOLEAN END)", "bool")


FUNCTIONS: Mapping[str, Function] = {
    "around": Function(_around),
    "assert": Function(_assert),
    "column_names_of": Function(_column_names),
    "iscolumnexists": Function(_column_exists),
    "case": Function(_case),
    "coalesce": Function(_coalesce),
    "column_ifexists": Function(_column_if_exists),
    "columnifexists": Function(_column_if_exists),
    "iff": Function(_iff),
    "iif": Function(_iff),
    "max_of": _extreme("greatest"),
    "min_of": _extreme("least"),
    "not": Function(_not),
}
