"""``evaluate``: the plugins that compute with rows; those that learn from them are refused by name.

The trap: a plugin takes its arguments in its own ways: a column's name, a table, a call of an
aggregate, ``name=value`` in any place.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql.compiler import Compiler, Operator
from vedette.engine.sql.operators import address_lookup, reshape
from vedette.engine.sql.operators.plugin import Plugin, PluginCall
from vedette.engine.sql.operators.shape import numbered
from vedette.engine.sql.relation import ORDINAL, Relation
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import identifier
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import child


def evaluate(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``evaluate plugin(…)``."""
    call = child(node, "FunctionCallExpression")
    if call is None:
        compiler.refuse("evaluate without a plugin", node, scope)
    plugin = PLUGINS.get(call.name)
    if plugin is None:
        compiler.refuse(f"the plugin {call.name}", node, scope, REFUSED.get(call.name, ""))
    return plugin(PluginCall(compiler, node, call, relation.nested(), scope))


def rows_near(call: PluginCall) -> Relation:
    """``rows_near(condition, n)``: the rows around each one that fulfils a condition."""
    relation = numbered(call.relation)
    inside = call.scope.over(relation)
    test = call.compiler.typed(call.argument(0), inside, "bool")
    before = call.number(1)
    after = call.number(2) if len(call.arguments) > 2 else before
    window = f"ORDER BY {identifier(ORDINAL)} ROWS BETWEEN {after} PRECEDING AND {before} FOLLOWING"
    near = f"bool_or(coalesce({test.sql}, FALSE)) OVER ({window})"
    source = f"(SELECT * FROM {relation.source} QUALIFY {near})"
    return Relation(
        source,
        relation.columns,
        relation.idents,
        relation.present,
        hidden=relation.hidden,
        sorted=relation.sorted,
    )


_LEARNS = "it learns from the rows by an algorithm that is not documented"
_OUTSIDE = "it asks what is not here"
_UNWRITTEN = "nobody has needed it yet"
_SHAPES = "the service's own library decides what lies in a shape"
REFUSED: Mapping[str, str] = {
    **dict.fromkeys(("autocluster", "basket", "diffpatterns", "diffpatterns_text"), _LEARNS),
    **dict.fromkeys(
        ("ai_chat_completion", "ai_chat_completion_prompt", "ai_embed_text", "ai_embeddings",
         "azure_digital_twins_query_request", "cosmosdb_sql_request", "csharp", "dax_request",
         "estimate_rows_count", "execute_query", "execute_show_command", "external_datatable",
         "http_request", "http_request_post", "identity", "identity_v3", "infer_storage_schema",
         "infer_storage_schema_with_suggestions", "mysql_request", "postgresql_request", "python",
         "r", "sql_request"),
        _OUTSIDE,
    ),
    **dict.fromkeys(("geo_line_lookup", "geo_polygon_lookup"), _SHAPES),
    "preview": "it has several results",
    **dict.fromkeys(
        ("active_users_count", "activity_counts_metrics", "activity_engagement",
         "activity_metrics", "dcount_intersect", "funnel_sequence", "funnel_sequence_completion",
         "new_activity_metrics", "rolling_percentile", "sequence_detect", "session_count",
         "sliding_window_counts"),
        _UNWRITTEN,
    ),
}  # fmt: skip

PLUGINS: Mapping[str, Plugin] = {
    "bag_unpack": reshape.bag_unpack,
    "ipv4_lookup": address_lookup.ipv4_lookup,
    "ipv6_lookup": address_lookup.ipv6_lookup,
    "narrow": reshape.narrow,
    "pivot": reshape.pivot,
    "rows_near": rows_near,
}

OPERATORS: Mapping[str, Operator] = {"EvaluateOperator": evaluate}
