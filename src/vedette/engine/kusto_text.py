"""A bound query and its inputs as one text that any Kusto database runs: inputs are datatables.

The trap: a table that is a ``let`` is no table of the database. What looks tables up by name at
run time (``union T*``, ``search``, ``table()``, ``withsource``) would miss it, so it is refused.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from vedette.engine.cells import datetime_text, timespan_text
from vedette.engine.ingest import store
from vedette.engine.storage import time_column
from vedette.errors import UnsupportedError
from vedette.kql.bound import BoundQuery, Node
from vedette.kql.desugar.tree import arguments, called, walk
from vedette.model.case import INGESTED_KEY, Record
from vedette.schema.types import Column, TableSchema

#: [U] The longest text that a cluster takes; none is documented, and a megabyte is known to work.
TEXT_LIMIT = 1_000_000

#: Calls that reach beyond the text, or ask a datatable what only a stored table knows.
_BEYOND = frozenset(
    {
        "adx",
        "app",
        "arg",
        "cluster",
        "database",
        "estimate_data_size",
        "external_table",
        "materialized_view",
        "resource",
        "table",
        "workspace",
        "_GetWatchlistAlias",
    }
)
#: Stands for the time of ingestion, which a datatable does not have; left out of the result.
HIDDEN = "_VedetteIngestionTime"
_HIDDEN_COLUMN = Column(HIDDEN, "datetime")

#: What would show a hidden column among the others.
_SHOWS_ALL = frozenset({"pack_all", "bag_pack_columns"})

_BY_NAME = {
    "ExternalDataExpression": "externaldata",
    "FindOperator": "find",
    "SearchOperator": "search",
    "WildcardedName": "a table's name with a wildcard",
    "WildcardedNameReference": "a table's name with a wildcard",
}

#: An edit of a text: [start, end) becomes the new text.
_Edit = tuple[int, int, str]


def kusto_text(
    query: BoundQuery,
    events: Mapping[str, Sequence[Record]],
    watchlists: Mapping[str, Sequence[Record]],
) -> str:
    """The text to send: inputs, functions in the order of their calls, then the query.

    Raises:
        UnsupportedError: the query needs more than inputs in its text, or they are too large.
    """
    if query.tree is None:
        raise UnsupportedError("a query nested this deeply")
    roots = {"": query.tree, **{name: body for name, body in query.bodies.items() if body}}
    ingestion = any(
        called(node) == "ingestion_time" for each in roots.values() for node in walk(each)
    )
    for name, root in roots.items():
        _refuse(root, in_query=not name, ingestion=ingestion)
    hidden = (_HIDDEN_COLUMN,) if ingestion else ()
    parts = [
        f"let {_quoted(name)} = {datatable((*table.columns, *hidden), _stamped(table, events))};"
        for name, table in query.tables.items()
    ]
    parts += [
        f"let {_watchlist(alias)} = {datatable(columns, watchlists.get(alias, ()))};"
        for alias, columns in query.watchlists.items()
    ]
    for name in in_order(query):
        function = query.functions[name]
        body = _edited(function.body, _edits(roots[name], function.body) if name in roots else ())
        parts.append(f"let {name} = ({function.parameters}) {{\n{body}\n}};")
    parts.append(_edited(query.text, _edits(query.tree, query.text)))
    text = "\n".join(parts)
    if len(text) > TEXT_LIMIT:
        reason = f"{len(text):,} characters with its inputs, of {TEXT_LIMIT:,}"
        raise UnsupportedError("a query of this size on a Kusto endpoint", hint=reason)
    return text


def _stamped(
    table: TableSchema, events: Mapping[str, Sequence[Record]]
) -> Iterator[Mapping[str, object]]:
    """The events of the table with their time of ingestion, by default the event's own time."""
    time = time_column(table)
    for event in events.get(table.name, ()):
        happened = event.get(time.name) if time else None
        yield {**event, HIDDEN: event.get(INGESTED_KEY) or happened}


def datatable(columns: Sequence[Column], rows: Iterable[Record]) -> str:
    """``rows`` as a datatable with exactly ``columns``; those without a value are added as null."""
    rows = list(rows)
    used = [each for each in columns if any(row.get(each.name) is not None for row in rows)]
    # A datatable needs a column, even to hold rows without a value.
    shown = used or list(columns[:1])
    head = ", ".join(f"{_quoted(each.name)}: {each.type}" for each in shown)
    cells = ",\n  ".join(
        ", ".join(literal(each, row.get(each.name)) for each in shown) for row in rows
    )
    names = {each.name for each in shown}
    added = [
        f"{_quoted(each.name)} = {literal(each, None)}"
        for each in columns
        if each.name not in names
    ]
    order = ", ".join(_quoted(each.name) for each in columns)
    extend = f" | extend {', '.join(added)}" if added else ""
    return f"datatable({head}) [\n  {cells}\n]{extend} | project {order}"


def literal(column: Column, value: object) -> str:
    """``value`` of an event as KQL; ``ValueMismatchError`` for one that the column cannot hold."""
    stored = store(column, value)
    if stored is None:
        return f"{column.type}(null)"
    return _LITERALS[column.type](stored)


def _text(value: object) -> str:
    # JSON's escapes are KQL's, and what is left is written as it is.
    return json.dumps(str(value), ensure_ascii=False)


def _real(value: object) -> str:
    number = float(str(value))
    if math.isnan(number):
        return "real(nan)"
    if math.isinf(number):
        return "real(+inf)" if number > 0 else "real(-inf)"
    return f"real({number!r})"


def _datetime(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(value)
    return f"datetime({datetime_text(value.replace(tzinfo=UTC))})"


def _timespan(value: object) -> str:
    if not isinstance(value, timedelta):
        raise TypeError(value)
    return f"timespan({timespan_text(value)})"


_LITERALS = {
    "bool": lambda value: f"bool({str(value).lower()})",
    "datetime": _datetime,
    "decimal": lambda value: f"decimal({value})",
    "dynamic": lambda value: f"dynamic({value})",
    "guid": lambda value: f"guid({value})",
    "int": lambda value: f"int({value})",
    "long": lambda value: f"long({value})",
    "real": _real,
    "string": _text,
    "timespan": _timespan,
}


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else f"[{json.dumps(name)}]"


def _watchlist(alias: str) -> str:
    return "Watchlist_" + re.sub(r"\W", "_", alias)


def _refuse(root: Node, *, in_query: bool, ingestion: bool) -> None:
    for node in walk(root):
        what = _BY_NAME.get(node.kind) or (f"{called(node)}()" if called(node) in _BEYOND else "")
        names = {below.name for below in (node, *node.children)}
        if node.kind == "NamedParameter" and names & {"withsource", "with_source"}:
            what = "withsource"
        if ingestion and (called(node) in _SHOWS_ALL or _is_distinct_of_all(node)):
            what = "ingestion_time() with what compares all columns"
        if what:
            offset = node.start if in_query else None
            hint = "the tables are datatables in the query's text"
            raise UnsupportedError(f"{what} on a Kusto endpoint", offset=offset, hint=hint)


def _is_distinct_of_all(node: Node) -> bool:
    return node.kind == "DistinctOperator" and any(
        below.kind == "StarExpression" for below in walk(node)
    )


def _edits(root: Node, text: str) -> Iterator[_Edit]:
    """Calls of watchlists become their variables, and calls without parentheses get them."""
    named: set[int] = set()
    for node in walk(root):
        if node.kind == "FunctionCallExpression":
            named.update(id(child) for child in node.children[:1])
            if node.name == "ingestion_time":
                yield node.start, node.end, HIDDEN
            if node.name == "_GetWatchlist":
                alias = arguments(node)[0] if arguments(node) else None
                value = "" if alias is None else text[alias.start : alias.end].strip("\"'")
                yield node.start, node.end, _watchlist(value)
        elif node.kind == "NameReference" and node.symbol == "function" and id(node) not in named:
            yield node.end, node.end, "()"


def _edited(text: str, edits: Iterable[_Edit]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def in_order(query: BoundQuery) -> list[str]:
    """The functions that the query needs, each after those that it calls."""
    ordered: list[str] = []

    def place(name: str, above: tuple[str, ...]) -> None:
        if name in ordered or name in above:
            return
        words = set(re.findall(r"\w+", query.functions[name].body))
        for other in sorted(words & query.functions.keys()):
            place(other, (*above, name))
        ordered.append(name)

    for name in sorted(query.functions):
        place(name, ())
    return ordered
