"""``range x from a to b step c``: a table of numbers, datetimes or timespans.

The trap: DuckDB makes a list in one go, in which nothing can stop it: a hundred million numbers
would take a minute past every limit of time. They come in blocks, between which it can.
"""

from __future__ import annotations

from dataclasses import replace

from vedette.engine.sql.bodies import unbracketed
from vedette.engine.sql.compiler import Compiler
from vedette.engine.sql.relation import Relation, from_source
from vedette.engine.sql.runtime import REFUSED
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import INTEGERS, identifier
from vedette.kql.bound import Node
from vedette.schema.types import Column

#: Rows of a block: the database makes 2,048 blocks at a time.
_BLOCK = 1000

#: The most rows: a list of their blocks is made in one go, too.
_MOST = 1_000_000_000


def number_range(compiler: Compiler, node: Node, scope: Scope) -> Relation:
    """The rows in their order; none where an end is null or lies before the start."""
    column = unbracketed(scope.source(node.children[1]))
    start, stop, step = (compiler.expression(node.children[n], scope) for n in (3, 5, 7))
    types = {start.type, stop.type, step.type}
    whole = "(z::HUGEINT - a) // d"
    if start.type in INTEGERS and step.type in INTEGERS:
        stop = compiler.convert(stop, "long", node, scope)
        made = (f"({start.sql})::BIGINT", stop.sql, step.sql, whole, "a + i * d")
        type_ = "long"
    elif start.type == stop.type == "datetime" and step.type == "timespan":
        if not isinstance(step.constant, int) or step.constant % 10:
            compiler.refuse("a step that is no constant of whole microseconds", node, scope)
        between = "date_diff('microsecond', a, z) // d"
        size = f"{step.constant // 10}::BIGINT"
        made = (start.sql, stop.sql, size, between, "a + to_microseconds(i * d)")
        type_ = "datetime"
    elif types == {"timespan"}:
        made = (start.sql, stop.sql, step.sql, whole, "a + i * d")
        type_ = "timespan"
    elif types <= {"int", "long", "real"}:
        first, last, by = (
            compiler.convert(v, "real", node, scope).sql for v in (start, stop, step)
        )
        made = (first, last, by, "floor((z - a) / d)", "a + i * d")
        type_ = "real"
    else:
        compiler.refuse(f"range over {start.type}", node, scope)
    source = f"(SELECT {made[4]} AS {identifier(column)} FROM {_numbered(*made[:4])})"
    return replace(from_source(source, [Column(column, type_)], [column]), sorted=True)


def _numbered(start: str, stop: str, step: str, last: str) -> str:
    """A table with the start ``a``, the step ``d`` and the row's number ``i``, from 0."""
    ends = f"SELECT {start} AS a, {stop} AS z, {step} AS d"
    forwards, backwards = "d > 0 AND z >= a", "d < 0 AND z <= a"
    count = f"SELECT a, d, CASE WHEN {forwards} OR {backwards} THEN {last} ELSE -1 END AS n"
    most = f"error('{REFUSED}: a range of more than {_MOST:,} rows')"
    bounded = f"SELECT a, d, CASE WHEN n >= {_MOST} THEN {most}::BIGINT ELSE n::BIGINT END AS n"
    blocks = f"SELECT *, unnest(generate_series(0, n // {_BLOCK})) AS b"
    within = f"generate_series(b * {_BLOCK}, least(b * {_BLOCK} + {_BLOCK - 1}, n))"
    rows = f"SELECT a, d, unnest({within}) AS i"
    return f"({rows} FROM ({blocks} FROM ({bounded} FROM ({count} FROM ({ends})))))"
