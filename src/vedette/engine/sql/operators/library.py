"""All expressions, operators and sources by node kind."""

from __future__ import annotations

from vedette.engine.sql.compiler import Library
from vedette.engine.sql.expressions import arithmetic, calls, comparison, membership, names, text
from vedette.engine.sql.operators import (
    columns,
    evaluate,
    expand,
    join,
    make_series,
    parse,
    parse_kv,
    partition,
    rows,
    scan,
    search,
    sources,
    summarize,
    top_nested,
)
from vedette.engine.sql.operators import union as unions

LIBRARY = Library(
    expressions={
        **arithmetic.EXPRESSIONS,
        **calls.EXPRESSIONS,
        **comparison.EXPRESSIONS,
        **membership.EXPRESSIONS,
        **names.EXPRESSIONS,
        **search.EXPRESSIONS,
        **text.EXPRESSIONS,
    },
    operators={
        **columns.OPERATORS,
        **evaluate.OPERATORS,
        **expand.OPERATORS,
        **join.OPERATORS,
        **make_series.OPERATORS,
        **parse.OPERATORS,
        **parse_kv.OPERATORS,
        **partition.OPERATORS,
        **rows.OPERATORS,
        **scan.OPERATORS,
        **search.OPERATORS,
        **sources.OPERATORS,
        **summarize.OPERATORS,
        **top_nested.OPERATORS,
        **unions.OPERATORS,
    },
    sources={**search.SOURCES, **sources.SOURCES, **unions.SOURCES},
)
