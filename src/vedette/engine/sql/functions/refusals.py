"""Functions and aggregates that Kusto has and that are refused here, by name, each with its reason.

The trap: a name that is neither in the library nor here is refused too, but without a reason; the
tests hold that every function of the official compiler is in one of the two.
"""

from __future__ import annotations

from collections.abc import Mapping

_COMPRESSED = "this engine has no way to (de)compress"
_GRAPH = "graphs are not supported"
_RANDOM = "a random value differs at every run"
_SERVICE = "it asks the cluster, which is not here"
_SKETCH = "a sketch whose content is the service's own"
_SPHERE = "the service's own library decides how shapes are cut, joined or simplified"
_STORAGE = "it asks how the service stores the rows"
_UNDOCUMENTED = "its algorithm is not documented"
_UNWRITTEN = "nobody has needed it yet"

_GEO = (
    "closest_point_on_line closest_point_on_polygon distance_point_to_line"
    " distance_point_to_polygon geohash_neighbors intersection_2lines intersection_2polygons"
    " intersection_line_with_polygon intersects_2lines intersects_2polygons"
    " intersects_line_with_polygon line_buffer line_centroid line_densify line_interpolate_point"
    " line_locate_point line_simplify line_to_s2cells point_buffer polygon_area polygon_buffer"
    " polygon_centroid polygon_densify polygon_simplify polygon_to_h3cells polygon_to_s2cells"
    " s2cell_neighbors s2cell_to_central_point s2cell_to_polygon simplify_polygons_array"
    " union_lines_array union_polygons_array"
)
_H3 = (
    "h3cell_children h3cell_level h3cell_neighbors h3cell_parent h3cell_rings"
    " h3cell_to_central_point h3cell_to_polygon point_to_h3cell"
)

_BY_REASON: Mapping[str, tuple[str, ...]] = {
    _COMPRESSED: (
        "gzip_compress_to_base64_string", "gzip_decompress_from_base64_string",
        "zlib_compress_to_base64_string", "zlib_decompress_from_base64_string",
    ),
    _GRAPH: (
        "all", "any", "inner_nodes", "labels", "map", "node_degree_in", "node_degree_out",
        "node_id",
    ),
    _RANDOM: ("new_guid", "rand"),
    _SERVICE: (
        "cluster", "current_cluster_endpoint", "current_cursor", "current_database",
        "current_node_id", "current_principal", "current_principal_details",
        "current_principal_is_member_of", "cursor_after", "cursor_before_or_at", "cursor_current",
        "database", "datetime_list_timezones", "entity_group", "external_table", "graph",
        "materialized_view", "stored_query_result",
    ),
    _SKETCH: (
        "dcount_hll", "hll_isvalid", "hll_merge", "merge_tdigest", "percentile_tdigest",
        "percentiles_array_tdigest", "percentrank_tdigest", "rank_tdigest", "tdigest_isvalid",
        "tdigest_merge",
    ),
    _SPHERE: tuple(f"geo_{name}" for name in _GEO.split()),
    _STORAGE: (
        "estimate_data_size", "extent_id", "extent_tags", "extentid", "row_id",
        "rowstore_ordinal_range",
    ),
    _UNDOCUMENTED: (
        "parse_user_agent", "series_decompose_forecast", "series_periods_detect",
        "series_periods_validate",
    ),
    _UNWRITTEN: (
        "punycode_domain_from_string", "punycode_domain_to_string", "punycode_from_string",
        "punycode_to_string", "series_fft", "series_fit_2lines", "series_fit_2lines_dynamic",
        "series_fit_poly", "series_ifft",
    ),
    "a query's properties are not looked at": ("bin_auto",),
    # These compile, since over no rows there is nothing to refuse.
    "how the service scores an outlier is not documented": (
        "series_decompose_anomalies", "series_outliers",
    ),
    "how hashes are combined is not documented": ("hash_combine", "hash_many"),
    "the cells of H3 need its own library": tuple(f"geo_{name}" for name in _H3.split()),
}  # fmt: skip

_AGGREGATES_BY_REASON: Mapping[str, tuple[str, ...]] = {
    _SKETCH: ("hll", "hll_if", "hll_merge", "merge_tdigest", "tdigest", "tdigest_merge"),
    _UNDOCUMENTED: ("passthrough",),
}


def _by_name(reasons: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {name: reason for reason, names in reasons.items() for name in names}


#: Scalar functions: Kusto's name -> why.
REFUSED_FUNCTIONS: Mapping[str, str] = _by_name(_BY_REASON)
#: Aggregates: Kusto's name -> why.
REFUSED_AGGREGATES: Mapping[str, str] = _by_name(_AGGREGATES_BY_REASON)
