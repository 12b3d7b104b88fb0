"""What the official compiler says about a query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vedette.schema.types import Column, FunctionDefinition, TableSchema


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One message about a query: the compiler's ``code`` (``KS142``), or one of ours in kebab-case.

    ``start`` is an offset in the query. ``function`` is the workspace function whose body is wrong
    where the query itself is not, ``scope`` the names of the columns that could stand there.
    """

    code: str
    severity: str
    message: str
    start: int
    length: int
    function: str = ""
    scope: tuple[str, ...] = ()


#: A table's own column: the table's name and the column's.
Origin = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the official syntax tree: text offsets [start, end), and what it resolved to.

    ``kind`` is the compiler's SyntaxKind (``FunctionCallExpression``); ``name`` is the name that
    the node carries, if any; ``symbol`` says what it refers to (``table``, ``column``,
    ``function``, ``variable``, ...; empty if nothing) and ``type`` the Kusto type of its value,
    ``table`` for a tabular node, whose columns are in ``columns``. ``origins`` are the tables'
    columns that a ``column`` is: none where it was computed, several behind a union.
    """

    kind: str
    start: int
    end: int
    name: str = ""
    symbol: str = ""
    type: str = ""
    children: tuple[Node, ...] = ()
    columns: tuple[Column, ...] = ()
    origins: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """A query with all its names resolved.

    ``columns`` is the result's shape, empty where the query does not bind. ``tables``,
    ``functions`` and ``watchlists`` are what the query needs, through functions too. ``tree`` is
    None where it nests too deeply; ``tabular`` is False if the query ends in no table. ``bodies``
    are the trees of ``functions``, as the first call of each binds it, with offsets in its body.
    ``open``: the result may have more columns than ``columns``, which only the run knows
    (``evaluate bag_unpack``). ``untyped`` are columns whose type nothing tells: dynamic for now.
    ``sources`` has the origins of each result column, as a node has them.
    """

    text: str
    columns: tuple[Column, ...]
    diagnostics: tuple[Diagnostic, ...]
    tables: Mapping[str, TableSchema] = field(default_factory=dict)
    functions: Mapping[str, FunctionDefinition] = field(default_factory=dict)
    watchlists: Mapping[str, tuple[Column, ...]] = field(default_factory=dict)
    tree: Node | None = field(default=None, repr=False, compare=False)
    tabular: bool = True
    bodies: Mapping[str, Node | None] = field(default_factory=dict, repr=False, compare=False)
    open: bool = False
    untyped: frozenset[str] = frozenset()
    sources: Mapping[str, tuple[Origin, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def ok(self) -> bool:
        """True if the compiler reports no error."""
        return not any(item.severity == "Error" for item in self.diagnostics)
