"""Compiles a query into one relation for all runs of a rule.

The trap: an expression that reads another table's rows would read those of all runs. Whatever
compiles to SQL with rows of runs in it, but is no operator that knows of intervals, is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from vedette.engine.sql.bodies import calls
from vedette.engine.sql.expressions.comparison import aligned, condition, conjuncts, listed
from vedette.engine.sql.expressions.membership import tabular
from vedette.engine.sql.functions.windows import WINDOWS
from vedette.engine.sql.operators.shape import reading
from vedette.engine.sql.relation import SPAN, Relation, row_of
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.staged.compiler import CLOCK, ROW_BY_ROW, StagingCompiler
from vedette.engine.sql.staged.intervals.algebra import A, cut, is_timed, points, timed
from vedette.engine.sql.staged.intervals.cuts import Cut, Origin, cuts_of
from vedette.engine.sql.staged.intervals.operators import filtered
from vedette.engine.sql.staged.lineage import traced
from vedette.engine.sql.staged.sources import Grid, clock_of
from vedette.engine.sql.staged.stage import OpenRelation, TracedRelation
from vedette.engine.sql.value import Value, identifier
from vedette.errors import UnsupportedError
from vedette.kql.bound import Node

_IN = frozenset({"InCsExpression", "InExpression"})
_NOT_IN = frozenset({"NotInCsExpression", "NotInExpression"})


class _RunsError(UnsupportedError):
    """An expression that reads rows of which each run has others."""


@dataclass(eq=False)
class IntervalCompiler(StagingCompiler):
    """A compiler whose relations know which runs have each of their rows."""

    grid: Grid = field(kw_only=True)
    origin: Origin = field(kw_only=True)
    _cuts: dict[str, tuple[Cut, ...]] = field(default_factory=dict)

    # ---- what the compiler asks for

    def expression(self, node: Node, scope: Scope) -> Value:
        """A scalar expression; refused if it reads rows of runs."""
        value = super().expression(node, scope)
        if not self._is_static((value.sql.replace(CLOCK, ""),)):
            raise _RunsError("an expression over rows of many runs", offset=scope.place(node))
        return value

    def shared(self, relation: Relation, name: str) -> Relation:
        """The same rows for several readers, who all begin with what is computed once."""
        if isinstance(relation, OpenRelation) and not relation.bare:
            return self._rebased(relation)
        return super().shared(relation, name)

    def abreast(self, sides: list[tuple[str, Relation]]) -> list[tuple[str, Relation]]:
        """The sides of a union: if one of them has intervals, all have."""
        if not any(is_timed(side) for _, side in sides):
            return sides
        return [(name, timed(side)) for name, side in sides]

    # ---- sources and operators

    def _entered(self, node: Node, rows: Relation) -> Relation:
        entered = super()._entered(node, rows)
        if not isinstance(entered, OpenRelation) and CLOCK in entered.select():
            raise UnsupportedError("a source that reads the clock in many runs at once")
        return entered

    def _applied(self, operator: Node, rows: Relation, scope: Scope) -> Relation:
        if operator.kind != "FilterOperator":
            return super()._applied(operator, rows, scope)
        if calls(operator, WINDOWS):
            self.refuse("rows before and after in many runs at once", operator, scope)
        test = operator.children[-1]
        if isinstance(rows, OpenRelation):
            if not any(self._is_of_runs(item, rows, scope) for item in conjuncts(test)):
                grown = self._filtered(operator, rows, scope)
                if grown is not None:
                    return grown
            rows = self._closed(rows, operator, scope)
        keys = rows.keys if isinstance(rows, TracedRelation) else {}
        for item in conjuncts(test):
            rows = self._kept(item, rows, scope)
        return traced(rows, keys)

    def _compiled(self, operator: Node, rows: Relation, scope: Scope) -> Relation:
        if calls(operator, WINDOWS):
            self.refuse("rows before and after in many runs at once", operator, scope)
        before = len(self.ctes)
        result = super()._compiled(operator, rows, scope)
        if self._reads_clock(result, before):
            self._forget(before)
            before = len(self.ctes)
            rows = self._pointed(rows)
            result = self._by_the_clock(super()._compiled(operator, rows, scope))
            self.ctes[before:] = [(name, self._at(sql)) for name, sql in self.ctes[before:]]
        if is_timed(rows) and not is_timed(result):
            if operator.kind not in ROW_BY_ROW:
                self.refuse("this operator in many runs at once", operator, scope)
            result = replace(result, hidden=(*result.hidden, *SPAN))
        return result

    def _reads_clock(self, result: Relation, before: int) -> bool:
        """True if an operator's result, or a table that it has made for it, mentions the clock."""
        return any(CLOCK in sql for sql in (result.select(), *(s for _, s in self.ctes[before:])))

    def _forget(self, before: int) -> None:
        """Empty the tables that an operator has made with the clock in them: they are made again.

        They keep their places, by whose number the next ones are called.
        """
        gone: set[str] = set()
        for place, (name, sql) in enumerate(self.ctes[before:], start=before):
            if CLOCK in sql or any(identifier(each) in sql for each in gone):
                gone.add(name)
                self.ctes[place] = (name, "SELECT NULL")

    # ---- filters

    def _is_of_runs(self, item: Node, rows: Relation, scope: Scope) -> bool:
        """True for a condition that asks for membership in rows of runs."""
        try:
            condition(self, item, scope.over(rows))
        except _RunsError:
            return True
        return False

    def _kept(self, item: Node, rows: Relation, scope: Scope) -> Relation:
        """The rows, and of each the runs, for which one condition holds."""
        if self._is_of_runs(item, rows, scope):
            return self._member(item, rows, scope)
        inside = scope.over(rows)
        sql = condition(self, item, inside).sql
        if CLOCK not in sql:
            ready = reading(rows, inside.row.reads if inside.row else set())
            return replace(ready, where=(*ready.where, sql))
        rows = timed(rows)
        found = self._cuts_of(item, scope.over(rows))
        if found:
            return replace(rows, source=_cut(rows.source, found))
        rows = self._pointed(rows)
        sql = condition(self, item, scope.over(rows)).sql
        return self._by_the_clock(replace(rows, where=(sql,)))

    def _member(self, item: Node, rows: Relation, scope: Scope) -> Relation:
        """``x in (T)`` and ``x !in (T)`` where T's rows are those of runs."""
        if item.kind not in _IN | _NOT_IN or "~" in scope.source(item.children[1]):
            self.refuse("this use of a table in many runs at once", item, scope)
        rows = timed(rows)
        left = self.expression(item.children[0], scope.with_row(row_of(rows, "L")))
        members = listed(item.children[-1])
        relation = tabular(self, members[0], scope) if len(members) == 1 else None
        if relation is None:
            self.refuse("this list in many runs at once", item, scope)
        other = relation.nested()
        member = Value(f"R.{identifier(other.idents[0])}", other.columns[0].type)
        both = aligned(left, member)
        if both is None or both[0].type != "string":
            # A null is in no list, but it is a key like any other to a join.
            self.refuse(f"a {left.type} in a column of many runs", item, scope)
        return filtered(self, rows, other, [both], "LR", matched=item.kind in _IN)

    def _noted(self, item: Node, scope: Scope) -> str:
        sql = super()._noted(item, scope)
        self._cuts[sql] = self._cuts_of(item, scope)
        return sql

    def _cuts_of(self, item: Node, scope: Scope) -> tuple[Cut, ...]:
        return cuts_of(self, item, scope, CLOCK, self.origin, self.grid.step_us)

    # ---- stages

    def _closed(
        self, rows: OpenRelation, operator: Node | None = None, scope: Scope | None = None
    ) -> TracedRelation:
        """A stage with the intervals in which its deferred conditions hold."""
        deferred = rows.deferred
        closed = super()._closed(replace(rows, deferred=()), operator, scope)
        source = closed.source
        present = closed.present | set(SPAN)
        for sql in deferred:
            found = self._cuts[sql]
            if found:
                source = _cut(source, found)
            else:
                source = points(source, self.grid.count)
                source = f"(SELECT * FROM {source} WHERE {self._at(sql)})"
        return replace(closed, source=source, present=present, hidden=(*closed.hidden, *SPAN))

    # ---- the clock

    def _pointed(self, rows: Relation) -> Relation:
        """The rows, once for each run that has them."""
        inner = timed(rows)
        return replace(inner, source=points(inner.source, self.grid.count))

    def _by_the_clock(self, relation: Relation) -> Relation:
        """The relation with each row's own time for the clock: every row is there in one run."""
        return replace(
            relation,
            source=self._at(relation.source),
            computed={ident: self._at(sql) for ident, sql in relation.computed.items()},
            where=tuple(self._at(sql) for sql in relation.where),
            order=tuple(self._at(sql) for sql in relation.order),
        )

    def _at(self, sql: str) -> str:
        return sql.replace(CLOCK, clock_of(self.grid, A))


def _cut(source: str, cuts: tuple[Cut, ...]) -> str:
    for each in cuts:
        source = cut(source, each.column, each.first, each.end)
    return source
