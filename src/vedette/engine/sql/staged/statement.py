"""A query as stages and a statement over them.

The trap: what cannot be cut apart for sure is not; ``staged`` then gives the reason, and the query
is run one run at a time over the tables themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from vedette.engine.sql.bodies import declared
from vedette.engine.sql.expressions.time_tokens import RANGE_END, RANGE_START
from vedette.engine.sql.operators.library import LIBRARY
from vedette.engine.sql.relation import RANK, SPAN, Relation
from vedette.engine.sql.runtime import called_macros
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.shapes import ShapeNeededError
from vedette.engine.sql.staged.compiler import CLOCK, StagingCompiler
from vedette.engine.sql.staged.intervals.algebra import timed
from vedette.engine.sql.staged.intervals.compiler import IntervalCompiler
from vedette.engine.sql.staged.intervals.cuts import Origin
from vedette.engine.sql.staged.intervals.operators import INTERVALS
from vedette.engine.sql.staged.lineage import Lineage
from vedette.engine.sql.staged.sources import Grid
from vedette.engine.sql.staged.stage import (
    INGESTED,
    TIME,
    Stage,
    is_complete,
    mentioned,
    stages_in,
)
from vedette.engine.sql.translate import (
    renamed_columns,
    selection,
    statement,
    uses_ingestion,
)
from vedette.errors import UnsupportedError
from vedette.kql.bound import BoundQuery

#: A column that a join hands on from one of its sides under its own name.
_PASSED = re.compile(r"""(?:coalesce\()?[LR]\.("(?:[^"]|"")+")(?:, ''\))? AS \1(?=,| FROM )""")


@dataclass(frozen=True, slots=True)
class Staged:
    """SQL over ``stages``, whose needed columns are ``needed``.

    ``static`` are the statement's CTEs that stages may read too. ``ranked``: a last column says
    where a row stands in its run. ``apart``: why each run needs a statement of its own.
    ``spans``: each row ends in the first run that has it and the first that has it no more, and
    ``steps`` are the statement taken apart: tables by name, each over those before, and the rows.
    """

    sql: str
    stages: tuple[Stage, ...]
    needed: Mapping[str, tuple[str, ...]]
    static: tuple[tuple[str, str], ...]
    lineage: Lineage
    renamed: Mapping[str, str]
    macros: tuple[str, ...]
    clocked: bool
    ranked: bool
    apart: str
    spans: bool = False
    steps: tuple[tuple[str, str], ...] = ()

    @property
    def renamed_text(self) -> str:
        """The renamed columns, which change what a table's columns are called."""
        return repr(sorted(self.renamed.items()))


def staged(query: BoundQuery) -> Staged:
    """The query cut in two; ``UnsupportedError`` if it cannot be run or not be cut."""
    renamed = renamed_columns(query)
    compiler = StagingCompiler(query, LIBRARY, uses_ingestion(query), renamed=renamed)
    relation = _compiled(compiler)
    found = _cut(compiler, relation, (RANK,) if RANK in relation.hidden else ())
    apart = _apart(compiler, relation, found.sql, ranked=found.ranked)
    return replace(found, apart=apart)


def in_intervals(query: BoundQuery, grid: Grid, origin: Origin) -> Staged:
    """The query for all runs of ``grid``, whose rows have intervals of runs.

    ``UnsupportedError`` if some operator does something that is not known for intervals.
    """
    compiler = IntervalCompiler(
        query,
        INTERVALS,
        uses_ingestion(query),
        renamed=renamed_columns(query),
        grid=grid,
        origin=origin,
    )
    relation = timed(_compiled(compiler))
    ranked = RANK in relation.hidden
    hidden = (RANK, *SPAN) if ranked else SPAN
    found = _cut(compiler, relation, hidden)
    apart = _apart(compiler, relation, found.sql, ranked=ranked)
    if apart or CLOCK in found.sql or any(stage.deferred for stage in found.stages):
        raise UnsupportedError(apart or "the clock in many runs at once")
    steps = (*compiler.ctes, ("", selection(compiler, relation, hidden)))
    return replace(found, spans=True, steps=steps)


def _compiled(compiler: StagingCompiler) -> Relation:
    """What the whole query gives."""
    query = compiler.query
    if query.tree is None:
        raise UnsupportedError("a query nested this deeply")
    try:
        scope, last = declared(compiler, query.tree, Scope(query.text))
        return compiler.relation(last, scope)
    except RecursionError as error:
        raise UnsupportedError("a query nested this deeply") from error
    except ShapeNeededError as error:
        raise UnsupportedError("columns that each run's rows decide") from error


def _cut(compiler: StagingCompiler, relation: Relation, hidden: tuple[str, ...]) -> Staged:
    """The stages and the statement; ``UnsupportedError`` if these are not the whole of it."""
    sql = statement(compiler, relation, hidden)
    if compiler.externals:
        raise UnsupportedError("externaldata in many runs at once")
    if compiler.unstaged or not is_complete(sql):
        raise UnsupportedError("a table that is read in a way of its own")
    stages = _reached(compiler.stages, sql)
    texts = "\n".join((sql, *(stage.sql for stage in stages)))
    if f"${RANGE_START}" in texts or f"${RANGE_END}" in texts:
        raise UnsupportedError("the times of a hunt in many runs at once")
    static = tuple(pair for pair in compiler.ctes if compiler.is_static_cte(pair[0]))
    return Staged(
        sql=sql,
        stages=stages,
        needed=_needed(stages, sql, compiler.lineage),
        static=static,
        lineage=compiler.lineage,
        renamed=compiler.renamed,
        macros=called_macros(texts),
        clocked=CLOCK in sql or any(stage.deferred for stage in stages),
        ranked=RANK in hidden,
        apart="",
    )


def _apart(compiler: StagingCompiler, relation: Relation, sql: str, *, ranked: bool) -> str:
    """Why the runs cannot be made together: their rows would mingle where an order counts."""
    if compiler.apart:
        return compiler.apart
    if "OVER ()" in sql:
        return "the query numbers rows in their order"
    return "the order of the rows is lost" if relation.sorted and not ranked else ""


def without_passed(sql: str) -> str:
    """``sql`` without the columns that a join hands on under their own names: nobody reads them."""
    return _PASSED.sub("", sql)


def _reached(stages: list[Stage], sql: str) -> tuple[Stage, ...]:
    """Those that the statement reads, and their bases."""
    wanted = stages_in(sql)
    for stage in reversed(stages):
        if stage.name in wanted and stage.base:
            wanted.add(stage.base)
    return tuple(stage for stage in stages if stage.name in wanted)


def _needed(stages: tuple[Stage, ...], sql: str, lineage: Lineage) -> dict[str, tuple[str, ...]]:
    """The columns of each stage that something above it names.

    A column that only passes through (by a star, or through a join under its own name) is read by
    nobody, so it can go.
    """
    among = {
        (origin.stage, origin.ident)
        for reducer in lineage.reducers
        for origins in reducer.among
        for origin in origins
    }
    needed: dict[str, tuple[str, ...]] = {}
    read = without_passed(sql)
    for stage in reversed(stages):
        texts = [read, *stage.deferred]
        wanted = {TIME, INGESTED}
        for other in stages:
            if other.base == stage.name:
                texts.append(other.sql)
                wanted |= set(needed[other.name])
        wanted |= mentioned(stage.shown, texts)
        for use in lineage.of_stage(stage.name):
            wanted |= {column for reducer in use for column in reducer.columns}
        wanted |= {ident for name, ident in among if name == stage.name}
        needed[stage.name] = tuple(ident for ident in stage.shown if ident in wanted)
    return needed
