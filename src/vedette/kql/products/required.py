"""The columns that Defender XDR needs of a custom detection: added where that is exact.

The trap: the service wants the event's own ``Timestamp`` and ``ReportId``, of one table, not values
under these names. Only the compiler can tell one from the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.kql.bound import BoundQuery, Node, Origin
from vedette.kql.desugar.segments import Piece, Segments
from vedette.kql.desugar.tree import arguments, called, items, walk
from vedette.kql.products.result import NotAvailable, RenderedQuery
from vedette.kql.products.tables import DEFENDER_TIME
from vedette.model.defender import IMPACTED_COLUMNS

REPORT, DEVICE = "ReportId", "DeviceId"

#: Operators that leave the columns of their input as they are, or only add some.
_KEEPING = frozenset(
    {"SortOperator", "FilterOperator", "ExtendOperator", "TakeOperator", "TopOperator"}
)
_CHOOSING = frozenset({"ProjectOperator", "ProjectKeepOperator"})


def required_of(table: str) -> tuple[str, ...]:
    """The columns that identify an event of ``table``, besides its time."""
    if table.startswith("Alert"):
        return ()
    return (REPORT, DEVICE) if table.startswith("Device") else (REPORT,)


def with_required(rendered: RenderedQuery, bound: BoundQuery) -> RenderedQuery | None:
    """``rendered`` with what is missing added to its last ``project``; None if nothing is to do.

    The columns are those of the table that gives the time, if the ``project`` still sees them;
    whether they are, ``missing_columns`` tells of the result.
    """
    tables = {table for table, _ in bound.sources.get(DEFENDER_TIME, ())}
    last = _last_choice(bound.tree) if bound.tree is not None else None
    if last is None or not tables:
        return None
    operator, source = last
    visible = {column.name for column in source.columns}
    returned = {column.name for column in bound.columns}
    needed = dict.fromkeys(name for table in sorted(tables) for name in required_of(table))
    added = [name for name in needed if name in visible and name not in returned]
    chosen = items(operator.children[-1])
    if not added or not chosen:
        return None
    at = chosen[0].end
    parts = _insert(rendered.segments, at, "".join(f", {name}" for name in added))
    return RenderedQuery(parts, rendered.columns, rendered.adapted)


def missing_columns(rendered: RenderedQuery, bound: BoundQuery) -> Iterator[NotAvailable]:
    """What a custom detection must return and ``bound``, the rendered query, does not."""
    returned = {column.name for column in bound.columns}
    place = _end_of(rendered, bound)
    times = bound.sources.get(DEFENDER_TIME, ()) or _picked(bound)
    if not times or any(column != DEFENDER_TIME for _, column in times):
        yield NotAvailable(
            "a custom detection must return the event's own Timestamp (TimeGenerated in Sentinel)",
            "project TimeGenerated as it is, or summarize "
            "(TimeGenerated, ReportId) = arg_max(TimeGenerated, ReportId), … by …",
            place,
        )
        return
    tables = sorted({table for table, _ in times})
    for name in dict.fromkeys(name for table in tables for name in required_of(table)):
        owners = {table for table, column in bound.sources.get(name, ()) if column == name}
        if name not in returned or (owners and not owners <= set(tables)):
            yield NotAvailable(
                f"a custom detection must return the '{name}' of {' and '.join(tables)}, "
                "the table that gives its Timestamp",
                f"project {name}; in a summarize, add it to the arg_max of TimeGenerated",
                place,
            )
    if not returned & set(IMPACTED_COLUMNS):
        yield NotAvailable(
            "a custom detection must return a column of what is affected",
            f"project one of {', '.join(IMPACTED_COLUMNS[:6])}, …",
            place,
        )


def _picked(bound: BoundQuery) -> tuple[Origin, ...]:
    """The origins of ``(Timestamp, ReportId) = arg_max(Timestamp, ReportId)``, if nothing else
    in the query is called Timestamp: the one aggregate that the service takes for the event's own.
    """
    if bound.tree is None:
        return ()
    declared = [
        node
        for node in walk(bound.tree)
        if node.kind == "NameDeclaration" and node.name == DEFENDER_TIME
    ]
    for node in walk(bound.tree):
        if node.kind == "CompoundNamedExpression" and len(declared) == 1:
            call = node.children[-1]
            given = arguments(call)
            inside = any(one is declared[0] for one in walk(node))
            if inside and called(call) in {"arg_max", "arg_min"} and given:
                return given[0].origins
    return ()


def _last_choice(tree: Node) -> tuple[Node, Node] | None:
    """The last project of the main pipeline and its input, if nothing behind it drops columns."""
    statements = [node for node in walk(tree) if node.kind == "ExpressionStatement"]
    node = statements[-1].children[0] if statements and statements[-1].children else None
    while node is not None and node.kind == "PipeExpression":
        operator = node.children[-1]
        if operator.kind in _CHOOSING:
            return operator, node.children[0]
        if operator.kind not in _KEEPING:
            return None
        node = node.children[0]
    return None


def _insert(segments: Segments, at: int, text: str) -> Segments:
    parts: list[Segments] = []
    for piece in segments.pieces:
        length = len(piece.text)
        if 0 < at <= length:
            head = Piece(piece.text[:at], piece.origin, piece.copied)
            behind = None if piece.origin is None else piece.origin + (at if piece.copied else 0)
            tail = Piece(piece.text[at:], behind, piece.copied)
            parts.append(Segments((head, Piece(text, behind), *((tail,) if tail.text else ()))))
        else:
            parts.append(Segments((piece,)))
        at -= length
    return Segments.join(parts)


def _end_of(rendered: RenderedQuery, bound: BoundQuery) -> int:
    """Where the query makes its result: its last operator."""
    if bound.tree is None:
        return 0
    statements = [node for node in walk(bound.tree) if node.kind == "ExpressionStatement"]
    pipes = statements[-1].children[:1] if statements else []
    last = _last_choice(bound.tree)
    if last is not None:
        return rendered.original(last[0].start)
    return rendered.original(pipes[0].children[-1].start if pipes and pipes[0].children else 0)
