"""Turns a bound query into the KQL that the engine's translator reads, meaning the same.

The trap: every rule must be exact. What cannot be said exactly in the translator's KQL is left as
it stands, for the translator to refuse.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

from vedette.errors import UnsupportedError
from vedette.kql.bound import BoundQuery, Node
from vedette.kql.desugar import (
    aggregates,
    dynamic,
    functions,
    letter_case,
    naming,
    numbers,
    pipes,
    prelude,
    sources,
    spelling,
    strings,
)
from vedette.kql.desugar.rewriter import Output, Rewriter, Rule
from vedette.kql.desugar.segments import Segments
from vedette.kql.desugar.tree import called, names, walk

RULES: Mapping[str, tuple[Rule, ...]] = {
    "DivideExpression": (numbers.quotient,),
    "ElementExpression": (spelling.split_element, dynamic.under_path),
    "ExpressionStatement": (pipes.statement,),
    "FunctionCallExpression": (
        sources.watchlist,
        sources.table_call,
        sources.ingestion_time,
        functions.specialise,
        functions.named_arguments,
        prelude.define,
        numbers.bin_timespan,
        numbers.limited,
        functions.invoke,
        dynamic.parse_text,
        dynamic.null_member,
        spelling.alias,
        spelling.replace,
        spelling.column_if_exists,
        spelling.never_null,
        strings.text_column,
        strings.string_as_string,
    ),
    "HasAnyExpression": (strings.has_any, strings.text_operand),
    "ExtendOperator": (naming.assignments,),
    "MvExpandOperator": (pipes.mv_expand,),
    "NameDeclaration": (letter_case.rename,),
    "NameReference": (letter_case.rename,),
    "PathExpression": (sources.scoped_table, spelling.dotted_index, dynamic.under_path),
    "PipeExpression": (pipes.pipe,),
    "PrintOperator": (naming.assignments,),
    "ProjectKeepOperator": (pipes.project_columns,),
    "ProjectOperator": (naming.assignments,),
    "ProjectReorderOperator": (pipes.project_columns,),
    "SeparatedElement": (functions.tabular_let,),
    "SerializeOperator": (pipes.serialize,),
    "SummarizeOperator": (aggregates.one_row, naming.assignments),
    "UnionOperator": (pipes.union_source,),
    **dict.fromkeys(sources.LISTS, (sources.listed_table,)),
    **dict.fromkeys(dynamic.COMPARISONS, (dynamic.comparison,)),
    **dict.fromkeys(strings.STRING_OPERATORS, (strings.text_operand,)),
}


@dataclass(frozen=True, slots=True)
class Desugared:
    """The rewritten query: its text, tabular functions beside it, and what it needs of tables.

    ``ingestion``: it reads the hidden column ``names.INGESTION_COLUMN`` of its event tables.
    ``renamed``: columns that its tables must show under another name.
    """

    body: Segments
    functions: tuple[str, ...]
    ingestion: bool
    renamed: Mapping[str, str]


def desugar(query: BoundQuery) -> Desugared:
    """Rewrite ``query``, which must bind; ``UnsupportedError`` for what has no exact spelling."""
    if query.tree is None:
        raise UnsupportedError("a query nested this deeply")
    trees = [query.tree, *(tree for tree in query.bodies.values() if tree is not None)]
    shapes = [table.columns for table in query.tables.values()] + [*query.watchlists.values()]
    columns = itertools.chain(*shapes, letter_case.columns_of(trees))
    output = Output(
        query,
        names=frozenset().union(*map(names, trees)),
        renamed=letter_case.spellings(columns),
    )
    rewriter = Rewriter(query.text, RULES, output)
    functions.define_workspace_functions(rewriter)
    body = rewriter.rewrite(query.tree)
    if output.ingestion:
        _refuse_leaks(query.tree)
    return Desugared(
        body=Segments.join([*output.scalars.values(), body]),
        functions=tuple(output.functions.values()),
        ingestion=output.ingestion,
        renamed=output.renamed,
    )


def _refuse_leaks(tree: Node) -> None:
    """Refuse what would see the hidden column among all others and change its answer by it."""
    for node in walk(tree):
        everything = node.kind == "GetSchemaOperator" or called(node) == "pack_all"
        if node.kind == "DistinctOperator":
            everything = any(item.kind == "StarExpression" for item in walk(node))
        if everything:
            raise UnsupportedError(
                "ingestion_time() beside an operator over all columns", offset=node.start
            )
