"""Copies a query's text and changes what the other product calls or holds otherwise.

The trap: some operators name columns without naming them (a wildcard, ``pack_all``, ``search``),
and would silently take more or fewer of them; they are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from vedette.kql.bound import Node, Origin
from vedette.kql.desugar.segments import Piece, Segments
from vedette.kql.desugar.tree import arguments, called, child, literal, quoted, walk
from vedette.kql.products.renames import EXISTENCE_TESTS, Renames
from vedette.kql.products.result import NotAvailable
from vedette.kql.products.tables import Counterpart
from vedette.kql.products.watchlists import SERVICE_COLUMNS, variable

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")

#: Functions that only a workspace has.
_SERVICE = frozenset({"_GetWatchlistAlias", "workspace", "app", "resource", "adx", "arg"})

#: Functions that take their argument's text or data alike: nothing to convert before them.
_PARSERS = frozenset({"parse_json", "todynamic", "parsejson"})

#: Where a bare column makes a column of its name, which must then say its name itself.
_MAKERS = frozenset({"ProjectOperator", "ExtendOperator", "SummarizeByClause"})

#: Where a bare column is only chosen, whatever its type.
_CHOOSERS = frozenset({"ProjectAwayOperator"})

#: Operators that read every column, so that each product answers for its own.
_ALL_COLUMNS = {
    "SearchOperator": "search",
    "FindOperator": "find",
    "GetSchemaOperator": "getschema",
}


class RefusalError(Exception):
    """Carries a ``NotAvailable`` out of the walk; never leaves this package."""

    def __init__(self, reason: str, hint: str = "", offset: int = 0) -> None:
        super().__init__(reason)
        self.result = NotAvailable(reason, hint, offset)


@dataclass(slots=True)
class Rewriting:
    """Rewrites one text: the query's, or a function's body (``origin``: where it is called).

    ``literals`` are the texts that replace nodes, by the nodes' ``id``.
    """

    text: str
    tables: Mapping[str, Counterpart]
    renames: Renames
    functions: frozenset[str]
    origin: int | None = None
    adapted: set[Origin] = field(default_factory=set)
    literals: Mapping[int, str] = field(default_factory=dict)

    def rewrite(self, root: Node, skip: Sequence[Node] = ()) -> Segments:
        """The text with everything below its ``root`` renamed; ``skip`` leaves out nodes."""
        parts: list[Segments] = []
        position = 0
        left_out = {id(node) for node in skip}
        waiting: list[tuple[Node, tuple[Node, ...]]] = [(root, ())]
        while waiting:
            node, parents = waiting.pop()
            new = "" if id(node) in left_out else self._replacement(node, parents)
            if new is None:
                inner = (*parents[-6:], node)
                waiting.extend((one, inner) for one in reversed(node.children))
                continue
            parts += [self._copy(position, node.start), self._made(node, new)]
            position = node.end
        return Segments.join([*parts, self._copy(position, len(self.text))])

    def at(self, node: Node) -> int:
        """The offset in the query that a reader is sent to."""
        return node.start if self.origin is None else self.origin

    def _copy(self, start: int, end: int) -> Segments:
        text = self.text[start:end]
        located = self.origin is None
        piece = Piece(text, start if located else self.origin, copied=located)
        return Segments((piece,) if text else ())

    def _made(self, node: Node, text: str) -> Segments:
        return Segments((Piece(text, self.at(node)),) if text else ())

    def _replacement(self, node: Node, parents: tuple[Node, ...]) -> str | None:
        """What a node becomes; None if it is copied and walked through."""
        if (value := self.literals.get(id(node))) is not None:
            return value
        match node.kind:
            case "NameReference":
                return self._name(node, parents)
            case "NameDeclaration":
                return self._declaration(node, parents)
            case "FunctionCallExpression":
                return self._call(node)
            case "StringLiteralExpression":
                return self._text(node, parents)
            case "DistinctOperator":
                return self._distinct(node)
        return None

    # ---- what a node becomes

    def _name(self, node: Node, parents: tuple[Node, ...]) -> str | None:
        if node.symbol == "function":
            return self._bare_call(node, parents)
        if node.symbol != "column":
            return None
        if (wildcard := child(node, "WildcardedName")) is not None:
            if self.renames.splits(wildcard.name):
                raise RefusalError(
                    f"'{wildcard.name}' takes other columns in Defender XDR",
                    "name the columns",
                    self.at(node),
                )
            return None
        convert = self._conversion(node)
        new = _written(self.renames.of(node.name))
        if convert:
            return self._converted(node, new, convert, parents)
        return None if self.renames.of(node.name) == node.name else new

    def _declaration(self, node: Node, parents: tuple[Node, ...]) -> str | None:
        if node.symbol != "column" or self.renames.of(node.name) == node.name:
            return None
        # The data says the name of such a column, and nobody renames the data.
        by_data = {"ExternalDataExpression", "EvaluateOperator", "EvaluateSchemaClause"}
        if any(one.kind in by_data for one in parents):
            raise RefusalError(
                f"'{node.name}' comes under its name from outside", "", self.at(node)
            )
        return _written(self.renames.of(node.name))

    def _call(self, node: Node) -> str | None:
        name = called(node)
        if name == "_GetWatchlist":
            return self._watchlist(node)
        if name in _SERVICE:
            raise RefusalError(f"Defender XDR has no '{name}()'", "", self.at(node))
        if name == "pack_all":
            raise RefusalError(
                "'pack_all()' packs all columns, and Defender XDR has others",
                "name the columns: bag_pack('Url', Url)",
                self.at(node),
            )
        return None

    def _watchlist(self, call: Node) -> str:
        given = arguments(call)
        alias = literal(given[0], self.text) if len(given) == 1 else None
        if alias is None:
            raise RefusalError(
                "Defender XDR has no watchlists, and only one that is named can be written out",
                "write _GetWatchlist('alias')",
                self.at(call),
            )
        return variable(alias)

    def _text(self, node: Node, parents: tuple[Node, ...]) -> str | None:
        """A column's name as text, which is what ``column_ifexists`` takes."""
        call = next((one for one in reversed(parents) if called(one)), None)
        if call is None or called(call) not in EXISTENCE_TESTS:
            return None
        name = literal(node, self.text)
        given = arguments(call)
        if name is None or given[:1] != [node] or name not in self.renames.names:
            return None
        return f"'{self.renames.of(name)}'"

    def _distinct(self, node: Node) -> str | None:
        if not any(one.kind == "StarExpression" for one in walk(node)):
            return None
        names = {column.name for column in node.columns}
        for table in self.tables.values():
            if lacking := sorted(names & table.missing()):
                raise RefusalError(
                    f"'distinct *' compares '{lacking[0]}' too, which Defender XDR does not have",
                    "name the columns",
                    self.at(node),
                )
        return None

    def _bare_call(self, node: Node, parents: tuple[Node, ...]) -> str | None:
        """``F`` for ``F()`` is allowed for what a workspace stores, not for a variable."""
        head = parents and parents[-1].kind == "FunctionCallExpression"
        return f"{node.name}()" if node.name in self.functions and not head else None

    # ---- columns

    def _conversion(self, node: Node) -> str:
        """The function that a column has to go through, empty if none."""
        found: set[str] = set()
        for table, column in node.origins:
            there = self.tables[table].column(column)
            if there is None:
                raise RefusalError(
                    f"'{table}' has no column '{column}' in Defender XDR", "", self.at(node)
                )
            convert = self.tables[table].conversion(column)
            if convert is None:
                here = self.tables[table].here.column(column)
                raise RefusalError(
                    f"'{table}.{column}' is {there.type} in Defender XDR, "
                    f"not {here.type if here else 'the same'}",
                    "",
                    self.at(node),
                )
            found.add(convert)
        if len(found) > 1:
            raise RefusalError(
                f"'{node.name}' has several types in Defender XDR", "", self.at(node)
            )
        if not node.origins and node.name in SERVICE_COLUMNS and node.name not in self._own():
            raise RefusalError(
                f"'{node.name}' of a watchlist is known to the service alone", "", self.at(node)
            )
        return found.pop() if found else ""

    def _own(self) -> frozenset[str]:
        return self.renames.declared | self.renames.known

    def _converted(
        self, node: Node, new: str, convert: str, parents: tuple[Node, ...]
    ) -> str | None:
        self.adapted |= {
            (table, there.name)
            for table, column in node.origins
            if (there := self.tables[table].column(column)) is not None
        }
        holder = next((one for one in reversed(parents) if one.kind != "SeparatedElement"), None)
        above = [one for one in parents if one.kind not in {"SeparatedElement", "List"}]
        if parents and holder is not None and holder.kind == "List" and above:
            owner, call = above[-1], above[-2] if len(above) > 1 else None
            if owner.kind in _CHOOSERS:
                return None if new == node.name else new
            if owner.kind in _MAKERS:
                return f"{new} = {convert}({new})"
            parsed = call is not None and called(call) in _PARSERS and convert == "parse_json"
            if owner.kind == "ExpressionList":
                return new if parsed else f"{convert}({new})"
            raise RefusalError(
                f"'{node.name}' is of another type in Defender XDR and cannot be converted here",
                f"extend it before: X = {convert}({node.name})",
                self.at(node),
            )
        return f"{convert}({new})"


def _written(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else quoted(name)


def reads_everything(tree: Node) -> NotAvailable | None:
    """The first operator of ``tree`` that answers for all columns."""
    for node in walk(tree):
        if (name := _ALL_COLUMNS.get(node.kind)) is not None:
            return NotAvailable(
                f"'{name}' answers for all columns, and Defender XDR has others",
                "name the table and the columns",
                node.start,
            )
    return None


def columns_read(tree: Node) -> Iterator[Node]:
    """The references to columns, in the order of the text; wildcards left out."""
    for node in walk(tree):
        reads = node.kind == "NameReference" and node.symbol == "column"
        if reads and child(node, "WildcardedName") is None:
            yield node
