"""What is wrong with a detection's query, and with what the detection expects of its result.

The trap: one wrong name makes the compiler lose the columns behind it. Columns that a mapping
names are therefore checked only where the query binds, or every slip would be reported twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from vedette.finding import Finding, Level, did_you_mean
from vedette.kql.bound import BoundQuery, Diagnostic, Node
from vedette.kql.named_columns import NamedColumn, named_columns
from vedette.model.detection import Detection
from vedette.model.document import Document
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column

_LEVELS = {"Error": Level.ERROR, "Warning": Level.WARNING}

#: The compiler quotes the name that it does not know first.
_QUOTED = re.compile(r"'([^']+)'")


class _Codes:
    """The compiler's codes for an unknown name: any, a table's, a function's."""

    NAME = "KS142"
    TABLE = "KS204"
    FUNCTION = "KS211"


#: The compiler numbers what does not parse below this, and what does not bind from it on.
_FIRST_SEMANTIC = "KS100"


def check_query(detection: Detection, bound: BoundQuery, catalogue: Catalogue) -> list[Finding]:
    """The compiler's messages at their place in the file, then every column that is not there."""
    source = detection.source
    findings = query_findings(source, bound, catalogue)
    if not bound.ok:
        return findings
    if not bound.tabular:
        at = source.locate(("query",))
        message = "the query does not end in a table"
        hint = "end it with an expression that returns rows, not with let or a single value"
        return [*findings, Finding(at, "no-result", message, hint)]
    known = {column.name: column for column in bound.columns}
    for named in named_columns(detection):
        findings += _check_column(source, named, known)
    return findings


def query_findings(source: Document, bound: BoundQuery, catalogue: Catalogue) -> list[Finding]:
    """The compiler's errors and warnings about the query at ``query`` of ``source``."""
    return list(_query_findings(source, bound, catalogue, 0, len(bound.text)))


def function_findings(
    source: Document, bound: BoundQuery, catalogue: Catalogue, start: int, end: int
) -> list[Finding]:
    """The same for a function whose body stands at [start, end) of the bound text."""
    return list(_query_findings(source, bound, catalogue, start, end))


def _query_findings(
    source: Document, bound: BoundQuery, catalogue: Catalogue, start: int, end: int
) -> Iterator[Finding]:
    for diagnostic in _telling(bound.diagnostics):
        level = _LEVELS.get(diagnostic.severity)
        if level is None or not start <= diagnostic.start <= end:
            continue
        at = source.locate_in(("query",), diagnostic.start - start)
        message = diagnostic.message.rstrip(".")
        hint = _hint(diagnostic, bound, catalogue)
        yield Finding(at, diagnostic.code, message, hint, level)


def _telling(diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Those that say something of their own.

    Where the text does not parse, the compiler guesses on: what it says of the rest, and of the
    same place again, follows from that.
    """
    broken = False
    places = set()
    for diagnostic in diagnostics:
        syntax = diagnostic.code < _FIRST_SEMANTIC
        if (not broken or syntax) and diagnostic.start not in places:
            places.add(diagnostic.start)
            yield diagnostic
        broken = broken or syntax


def _hint(diagnostic: Diagnostic, bound: BoundQuery, catalogue: Catalogue) -> str:
    quoted = _QUOTED.search(diagnostic.message)
    if quoted is None:
        return ""
    name = quoted[1]
    match diagnostic.code:
        case "unknown-watchlist":
            return did_you_mean(name, catalogue.watchlists) or (
                "define it in detections/shared/watchlists"
            )
        case _Codes.TABLE:
            tables = {*catalogue.tables, *catalogue.functions, *_defined(bound)}
            return did_you_mean(name, tables) or _define_table(name)
        case _Codes.FUNCTION:
            functions = {*catalogue.functions, *_called(bound), *_defined(bound)}
            return did_you_mean(name, functions - {name})
        case _Codes.NAME:
            names = {*_columns_in_sight(bound), *_defined(bound)}
            return did_you_mean(name, names - {name})
    return ""


def _define_table(name: str) -> str:
    return f"define it in schemas/tables/{name}.yaml, or a function in detections/shared/functions"


def _columns_in_sight(bound: BoundQuery) -> Iterator[str]:
    for table in bound.tables.values():
        yield from (column.name for column in table.columns)
    for columns in bound.watchlists.values():
        yield from (column.name for column in columns)
    for node in _nodes(bound):
        if node.symbol == "column":
            yield node.name


def _defined(bound: BoundQuery) -> Iterator[str]:
    """What the query defines itself with let, as far as it is used or declared."""
    for node in _nodes(bound):
        if node.kind == "NameDeclaration":
            yield node.name or bound.text[node.start : node.end]
        elif node.symbol in {"variable", "parameter"}:
            yield node.name


def _called(bound: BoundQuery) -> Iterator[str]:
    return (node.name for node in _nodes(bound) if node.symbol == "function")


def _nodes(bound: BoundQuery) -> Iterator[Node]:
    waiting = [bound.tree] if bound.tree is not None else []
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.children


def _check_column(
    source: Document, named: NamedColumn, known: dict[str, Column]
) -> Iterable[Finding]:
    column = known.get(named.column)
    if column is None:
        message = f"the query returns no column '{named.column}', which {named.purpose} names"
        hint = did_you_mean(named.column, known) or _returned(known)
        yield Finding(source.locate_in(named.at, named.offset), named.finding, message, hint)
    elif named.text_only and column.type != "string":
        message = f"{named.purpose} needs text, and '{column.name}' is of type {column.type}"
        hint = f"convert it with tostring({column.name})"
        at = source.locate_in(named.at, named.offset)
        yield Finding(at, "wrong-column-type", message, hint)


def _returned(known: dict[str, Column]) -> str:
    names = sorted(known)
    shown = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
    return f"it returns {shown}" if names else "it returns no columns"
