"""Compiles a query into stages and the rest that each run makes of them.

The trap: an operator belongs to a stage only if it treats every row by itself and no run changes
what it does. Whether that is so is read off the SQL that it compiles to, not off its name: what
mentions the clock, another event table or anything that depends on one ends the stage.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from vedette.engine.sql.bodies import calls
from vedette.engine.sql.compiler import Compiler
from vedette.engine.sql.expressions.comparison import condition, conjuncts
from vedette.engine.sql.functions.windows import WINDOWS
from vedette.engine.sql.operators.shape import reading
from vedette.engine.sql.relation import RANK, Relation, Row
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.staged.computed import candidates
from vedette.engine.sql.staged.lineage import Lineage, traced
from vedette.engine.sql.staged.stage import (
    INGESTED,
    TIME,
    Key,
    OpenRelation,
    Origin,
    Stage,
    TracedRelation,
    stages_in,
)
from vedette.engine.sql.value import Value, identifier
from vedette.errors import UnsupportedError
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import called

#: Operators that treat every row by itself, whatever its neighbours are.
ROW_BY_ROW = frozenset(
    {
        "ExtendOperator",
        "FilterOperator",
        "ProjectAwayOperator",
        "ProjectKeepOperator",
        "ProjectOperator",
        "ProjectRenameOperator",
        "ProjectReorderOperator",
    }
)
#: Sources that may hand on a relation as open as they found it.
_PASSING = frozenset({"FunctionCallExpression", "NameReference", "ParenthesizedExpression"})
_SORTING = frozenset({"SortOperator", "TopOperator"})
_CTE = re.compile(r'"(\$\d+_(?:[^"]|"")*)"')
CLOCK = "$kqlnow"


@dataclass(eq=False, slots=True)
class StagingCompiler(Compiler):
    """A compiler that ends in SQL over stages; ``stages`` holds them, bases before the rest."""

    stages: list[Stage] = field(default_factory=list)
    lineage: Lineage = field(default_factory=Lineage)
    #: Why all runs cannot be one statement; empty if they can.
    apart: str = ""
    unstaged: bool = False
    _static: set[str] = field(default_factory=set)
    _made: dict[int, Value] = field(default_factory=dict)
    _results: dict[int, Relation] = field(default_factory=dict)
    _tail: bool = False
    _count: int = 0

    # ---- what the compiler asks for

    def opened(self, relation: Relation, table: str) -> Relation:
        """The rows of an event table, open for what follows."""
        if relation.source != identifier(table):
            self.unstaged = True
            return relation
        hidden = (*relation.hidden, TIME, INGESTED)
        return OpenRelation(
            source=self._name("T"),
            columns=relation.columns,
            idents=relation.idents,
            present=frozenset((*relation.idents, *hidden)),
            hidden=hidden,
            table_name=table,
            kept=(TIME, INGESTED),
        )

    def completed(self, relation: Relation) -> Relation:
        """The relation as a stage; what reads it like this reads it a second time."""
        if isinstance(relation, TracedRelation):
            self.lineage.pin(relation)
        return self._complete(relation)

    def shared(self, relation: Relation, name: str) -> Relation:
        """The same rows for several readers; an open relation is one stage for each of them."""
        if isinstance(relation, OpenRelation):
            return relation
        before = len(self.ctes)
        result = Compiler.shared(self, relation, name)
        for cte, sql in self.ctes[before:]:
            if self._is_static((sql,)):
                self._static.add(cte)
        if isinstance(relation, TracedRelation) and not isinstance(result, TracedRelation):
            result = traced(result, relation.keys)
        return result

    def expression(self, node: Node, scope: Scope) -> Value:
        """A scalar expression, from the stage where it was computed there already."""
        made = self._made.get(id(node))
        return Compiler.expression(self, node, scope) if made is None else made

    def relation(self, node: Node, scope: Scope, rows: Relation | None = None) -> Relation:
        """A tabular expression; left open only for a source that hands it on at once."""
        tail, self._tail = self._tail, False
        whole, operators = node, []
        while node.kind == "PipeExpression":
            operators.append(node.children[-1])
            node = node.children[0]
        if rows is None:
            self._tail = node.kind in _PASSING
            rows = self._source(node, scope)
            self._tail = False
            rows = self._entered(node, rows)
        else:
            operators.append(node)
        for operator in reversed(operators):
            rows = self._applied(operator, rows, scope)
        if not tail:
            rows = self._complete(rows)
        self._results[id(whole)] = rows
        return rows

    # ---- sources and operators

    def _entered(self, node: Node, rows: Relation) -> Relation:
        """What a source has given: a new use of it, and a stage where a function ends."""
        if isinstance(rows, OpenRelation):
            name = node.name or called(node)
            shares = name in self.query.functions and not rows.bare
            return self._rebased(rows) if shares else rows
        if isinstance(rows, TracedRelation) and node.kind == "NameReference":
            return self.lineage.used_again(rows)
        return rows

    def _applied(self, operator: Node, rows: Relation, scope: Scope) -> Relation:
        if operator.kind not in self.library.operators:
            return Compiler.relation(self, operator, scope, rows)  # which refuses
        if operator.kind == "ScanOperator":
            self.refuse("scan in many runs at once", operator, scope)
        if isinstance(rows, OpenRelation):
            grown = self._grown(operator, rows, scope)
            if grown is not None:
                return grown
            rows = self._closed(rows, operator, scope)
        if operator.kind == "TakeOperator" and not rows.order:
            self.apart = "take chooses any rows"
        result = self._compiled(operator, rows, scope)
        if operator.kind in _SORTING:
            result = _ranked(result)
        elif operator.kind in ROW_BY_ROW and RANK in rows.hidden and RANK not in result.hidden:
            result = replace(result, hidden=(*result.hidden, RANK))
        result = self.lineage.after(self, operator, rows, result, scope, self._results, self._made)
        self._made.clear()
        return result

    def _compiled(self, operator: Node, rows: Relation, scope: Scope) -> Relation:
        """What the operator makes of rows that no stage takes in."""
        return self.library.operators[operator.kind](self, operator, rows, scope)

    def _grown(self, operator: Node, rows: OpenRelation, scope: Scope) -> OpenRelation | None:
        """The relation with one more operator in its stage; None if that does not belong there."""
        if operator.kind not in ROW_BY_ROW or calls(operator, WINDOWS):
            return None
        if operator.kind == "FilterOperator":
            return self._filtered(operator, rows, scope)
        result = self.library.operators[operator.kind](self, operator, rows, scope)
        if not isinstance(result, OpenRelation) or not self._is_static(_written(result)):
            return None
        missing = tuple(name for name in rows.kept if name not in result.hidden)
        return replace(result, hidden=(*result.hidden, *missing))

    def _filtered(self, node: Node, rows: OpenRelation, scope: Scope) -> OpenRelation | None:
        clocked: list[tuple[Node, set[str]]] = []
        for item in conjuncts(node.children[-1]):
            inside = scope.over(rows)
            sql = condition(self, item, inside).sql
            reads = inside.row.reads if inside.row else set()
            if self._is_static((sql,)):
                ready = reading(rows, reads)
                if not isinstance(ready, OpenRelation):
                    return None
                rows = replace(ready, where=(*ready.where, sql))
            elif self._is_static((sql.replace(CLOCK, ""),)):
                clocked.append((item, reads))
            else:
                return None
        for item, reads in clocked:
            rows = self._deferred(item, reads, rows, scope)
        return rows

    def _deferred(
        self, item: Node, reads: set[str], rows: OpenRelation, scope: Scope
    ) -> OpenRelation:
        """Keep what a condition reads beside the columns, and the condition for each run."""
        copies = {ident: self._name("D").strip('"') for ident in sorted(reads)}
        nested = rows.nested()
        added = replace(
            nested,
            computed={copy: identifier(ident) for ident, copy in copies.items()},
            hidden=(*nested.hidden, *copies.values()),
        ).nested()
        over = scope.over(rows).row
        if over is None or not isinstance(added, OpenRelation):
            raise TypeError("a relation that is open has a row and stays open")
        row = Row(
            {
                name: replace(value, sql=identifier(copies[over.idents[name]]))
                for name, value in over.values.items()
                if over.idents[name] in copies
            },
            over.idents,
            hidden={
                name: replace(value, sql=identifier(copies[name]))
                for name, value in over.hidden.items()
                if name in copies
            },
        )
        sql = self._noted(item, scope.with_row(row))
        return replace(added, kept=(*added.kept, *copies.values()), deferred=(*added.deferred, sql))

    def _noted(self, item: Node, scope: Scope) -> str:
        """The SQL of a condition that each run applies."""
        return condition(self, item, scope).sql

    # ---- stages

    def _complete(self, relation: Relation) -> Relation:
        return self._closed(relation) if isinstance(relation, OpenRelation) else relation

    def _closed(
        self, rows: OpenRelation, operator: Node | None = None, scope: Scope | None = None
    ) -> TracedRelation:
        """Make a stage of the relation, with what ``operator`` will compute of its rows."""
        made: dict[int, Value] = {}
        if operator is not None and scope is not None:
            rows, made = self._computed(rows, candidates(operator), scope)
        name = self._add(rows, rows.deferred)
        hidden = tuple(one for one in rows.hidden if one not in rows.kept)
        use = self.lineage.new_use(name)
        self._made.update(made)
        return TracedRelation(
            source=identifier(name),
            columns=rows.columns,
            idents=rows.idents,
            present=frozenset((*rows.idents, *hidden)),
            hidden=hidden,
            keys={
                column.name: Key((Origin(name, ident, use),))
                for column, ident in zip(rows.columns, rows.idents, strict=True)
            },
        )

    def _rebased(self, rows: OpenRelation) -> OpenRelation:
        """The same rows, open again over a stage that other queries may have too."""
        name = self._add(rows, ())
        return replace(
            rows,
            source=self._name("T"),
            base=name,
            present=frozenset((*rows.idents, *rows.hidden)),
            shown=None,
            computed={},
            where=(),
        )

    def _add(self, rows: OpenRelation, deferred: tuple[str, ...]) -> str:
        name = self._name("S").strip('"')
        shown = (*rows.idents, *rows.hidden)
        types = {i: c.type for c, i in zip(rows.columns, rows.idents, strict=True)}
        self.stages.append(
            Stage(
                name,
                _innermost(rows),
                rows.table_name,
                rows.base,
                rows.select(),
                shown,
                types,
                deferred,
            )
        )
        return name

    def _computed(
        self, rows: OpenRelation, nodes: Sequence[Node], scope: Scope
    ) -> tuple[OpenRelation, dict[int, Value]]:
        """Columns for those of ``nodes`` that are computed from the row alone."""
        nested = rows.nested()
        if not isinstance(nested, OpenRelation):
            return rows, {}
        columns: dict[str, str] = {}
        made: dict[int, Value] = {}
        for node in nodes:
            inside = scope.over(nested)
            try:
                value = self.expression(node, inside)
            except UnsupportedError:
                continue  # said again, with its place, where it is compiled for good
            reads = inside.row.reads if inside.row else set()
            if reads and not value.known and self._is_static((value.sql,)):
                ident = self._name("P").strip('"')
                columns[ident] = value.sql
                made[id(node)] = replace(value, sql=identifier(ident))
        if not columns:
            return rows, {}
        return replace(nested, computed=columns, hidden=(*nested.hidden, *columns)), made

    # ---- small things

    def is_static_cte(self, name: str) -> bool:
        """True if no run changes what this CTE holds."""
        return name in self._static

    def _is_static(self, texts: Sequence[str]) -> bool:
        """True if no run changes what these texts mean."""
        for text in texts:
            if CLOCK in text or " OVER (" in text or '"$T' in text or stages_in(text):
                return False
            if any(cte.replace('""', '"') not in self._static for cte in _CTE.findall(text)):
                return False
        return True

    def _name(self, kind: str) -> str:
        self._count += 1
        return identifier(f"${kind}{self._count}")


def _written(relation: Relation) -> tuple[str, ...]:
    return (*relation.where, *relation.computed.values())


def _innermost(rows: OpenRelation) -> str:
    """The identifier that the relation's SQL reads in the end."""
    found = re.findall(r'"\$T\d+"', rows.source)
    return str(found[-1])


def _ranked(relation: Relation) -> Relation:
    """A sorted relation whose rows know their place, which survives being read with others."""
    if not relation.order:
        return relation
    star = f"* EXCLUDE ({identifier(RANK)})" if RANK in relation.hidden else "*"
    rank = f"rank() OVER (ORDER BY {', '.join(relation.order)}) AS {identifier(RANK)}"
    hidden = tuple(dict.fromkeys((*relation.hidden, RANK)))
    return replace(
        relation,
        source=f"(SELECT {star}, {rank} FROM {relation.source})",
        order=(identifier(RANK),),
        hidden=hidden,
        present=relation.present | {RANK},
    )
