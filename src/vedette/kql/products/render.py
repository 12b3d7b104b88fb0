"""A query written for Microsoft Sentinel as Defender XDR's advanced hunting runs it.

The trap: a query that compiles need not mean the same. A column that only one product has moves
others to another number in a join; so the rendered query is bound, and every column that it reads
is compared with the one that the original reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from vedette.kql.bound import BoundQuery, Node, Origin
from vedette.kql.desugar.segments import Piece, Segments
from vedette.kql.desugar.tree import literal, walk
from vedette.kql.parameters import parameters_of
from vedette.kql.products.renames import Renames, renames_for
from vedette.kql.products.result import NotAvailable, RenderedQuery
from vedette.kql.products.rewrite import RefusalError, Rewriting, columns_read, reads_everything
from vedette.kql.products.tables import RELATED, Counterpart, counterparts
from vedette.kql.products.watchlists import WatchlistRows, statement, variable
from vedette.model.product import Product
from vedette.schema.catalogue import Catalogue


def render_for(
    bound: BoundQuery,
    product: Product,
    catalogue: Catalogue,
    watchlists: Mapping[str, WatchlistRows] | None = None,
    parameters: Mapping[str, str] | None = None,
) -> RenderedQuery | NotAvailable:
    """``bound``, which binds for Sentinel, for ``product``, whose tables ``catalogue`` has.

    ``watchlists`` are the rows to write out, by alias; ``parameters`` the literals that stand for
    those of the query's own ``let`` statements, by name. The result still has to be bound with
    ``catalogue`` and given to ``differences``.
    """
    if product is Product.SENTINEL:
        whole = Segments((Piece(bound.text, 0, copied=True),))
        return RenderedQuery(whole, {column.name: column.name for column in bound.columns})
    if bound.tree is None:
        return NotAvailable("the query nests too deeply to be rewritten")
    for name, tree in (("", bound.tree), *bound.bodies.items()):
        if tree is not None and (refusal := reads_everything(tree)) is not None:
            place = call_of(bound.tree, name, bound.bodies) if name else refusal.offset
            return replace(refusal, offset=place)
    tables = counterparts(bound.tables, catalogue.tables)
    if missing := sorted(bound.tables.keys() - tables.keys()):
        return _without_table(bound, missing[0])
    trees = [bound.tree, *(tree for tree in bound.bodies.values() if tree is not None)]
    renames = renames_for(bound, trees, tables)
    if isinstance(renames, NotAvailable):
        return renames
    literals = parameters_of(bound.tree)
    given = {
        id(literals[name]): value for name, value in (parameters or {}).items() if name in literals
    }
    main = Rewriting(bound.text, tables, renames, frozenset(bound.functions), literals=given)
    try:
        heads = [*_watchlists(bound, watchlists or {}, renames), *_functions(bound, main)]
        body = main.rewrite(bound.tree)
    except RefusalError as error:
        return error.result
    return RenderedQuery(
        Segments.join([*heads, body], 0),
        {
            column.name: renames.of(column.name)
            for column in bound.columns
            if _exists(bound.sources.get(column.name, ()), tables)
        },
        frozenset(main.adapted),
    )


def differences(
    original: BoundQuery, rendered: RenderedQuery, bound: BoundQuery
) -> NotAvailable | None:
    """The first way in which ``bound``, the rendered query, is not what the original is."""
    for diagnostic in bound.diagnostics:
        if diagnostic.severity == "Error":
            place = rendered.original(diagnostic.start)
            message = diagnostic.message.rstrip(".")
            return NotAvailable(f"{diagnostic.code} {message}, in Defender XDR", "", place)
    if original.tree is None or bound.tree is None:
        return NotAvailable("the query nests too deeply to be compared")
    before = list(columns_read(original.tree))
    after = list(columns_read(bound.tree))
    # What stands before the query (functions) reads columns too.
    behind = len(after) - len(before)
    other = _other_column(before, after[max(behind, 0) :], rendered, original, bound)
    if other is not None:
        return _not_the_same(other, other.start)
    inner = [
        node
        for name in _callees_first(original)
        if (body := original.bodies.get(name)) is not None
        for node in columns_read(body)
    ]
    # A parameter that is a table has its columns from each call, so its body proves nothing.
    if not any("(" in function.parameters for function in original.functions.values()):
        other = _other_column(inner, after[: max(behind, 0)], rendered, original, bound)
        if other is not None:
            return _not_the_same(other, 0)
    found = {column.name: column.type for column in bound.columns}
    if not bound.open:
        for old, new in rendered.columns.items():
            if new not in found:
                return NotAvailable(f"the query returns no '{new}' in Defender XDR for '{old}'")
    return None


def _other_column(
    before: Sequence[Node],
    after: Sequence[Node],
    rendered: RenderedQuery,
    original: BoundQuery,
    bound: BoundQuery,
) -> Node | None:
    """The first reference of ``before`` that reads another table's column in ``after``."""
    for index, one in enumerate(before):
        expected = _there(one.origins, original, bound)
        found = set(after[index].origins) if index < len(after) else None
        if found != expected and not (not found and expected <= rendered.adapted):
            return one
    return None


def _not_the_same(node: Node, offset: int) -> NotAvailable:
    return NotAvailable(
        f"'{node.name}' is another column in Defender XDR, whose tables have other columns",
        "project the columns that are needed before the tables are joined",
        offset,
    )


def call_of(tree: Node, function: str, functions: Mapping[str, Node | None]) -> int:
    """The offset in the query at which ``function`` is called, itself or through others."""
    reaching, before = {function}, set[str]()
    while reaching != before:
        before = set(reaching)
        reaching |= {
            name
            for name, body in functions.items()
            if body is not None and any(node.name in before for node in _calls(body))
        }
    return next((node.start for node in _calls(tree) if node.name in reaching), 0)


def _calls(tree: Node) -> Iterator[Node]:
    return (node for node in walk(tree) if node.symbol == "function")


def _without_table(bound: BoundQuery, name: str) -> NotAvailable:
    place = _first(bound.tree, name)
    if place is None:
        through = (
            function
            for function, body in bound.bodies.items()
            if body is not None and _first(body, name) is not None
        )
        tree = bound.tree
        calls = (call_of(tree, one, bound.bodies) for one in through if tree is not None)
        place = next(calls, 0)
    reason = f"Defender XDR has no table '{name}'"
    return NotAvailable(reason, RELATED.get(name, ""), place)


def _first(tree: Node | None, name: str) -> int | None:
    nodes = walk(tree) if tree is not None else ()
    return next((node.start for node in nodes if node.name == name), None)


def _exists(origins: tuple[Origin, ...], tables: Mapping[str, Counterpart]) -> bool:
    return all(tables[table].column(column) is not None for table, column in origins)


def _there(origins: tuple[Origin, ...], here: BoundQuery, there: BoundQuery) -> set[Origin]:
    tables = counterparts(here.tables, there.tables)
    found = ((table, tables[table].column(name)) for table, name in origins if table in tables)
    return {(table, column.name) for table, column in found if column is not None}


def _watchlists(
    bound: BoundQuery, rows: Mapping[str, WatchlistRows], renames: Renames
) -> Iterator[Segments]:
    """The watchlists as variables, with the columns that the query names or returns: a rule shows
    its text to many who need not see the whole list.
    """
    trees = [bound.tree, *bound.bodies.values()]
    names = {node.name for tree in trees if tree is not None for node in walk(tree)}
    taken = set(names)
    names |= {column.name for column in bound.columns}
    for alias, columns in bound.watchlists.items():
        if variable(alias) in taken:
            raise RefusalError(
                f"'{variable(alias)}' is what the watchlist '{alias}' is called in the query for "
                "Defender XDR, and stands for something else",
                "use another name",
                _place_of(bound, alias),
            )
        taken.add(variable(alias))
        # A datatable has at least one column.
        kept = [one.name for one in columns if one.name in names] or [columns[0].name]
        text = statement(alias, kept, rows.get(alias, ()), renames)
        yield Segments((Piece(text, _place_of(bound, alias)),))


def _place_of(bound: BoundQuery, alias: str) -> int:
    for node in walk(bound.tree) if bound.tree is not None else ():
        if literal(node, bound.text) == alias:
            return node.start
    return 0


def _functions(bound: BoundQuery, main: Rewriting) -> Iterator[Segments]:
    """The functions as ``let`` statements, callees first."""
    for name in _callees_first(bound):
        function, tree = bound.functions[name], bound.bodies.get(name)
        place = call_of(bound.tree, name, bound.bodies) if bound.tree is not None else 0
        if tree is None:
            raise RefusalError(f"the function '{name}' cannot be written out", "", place)
        inner = Rewriting(
            function.body, main.tables, main.renames, main.functions, place, main.adapted
        )
        braces = [one for one in tree.children if one.kind.endswith("BraceToken")]
        head = Piece(f"let {name} = ({function.parameters}) {{\n", place)
        body = inner.rewrite(tree, skip=braces)
        yield Segments.join([Segments((head,)), body, Segments((Piece("\n};\n", place),))])


def _callees_first(bound: BoundQuery) -> list[str]:
    order: dict[str, None] = {}

    def add(name: str) -> None:
        body = bound.bodies.get(name)
        for node in _calls(body) if body is not None else ():
            # The compiler refuses what calls itself.
            if node.name in bound.functions and node.name not in order:
                add(node.name)
        order[name] = None

    for name in bound.functions:
        if name not in order:
            add(name)
    return list(order)
