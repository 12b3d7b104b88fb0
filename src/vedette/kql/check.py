"""What is wrong with a detection's query, and with what the detection expects of its result.

The trap: one wrong name makes the compiler lose the columns behind it. Columns that a mapping
names are therefore checked only where the query binds, or every slip would be reported twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from vedette.finding import Finding, Level, did_you_mean
from vedette.kql.bound import BoundQuery, Diagnostic
from vedette.kql.hints import hint_for
from vedette.kql.named_columns import NamedColumn, named_columns
from vedette.model.detection import Detection
from vedette.model.document import Document
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column

_LEVELS = {"Error": Level.ERROR, "Warning": Level.WARNING}

#: The compiler numbers what does not parse below this, and what does not bind from it on.
_FIRST_SEMANTIC = "KS100"

#: Of several messages about one place, the one that names a name says most.
_TELLING = ("KS142", "KS204", "KS211")


#: Codes for a table, a function and a watchlist that nobody defines: what it could be, by code.
NEEDED = {"KS204": "table or function", "KS211": "function", "unknown-watchlist": "watchlist"}


@dataclass(frozen=True, slots=True)
class FunctionText:
    """Where a function's body stands in the text that was bound: offsets [start, end)."""

    start: int
    end: int


def check_query(
    detection: Detection,
    bound: BoundQuery,
    catalogue: Catalogue,
    *,
    broken: Collection[str] = (),
) -> list[Finding]:
    """The compiler's messages at their place in the file, then every column that is not there.

    What is wrong only because a function of ``broken`` is, is left to the findings about that one.
    """
    said = query_findings(detection.source, bound, catalogue, broken=broken)
    return [*said, *check_result(detection, bound)]


def check_result(detection: Detection, bound: BoundQuery) -> list[Finding]:
    """What is wrong with the result of a query that binds: its form, the columns it must have."""
    source = detection.source
    if not bound.ok:
        return []
    if not bound.tabular:
        at = source.locate(("query",))
        message = "the query does not end in a table"
        hint = "end it with an expression that returns rows, not with let or a single value"
        return [Finding(at, "no-result", message, hint)]
    known = {column.name: column for column in bound.columns}
    findings: list[Finding] = []
    for named in named_columns(detection):
        findings += _check_column(source, named, known, bound)
    return findings


def query_findings(
    source: Document,
    bound: BoundQuery,
    catalogue: Catalogue,
    *,
    function: FunctionText | None = None,
    broken: Collection[str] = (),
) -> list[Finding]:
    """The compiler's errors and warnings about ``query`` of ``source``, the detection's or one's.

    ``function`` says where its body is in the bound text; messages about the head are about the
    function's parameters, and what stands behind it is not the author's.
    """
    said = said_of(source, bound, catalogue, function=function)
    return [finding for culprit, finding in said if culprit not in broken]


def said_of(
    source: Document,
    bound: BoundQuery,
    catalogue: Catalogue,
    *,
    function: FunctionText | None = None,
) -> Iterator[tuple[str, Finding]]:
    """The same, each with the function whose body is wrong where the query itself is not."""
    body = function or FunctionText(0, len(bound.text))
    missing: set[str] = set()
    for diagnostic in _telling(bound.diagnostics):
        level = _LEVELS.get(diagnostic.severity)
        if level is None or diagnostic.start > body.end:
            continue
        if diagnostic.code in NEEDED:
            # What a query needs and nobody defines is said once, however often it is named.
            if diagnostic.message in missing:
                continue
            missing.add(diagnostic.message)
        if diagnostic.start < body.start:
            at = source.locate(("parameters",))
        else:
            at = source.locate_in(("query",), diagnostic.start - body.start)
        message = diagnostic.message.rstrip(".")
        hint = hint_for(diagnostic, bound, catalogue)
        yield diagnostic.function, Finding(at, diagnostic.code, message, hint, level)


def _telling(diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Those that say something of their own, one a place.

    Where the text does not parse, the compiler guesses on: what it says of the rest follows.
    """
    by_place: dict[int, Diagnostic] = {}
    broken = False
    for diagnostic in diagnostics:
        syntax = diagnostic.code < _FIRST_SEMANTIC
        known = by_place.get(diagnostic.start)
        if (not broken or syntax) and (known is None or _outdoes(diagnostic, known)):
            by_place[diagnostic.start] = diagnostic
        broken = broken or syntax
    return iter(by_place.values())


def _outdoes(diagnostic: Diagnostic, known: Diagnostic) -> bool:
    return (
        diagnostic.code in _TELLING and known.code not in _TELLING and known.code >= _FIRST_SEMANTIC
    )


def _check_column(
    source: Document, named: NamedColumn, known: Mapping[str, Column], bound: BoundQuery
) -> Iterator[Finding]:
    column = known.get(named.column)
    at = source.locate_in(named.at, named.offset)
    if column is None and bound.open:
        message = (
            f"whether the query returns '{named.column}', which {named.purpose} names, "
            "is known only when it runs"
        )
        hint = f"name it in the query, in a project or as bag_unpack(…) : (*, {named.column}:…)"
        yield Finding(at, "unproven-column", message, hint, Level.WARNING)
    elif column is None:
        message = f"the query returns no column '{named.column}', which {named.purpose} names"
        hint = did_you_mean(named.column, known) or _returned(known)
        yield Finding(at, named.finding, message, hint)
    elif named.types and column.type not in named.types and column.name not in bound.untyped:
        message = f"{named.purpose} needs text, and '{column.name}' is of type {column.type}"
        hint = f"convert it with tostring({column.name})"
        yield Finding(at, "wrong-column-type", message, hint)


def _returned(known: Mapping[str, Column]) -> str:
    names = sorted(known)
    shown = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
    return f"it returns {shown}" if names else "it returns no columns"
