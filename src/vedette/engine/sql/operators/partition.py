"""``partition by``: a subquery over the rows of each key by themselves.

The trap: the subquery is compiled once and correlated, so nothing in it may be shared outside.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql.compiler import Compiler, Operator
from vedette.engine.sql.relation import Relation, from_source
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import identifier
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import child

_KEY = "$partition"


def partition(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``partition by key (subquery)``."""
    subquery = child(node, "PartitionSubquery")
    if subquery is None:
        compiler.refuse("partition without a subquery", node, scope)
    rows = compiler.shared(relation, "partitioned").nested()
    by = node.children[node.children.index(subquery) - 1]
    key = compiler.expression(by, scope.over(rows))
    of_key = f"{key.sql} IS NOT DISTINCT FROM P.{identifier(_KEY)}"
    inside = from_source(
        f"(SELECT * FROM {rows.source} WHERE {of_key})", rows.columns, rows.idents, rows.hidden
    )
    shared = len(compiler.ctes)
    last = next(item for item in subquery.children if not item.kind.endswith("Token"))
    result = compiler.relation(last, scope.with_row(None), inside).nested()
    if any(identifier(_KEY) in sql for _, sql in compiler.ctes[shared:]):
        compiler.refuse("a partition's rows that are read twice", subquery, scope)
    keys = f"(SELECT DISTINCT {key.sql} AS {identifier(_KEY)} FROM {rows.source})"
    source = f"(SELECT A.* FROM {keys} AS P, LATERAL {result.source} AS A)"
    return from_source(source, result.columns, result.idents)


OPERATORS: Mapping[str, Operator] = {"PartitionOperator": partition}
