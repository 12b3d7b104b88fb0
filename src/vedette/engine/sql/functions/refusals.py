"""Functions and aggregates that Kusto has and that are refused here, by name, each with its reason.

The trap: a name that is neither in the library nor here is refused too, but without a reason; the
tests hold that every function of the official compiler is in one of the two.
"""

from __future__ import annotations

from collections.abc import Mapping

_ESTIMATE = "an estimate whose algorithm is not documented"
_SERVICE = "it asks the cluster, which is not here"
_SKETCH = "a sketch whose content is the service's own"
_SPHERE = "its result on the sphere depends on the service's own library"
_STORAGE = "it asks how the service stores the rows"

_BY_REASON: Mapping[str, tuple[str, ...]] = {
    _SERVICE: (
        "cluster", "current_cluster_endpoint", "current_cursor", "current_database",
        "current_node_id", "current_principal", "current_principal_details",
        "current_principal_is_member_of", "cursor_after", "cursor_before_or_at", "cursor_current",
        "database", "entity_group", "external_table", "graph", "materialized_view",
        "stored_query_result",
    ),
    _STORAGE: ("estimate_data_size", "extent_id", "extent_tags", "extentid", "row_id",
               "rowstore_ordinal_range"),
    _SKETCH: (
        "dcount_hll", "hll_isvalid", "hll_merge", "merge_tdigest", "percentile_tdigest",
        "percentiles_array_tdigest", "percentrank_tdigest", "rank_tdigest", "tdigest_isvalid",
        "tdigest_merge",
    ),
    "how hashes are combined is not documented": ("hash_combine", "hash_many"),
    "a random number differs at every run": ("new_guid", "rand"),
}  # fmt: skip

_AGGREGATES_BY_REASON: Mapping[str, tuple[str, ...]] = {
    _SKETCH: ("hll", "hll_if", "hll_merge", "merge_tdigest", "tdigest", "tdigest_merge"),
}


def _by_name(reasons: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {name: reason for reason, names in reasons.items() for name in names}


#: Scalar functions: Kusto's name -> why.
REFUSED_FUNCTIONS: Mapping[str, str] = _by_name(_BY_REASON)
#: Aggregates: Kusto's name -> why.
REFUSED_AGGREGATES: Mapping[str, str] = _by_name(_AGGREGATES_BY_REASON)
