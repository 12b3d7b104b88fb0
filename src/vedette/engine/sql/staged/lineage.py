"""Which columns of a relation hold a stage's own values, and what a join says about them.

A join drops the rows of a side whose key the other side does not have. Where both keys come
straight from stages, the rows of the one stage that cannot match any row of the other, in whatever
run, need not be read by any run.

The trap: this holds for one way in which a query uses a stage. A stage that is used twice may only
lose what both ways can spare, and a way that is not followed to its end can spare nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vedette.engine.sql.bodies import unbracketed
from vedette.engine.sql.operators.shape import expressions, named, parameters
from vedette.engine.sql.relation import ORDINAL, Relation
from vedette.engine.sql.staged.stage import Key, Origin, Reducer, TracedRelation
from vedette.kql.desugar.tree import child, items, walk

if TYPE_CHECKING:
    from vedette.engine.sql.scope import Scope
    from vedette.engine.sql.staged.compiler import StagingCompiler
    from vedette.engine.sql.value import Value
    from vedette.kql.bound import Node

Keys = Mapping[str, Key]
_Pair = tuple[str, str]

#: join kind -> whether left and right columns keep their values, and which side is reduced.
_KEEP_LEFT = frozenset(
    {"inner", "innerunique", "leftouter", "leftsemi", "leftanti", "anti", "leftantisemi"}
)
_KEEP_RIGHT = frozenset({"inner", "innerunique", "rightouter", "rightsemi", "rightanti"})
_REDUCES_RIGHT = _KEEP_LEFT | {"rightsemi"}
_REDUCES_LEFT = frozenset(
    {"inner", "innerunique", "rightouter", "leftsemi", "rightsemi", "rightanti", "rightantisemi"}
)
_ONE_SIDE = frozenset(
    {
        *("leftsemi", "leftanti", "anti", "leftantisemi"),
        *("rightsemi", "rightanti", "rightantisemi"),
    }
)
#: Operators after which every column that is still there holds what it held.
_SAME_ROWS = frozenset({"FilterOperator", "SortOperator", "MvExpandOperator"})
_FEWER_ROWS = frozenset({"TakeOperator", "TopOperator"})


@dataclass(eq=False, slots=True)
class Lineage:
    """The uses of all stages of one query, and what joins say about each of them."""

    reducers: list[Reducer] = field(default_factory=list)
    _stage_of: dict[int, str] = field(default_factory=dict)
    _parent: dict[int, int] = field(default_factory=dict)
    _replaced: set[int] = field(default_factory=set)
    _pinned: set[int] = field(default_factory=set)

    def new_use(self, stage: str) -> int:
        """A number for a use of ``stage``."""
        use = len(self._stage_of) + 1
        self._stage_of[use] = stage
        return use

    def pin(self, relation: TracedRelation) -> None:
        """The relation is read in a way that nobody follows."""
        for key in relation.keys.values():
            self._pinned.update(origin.use for origin in key.origins)

    def used_again(self, relation: TracedRelation) -> TracedRelation:
        """The relation under its name: each naming is a use of its own."""
        fresh: dict[int, int] = {}

        def renewed(origin: Origin) -> Origin:
            if origin.use not in fresh:
                fresh[origin.use] = self.new_use(origin.stage)
                self._parent[fresh[origin.use]] = origin.use
                self._replaced.add(origin.use)
            return replace(origin, use=fresh[origin.use])

        keys = {
            name: replace(key, origins=tuple(renewed(origin) for origin in key.origins))
            for name, key in relation.keys.items()
        }
        return replace(relation, keys=keys)

    def of_stage(self, stage: str) -> list[list[Reducer]]:
        """For each use of ``stage`` what reduces it; empty if some use needs all of its rows."""
        uses = [
            use
            for use, name in self._stage_of.items()
            if name == stage and (use not in self._replaced or use in self._pinned)
        ]
        found = [self._of_use(use) for use in uses]
        return found if all(found) else []

    def _of_use(self, use: int) -> list[Reducer]:
        """What reduces one use: what is said of it, and of what it is a use of."""
        line: list[int] = [use]
        while line[-1] in self._parent:
            line.append(self._parent[line[-1]])
        if use in self._pinned:
            return []
        return [one for one in self.reducers if one.use in line]

    def after(
        self,
        compiler: StagingCompiler,
        operator: Node,
        before: Relation,
        after: Relation,
        scope: Scope,
        results: Mapping[int, Relation],
        made: Mapping[int, Value],
    ) -> Relation:
        """``after`` with what is known of its columns."""
        del compiler
        if operator.kind in {"JoinOperator", "LookupOperator"}:
            return self._joined(operator, before, after, scope, results)
        if operator.kind == "UnionOperator":
            return _without(after)
        if not isinstance(before, TracedRelation):
            return _without(after)
        if operator.kind == "AsOperator":
            self.pin(before)
            return _without(after)
        keys = dict(_kept(operator, before, scope, made))
        if ORDINAL in after.hidden or operator.kind in _FEWER_ROWS:
            keys = {name: replace(key, exact=False) for name, key in keys.items()}
        return traced(after, keys)

    def _joined(
        self,
        operator: Node,
        before: Relation,
        after: Relation,
        scope: Scope,
        results: Mapping[int, Relation],
    ) -> Relation:
        on = next(i for i, one in enumerate(operator.children) if one.kind == "JoinOnClause")
        right = results.get(id(operator.children[on - 1]))
        is_lookup = operator.kind == "LookupOperator"
        kind = parameters(operator, scope).get("kind", "leftouter" if is_lookup else "innerunique")
        pairs = _pairs(operator.children[on], scope)
        if right is None or pairs is None:
            return _without(after)
        ours, theirs = _keys_of(before), _keys_of(right)
        texts = [
            (left, other)
            for left, other in pairs
            if before.types().get(left) == right.types().get(other) == "string"
        ]
        if kind in _REDUCES_RIGHT:
            self._reduce(theirs, ours, [(other, left) for left, other in texts])
        if kind in _REDUCES_LEFT:
            self._reduce(ours, theirs, texts)
        if kind == "innerunique":
            keyed = {left for left, _ in pairs}
            ours = {
                name: key if name in keyed else replace(key, exact=False)
                for name, key in ours.items()
            }
        keys: dict[str, Key] = {}
        if kind in _ONE_SIDE:
            keys = dict(ours if kind in _KEEP_LEFT else theirs if kind in _KEEP_RIGHT else {})
        else:
            if kind in _KEEP_LEFT:
                keys.update(_renamed(ours, before, after, 0))
            if kind in _KEEP_RIGHT and not is_lookup:
                keys.update(_renamed(theirs, right, after, len(before.columns)))
        return traced(after, keys)

    def _reduce(self, reduced: Keys, by: Keys, pairs: list[_Pair]) -> None:
        """Note that rows of ``reduced`` need a partner in ``by``."""
        found: dict[tuple[str, int], list[tuple[str, tuple[Origin, ...]]]] = {}
        for name, other in pairs:
            key, partner = reduced.get(name), by.get(other)
            if key is None or partner is None or not key.exact:
                continue
            for origin in key.origins:
                found.setdefault((origin.stage, origin.use), []).append(
                    (origin.ident, partner.origins)
                )
        for (stage, use), columns in found.items():
            idents = tuple(ident for ident, _ in columns)
            self.reducers.append(Reducer(use, stage, idents, tuple(among for _, among in columns)))


def traced(relation: Relation, keys: Keys) -> Relation:
    """The relation with ``keys``, those of columns that it does not have left out."""
    names = {column.name for column in relation.columns}
    kept = {name: key for name, key in keys.items() if name in names}
    fields = {
        name: getattr(relation, name)
        for name in Relation.__dataclass_fields__  # its own, whatever the relation has more
    }
    return TracedRelation(**fields, keys=kept)


def _without(relation: Relation) -> Relation:
    return traced(relation, {}) if isinstance(relation, TracedRelation) else relation


def _keys_of(relation: Relation) -> Keys:
    return relation.keys if isinstance(relation, TracedRelation) else {}


def _kept(
    operator: Node, before: TracedRelation, scope: Scope, made: Mapping[int, Value]
) -> Iterator[tuple[str, Key]]:
    """The columns that the operator hands on, under the names that it gives them."""
    if operator.kind in _SAME_ROWS | _FEWER_ROWS:
        touched = _touched(operator) if operator.kind == "MvExpandOperator" else set()
        yield from ((name, key) for name, key in before.keys.items() if name not in touched)
    elif operator.kind == "ExtendOperator":
        given = [named(item, scope) for item in expressions(operator)]
        gone = {name for name, _ in given if name is not None}
        for name, expression in given:
            gone |= set() if name is not None else _touched(expression)
        yield from ((name, key) for name, key in before.keys.items() if name not in gone)
        yield from _passed(given, before, scope, made)
    elif operator.kind in {"ProjectAwayOperator", "ProjectKeepOperator", "ProjectReorderOperator"}:
        yield from before.keys.items()
    elif operator.kind in {"ProjectOperator", "DistinctOperator"}:
        yield from _passed([named(i, scope) for i in expressions(operator)], before, scope, made)
    elif operator.kind == "SummarizeOperator":
        by = child(operator, "SummarizeByClause")
        given = [named(item, scope) for item in items(child(by, "List"))] if by else []
        yield from _passed(given, before, scope, made)


def _passed(
    given: list[tuple[str | None, Node]],
    before: TracedRelation,
    scope: Scope,
    made: Mapping[int, Value],
) -> Iterator[tuple[str, Key]]:
    some = next(iter(before.keys.values()), None)
    for name, node in given:
        if name is None or some is None:
            continue
        if id(node) in made and len(some.origins) == 1:
            # Computed in the stage that this relation is the whole of.
            ident = made[id(node)].sql.strip('"')
            yield name, Key((replace(some.origins[0], ident=ident),), some.exact)
        elif node.kind == "NameReference" and node.symbol == "column":
            column = node.name or unbracketed(scope.source(node))
            if column in before.keys:
                yield name, before.keys[column]


def _touched(node: Node) -> set[str]:
    return {one.name for one in walk(node) if one.kind in {"NameReference", "NameDeclaration"}}


def _renamed(keys: Keys, side: Relation, after: Relation, start: int) -> Iterator[tuple[str, Key]]:
    """The side's columns under the names that the join gives them, by their place."""
    if start and len(after.columns) != start + len(side.columns):
        return
    for column, shown in zip(side.columns, after.columns[start:], strict=False):
        if column.name in keys:
            yield shown.name, keys[column.name]


def _pairs(clause: Node, scope: Scope) -> list[_Pair] | None:
    """The pairs of columns that must be equal; None if a condition is anything else."""
    pairs: list[_Pair] = []
    for item in items(child(clause, "List")):
        if item.kind == "NameReference":
            name = item.name or unbracketed(scope.source(item))
            pairs.append((name, name))
            continue
        if item.kind != "EqualExpression":
            return None
        sides = [_side(item.children[n], scope) for n in (0, -1)]
        if {side for side, _ in sides} != {"$left", "$right"}:
            return None
        ordered = dict(sides)
        pairs.append((ordered["$left"], ordered["$right"]))
    return pairs


def _side(node: Node, scope: Scope) -> tuple[str, str]:
    """``$left.a`` as its side and its column."""
    side, _, column = scope.source(node).strip().partition(".")
    return side.strip(), unbracketed(column.strip())
