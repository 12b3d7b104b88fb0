"""A tabular expression as one SELECT that grows operator by operator.

The trap: a column that this SELECT computes cannot be read by the same SELECT. Whoever reads one
must nest first (``Relation.nested``); ``reads`` of the row says what was read.

Kusto tells names apart that DuckDB does not (``a``, ``A``): a column has an identifier of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vedette.engine.sql.value import SQL_TYPES, Value, identifier, null
from vedette.schema.types import Column

#: The hidden column that numbers the rows of a serialised relation.
ORDINAL = "$Order"
#: The hidden column that says where a sorted row stands, for whoever cannot rely on an order.
RANK = "$Rank"
#: The hidden columns of rows that several runs share: the first run that has the row, and the first
#: that has it no more.
SPAN = FIRST, END = "$a", "$b"


@dataclass(frozen=True, slots=True)
class Relation:
    """``SELECT shown FROM source WHERE … ORDER BY … LIMIT …``.

    ``columns`` are Kusto's, ``idents`` their identifiers. ``shown`` None means the source's columns
    as they are; ``computed`` replaces or adds identifiers. ``hidden`` identifiers go along with the
    rows until an operator chooses its columns. ``sorted``: the order of the rows means something.
    """

    source: str
    columns: tuple[Column, ...]
    idents: tuple[str, ...]
    present: frozenset[str]
    shown: tuple[str, ...] | None = None
    computed: Mapping[str, str] = field(default_factory=dict)
    where: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    limit: str = ""
    hidden: tuple[str, ...] = ()
    sorted: bool = False

    def ident(self, name: str) -> str | None:
        """The identifier of a column, None if there is none of this name."""
        for column, ident in zip(self.columns, self.idents, strict=True):
            if column.name == name:
                return ident
        return None

    def types(self) -> dict[str, str]:
        """The Kusto type of each column by name."""
        return {column.name: column.type for column in self.columns}

    def select(self) -> str:
        """The whole SELECT."""
        parts = ["SELECT", self._list(), "FROM", self.source]
        if self.where:
            parts += ["WHERE", " AND ".join(self.where)]
        if self.order:
            parts += ["ORDER BY", ", ".join(self.order)]
        if self.limit:
            parts += ["LIMIT", self.limit]
        return " ".join(parts)

    def table(self) -> str:
        """What a FROM can name: the source itself where nothing was done to it yet."""
        return self.source if self.bare else f"({self.select()})"

    @property
    def bare(self) -> bool:
        """True if this is still the source, unchanged."""
        return not (
            self.shown is not None or self.computed or self.where or self.order or self.limit
        )

    def nested(self) -> Relation:
        """The same rows from a subquery, whose columns can all be read."""
        if self.bare:
            return self
        return replace(
            self,
            source=self.table(),
            present=frozenset((*self.idents, *self.hidden)),
            shown=None,
            computed={},
            where=(),
            order=(),
            limit="",
        )

    def readable(self, reads: Iterable[str]) -> bool:
        """True if an expression over these identifiers can stand in this very SELECT."""
        return not self.limit and self.computed.keys().isdisjoint(reads)

    def _list(self) -> str:
        if self.shown is not None:
            return ", ".join(self._item(ident) for ident in (*self.shown, *self.hidden))
        if not self.present <= {*self.idents, *self.hidden}:
            return ", ".join(self._item(ident) for ident in (*self.idents, *self.hidden))
        changed = [ident for ident, sql in self.computed.items() if sql != identifier(ident)]
        replaced = [self._item(ident) for ident in changed if ident in self.present]
        added = [self._item(ident) for ident in changed if ident not in self.present]
        star = f"* REPLACE ({', '.join(replaced)})" if replaced else "*"
        return ", ".join([star, *added])

    def _item(self, ident: str) -> str:
        name = identifier(ident)
        sql = self.computed.get(ident)
        return name if sql is None or sql == name else f"{sql} AS {name}"


def from_source(
    source: str, columns: Sequence[Column], idents: Sequence[str], hidden: Sequence[str] = ()
) -> Relation:
    """A table, or a subquery in parentheses, with the identifiers that it shows."""
    present = frozenset((*idents, *hidden))
    return Relation(source, tuple(columns), tuple(idents), present, hidden=tuple(hidden))


def chosen(
    relation: Relation, columns: Sequence[Column], values: Sequence[str], *, keep_hidden: bool
) -> Relation:
    """A SELECT of exactly these columns over a relation that they can read."""
    idents = identifiers(column.name for column in columns)
    hidden = relation.hidden if keep_hidden else ()
    computed = dict(zip(idents, values, strict=True))
    computed.update({ident: sql for ident, sql in relation.computed.items() if ident in hidden})
    return replace(
        relation,
        columns=tuple(columns),
        idents=idents,
        shown=idents,
        computed=computed,
        hidden=hidden,
    )


def identifiers(names: Iterable[str]) -> tuple[str, ...]:
    """Identifiers for names in their order: one that differs only in case gets a number."""
    taken: set[str] = set()
    result = []
    for name in names:
        ident, number = name, 1
        while ident.lower() in taken:
            number += 1
            ident = f"{name}${number}"
        taken.add(ident.lower())
        result.append(ident)
    return tuple(result)


@dataclass(frozen=True, slots=True)
class Row:
    """The row that an expression reads: values by column name, and which of them were read.

    ``prepared``: SQL that a SELECT below must have computed, by the identifier that stands for it.
    """

    values: Mapping[str, Value]
    idents: Mapping[str, str]
    reads: set[str] = field(default_factory=set)
    sides: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    hidden: Mapping[str, Value] = field(default_factory=dict)
    prepared: dict[str, str] = field(default_factory=dict)

    def prepare(self, sql: str) -> str:
        """What stands for ``sql`` if it must be computed first: a window inside a window."""
        for ident, known in self.prepared.items():
            if known == sql:
                return identifier(ident)
        ident = f"$window{len(self.prepared)}"
        self.prepared[ident] = sql
        return identifier(ident)

    def column(self, name: str) -> Value | None:
        """The value of a column, None if there is none of this name."""
        found = self.values.get(name)
        if found is not None and name in self.idents:
            self.reads.add(self.idents[name])
        return found

    def hidden_column(self, name: str) -> Value | None:
        """The value of a hidden column, None if an operator has dropped it."""
        found = self.hidden.get(name)
        if found is not None:
            self.reads.add(name)
        return found


def row_of(relation: Relation, alias: str = "") -> Row:
    """The row of a relation, its columns qualified with ``alias`` if one is given."""
    prefix = f"{alias}." if alias else ""
    values = {}
    idents = {}
    for column, ident in zip(relation.columns, relation.idents, strict=True):
        values[column.name] = Value(prefix + identifier(ident), column.type)
        idents[column.name] = ident
    hidden = {name: Value(prefix + identifier(name), "datetime") for name in relation.hidden}
    return Row(values, idents, hidden=hidden)


def empty(columns: Sequence[Column]) -> Relation:
    """No rows of these columns."""
    idents = identifiers(column.name for column in columns)
    items = ", ".join(
        f"{null(column.type).sql} AS {identifier(ident)}"
        for column, ident in zip(columns, idents, strict=True)
    )
    return from_source(f"(SELECT {items or '1'} LIMIT 0)", columns, idents)


def typed_null(type_: str) -> str:
    """SQL for a missing value of a column, with its type."""
    return "''" if type_ == "string" else f"NULL::{SQL_TYPES[type_]}"
