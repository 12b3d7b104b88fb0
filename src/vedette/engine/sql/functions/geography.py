"""Functions on the sphere of which an exact algorithm is known.

The trap: what depends on how the service's library cuts, joins or simplifies shapes is refused by
name (``refusals.py``), as is the spheroid, for which no formula is documented.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql.registry import Call, Function, native
from vedette.engine.sql.value import Value


def _reals(name: str, count: int, gives: str) -> Function:
    places = ", ".join(f"{{{place}}}" for place in range(count))
    return native(f"kql.{name}({places})", *["real"] * count, gives=gives)


def _distance(call: Call) -> Value:
    if len(call) > 4 and call.constant(4) is not False:
        call.refuse("on the spheroid")
    listed = ", ".join(call.converted(index, "real").sql for index in range(4))
    return Value(f"kql.distance({listed})", "real")


def _cell(macro: str, default: int) -> Function:
    """The cell of a point at a level."""

    def build(call: Call) -> Value:
        point = ", ".join(call.converted(index, "real").sql for index in range(2))
        level = call.converted(2, "long").sql if len(call) > 2 else str(default)
        return Value(f"kql.{macro}({point}, {level})", "string")

    return Function(build)


def _angle(call: Call) -> Value:
    """Clockwise, from the way to the first point to the way to the third, at the second."""
    points = [call.converted(index, "real").sql for index in range(6)]
    first, second, third = (", ".join(points[place : place + 2]) for place in (0, 2, 4))
    sql = f"kql.clockwise(kql.azimuth({second}, {first}), kql.azimuth({second}, {third}))"
    return Value(sql, "real")


FUNCTIONS: Mapping[str, Function] = {
    "geo_angle": Function(_angle),
    "geo_azimuth": _reals("azimuth", 4, "real"),
    "geo_distance_2points": Function(_distance),
    "geo_from_wkt": native("kql.from_wkt({0})", "string", gives="dynamic"),
    "geo_geohash_to_central_point": native("kql.geohash_center({0})", "string", gives="dynamic"),
    "geo_geohash_to_polygon": native("kql.geohash_polygon({0})", "string", gives="dynamic"),
    "geo_line_length": native("kql.line_length({0})", "dynamic", gives="real"),
    "geo_point_in_circle": _reals("in_circle", 5, "bool"),
    "geo_point_in_polygon": native(
        "kql.in_polygon({0}, {1}, {2})", "real", "real", "dynamic", gives="bool"
    ),
    "geo_point_to_geohash": _cell("geohash", 5),
    "geo_point_to_s2cell": _cell("s2_cell", 11),
    "geo_polygon_perimeter": native("kql.perimeter({0})", "dynamic", gives="real"),
}
