"""Macros for points, lines, polygons and cells on the sphere that the service computes on.

The trap: edges are arcs of great circles, not straight lines on a map. A coordinate out of range
and a ring that is none give null.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Metres; the radius of the earth in the S2 library.
_RADIUS = "6371010"
_BASE32 = "0123456789bcdefghjkmnpqrstuvwxyz"
#: S2's curve: the position of a quarter by orientation and place, and what it adds to the former.
_PLACES = "[[0, 1, 3, 2], [0, 3, 1, 2], [2, 3, 1, 0], [2, 1, 3, 0]]"
_TURNS = "[1, 0, 0, 3]"
_FACES = (
    "CASE face WHEN 0 THEN [y / x, z / x] WHEN 1 THEN [-x / y, z / y] WHEN 2 THEN [-x / z, -y / z]"
    " WHEN 3 THEN [z / x, y / x] WHEN 4 THEN [z / y, -x / y] ELSE [-y / z, -x / z] END"
)

MACROS: Mapping[str, str] = {
    "on_earth(lon, lat)": "(lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90)",
    "half_square(a)": "(sin(a / 2) * sin(a / 2))",
    "arc(lon1, lat1, lon2, lat2)": (
        "(2 * asin(sqrt(least(1, kql.half_square(radians(lat2 - lat1)) + cos(radians(lat1))"
        " * cos(radians(lat2)) * kql.half_square(radians(lon2 - lon1))))))"
    ),
    "distance(lon1, lat1, lon2, lat2)": (
        "CASE WHEN kql.on_earth(lon1, lat1) AND kql.on_earth(lon2, lat2)"
        f" THEN {_RADIUS} * kql.arc(lon1, lat1, lon2, lat2) END"
    ),
    "in_circle(lon, lat, lon0, lat0, radius)": (
        "CASE WHEN radius >= 0 THEN kql.distance(lon, lat, lon0, lat0) <= radius END"
    ),
    "azimuth(lon1, lat1, lon2, lat2)": (
        "list_transform([atan2(sin(radians(lon2 - lon1)) * cos(radians(lat2)), cos(radians(lat1))"
        " * sin(radians(lat2)) - sin(radians(lat1)) * cos(radians(lat2)) * cos(radians(lon2"
        " - lon1)))], lambda a: CASE WHEN NOT (kql.on_earth(lon1, lat1) AND kql.on_earth(lon2,"
        " lat2)) OR (lon1 = lon2 AND lat1 = lat2) THEN NULL WHEN a < 0 THEN a + 2 * pi()"
        " ELSE a END)[1]"
    ),
    "clockwise(a, b)": "CASE WHEN b >= a THEN b - a ELSE b - a + 2 * pi() END",
    "path_length(points)": (
        f"{_RADIUS} * list_sum(list_transform(range(1, len(points)), lambda i: kql.arc("
        "points[i][1], points[i][2], points[i + 1][1], points[i + 1][2])))"
    ),
    "is_path(points, least)": (
        "(len(points) >= least AND list_bool_and(list_transform(points, lambda p: len(p) = 2"
        " AND kql.on_earth(p[1], p[2]))) AND list_bool_and(list_transform(range(1, len(points)),"
        " lambda i: points[i] <> points[i + 1])))"
    ),
    "is_ring(points)": "(kql.is_path(points, 4) AND points[1] = points[-1])",
    "line_points(d)": (
        "CASE WHEN d ->> '$.type' = 'LineString'"
        " THEN TRY_CAST(d -> '$.coordinates' AS DOUBLE[][]) END"
    ),
    "line_length(d)": (
        "list_transform([kql.line_points(d)], lambda l: CASE WHEN kql.is_path(l, 2)"
        " THEN kql.path_length(l) END)[1]"
    ),
    "rings(d)": (
        "CASE WHEN d ->> '$.type' = 'Polygon' THEN TRY_CAST(d -> '$.coordinates' AS DOUBLE[][][])"
        " END"
    ),
    # That of several polygons is that of their union.
    "perimeter(d)": (
        "CASE WHEN d ->> '$.type' = 'MultiPolygon' THEN error('refused: the perimeter of several"
        " polygons')::DOUBLE ELSE list_transform([kql.rings(d)], lambda rs: CASE WHEN"
        " list_bool_and(list_transform(rs, lambda r: kql.is_ring(r))) THEN"
        " list_sum(list_transform(rs, lambda r: kql.path_length(r))) END)[1] END"
    ),
    "polygons(d)": (
        "CASE d ->> '$.type' WHEN 'Polygon' THEN [TRY_CAST(d -> '$.coordinates' AS DOUBLE[][][])]"
        " WHEN 'MultiPolygon' THEN TRY_CAST(d -> '$.coordinates' AS DOUBLE[][][][]) END"
    ),
    # Degrees from a meridian, between -180 and 180.
    "from_meridian(lon, lon0)": "((lon - lon0 + 540) % 360 - 180)",
    # True if the arc from a to b crosses the meridian of a point to the north of it.
    "passes_north(a, b, lon, lat)": (
        "list_transform([{'a': kql.from_meridian(a[1], lon), 'b': kql.from_meridian(b[1], lon)}],"
        " lambda d: (d.a > 0) <> (d.b > 0) AND abs(d.a - d.b) < 180 AND"
        " degrees(atan((tan(radians(a[2])) * sin(radians(d.b)) - tan(radians(b[2]))"
        " * sin(radians(d.a))) / sin(radians(d.b - d.a)))) > lat)[1]"
    ),
    "winding(ring)": (
        "abs(list_sum(list_transform(range(1, len(ring)), lambda i:"
        " kql.from_meridian(ring[i + 1][1], ring[i][1]))))"
    ),
    "in_ring(ring, lon, lat)": (
        "CASE WHEN kql.winding(ring) > 180 THEN error('refused: a polygon around a pole')::BOOLEAN"
        " ELSE list_sum(list_transform(range(1, len(ring)), lambda i: kql.passes_north(ring[i],"
        " ring[i + 1], lon, lat)::INTEGER)) % 2 = 1 END"
    ),
    "in_rings(rings, lon, lat)": (
        "(kql.in_ring(rings[1], lon, lat) AND NOT coalesce(list_bool_or(list_transform(rings[2:],"
        " lambda hole: kql.in_ring(hole, lon, lat))), FALSE))"
    ),
    "in_polygon(lon, lat, d)": (
        "list_transform([kql.polygons(d)], lambda ps: CASE WHEN kql.on_earth(lon, lat) AND"
        " list_bool_and(list_transform(ps, lambda p: list_bool_and(list_transform(p, lambda r:"
        " kql.is_ring(r))))) THEN list_bool_or(list_transform(ps, lambda p:"
        " kql.in_rings(p, lon, lat))) END)[1]"
    ),
    # Which of 2^bits equal parts of a range a number lies in.
    "part(x, low, size, bits)": (
        "least(floor((x - low) / size * (1::BIGINT << bits))::BIGINT, (1::BIGINT << bits) - 1)"
    ),
    # Bits of longitude and latitude in turn, longitude first, five to a letter.
    "geohash_letter(lon, lat, bits, k)": (
        f"substring('{_BASE32}', list_sum(list_transform(range(0, 5), lambda j:"
        " list_transform([k * 5 + j], lambda p: CASE WHEN p % 2 = 0"
        " THEN lon >> ((bits + 1) // 2 - 1 - p // 2) ELSE lat >> (bits // 2 - 1 - p // 2) END)[1]"
        " % 2 * (1 << (4 - j))))::BIGINT + 1, 1)"
    ),
    "geohash(lon, lat, letters)": (
        "CASE WHEN kql.on_earth(lon, lat) AND letters BETWEEN 1 AND 18 THEN list_transform([{"
        "'x': kql.part(lon, -180, 360, (letters * 5 + 1) // 2), 'y': kql.part(lat, -90, 180,"
        " letters * 5 // 2)}], lambda c: kql.joined(list_transform(range(0, letters), lambda k:"
        " kql.geohash_letter(c.x, c.y, letters * 5, k)), ''))[1] ELSE '' END"
    ),
    "geohash_values(t)": (
        f"list_transform(string_split(lower(t), ''), lambda c: strpos('{_BASE32}', c) - 1)"
    ),
    # {x, y: the part of longitude and latitude; m, n: how many parts there are}
    "geohash_cell(t)": (
        "CASE WHEN length(t) BETWEEN 1 AND 18 THEN list_transform([kql.geohash_values(t)],"
        " lambda vs: CASE WHEN list_min(vs) >= 0 THEN list_reduce(range(0, len(vs) * 5),"
        " lambda s, p: list_transform([(vs[p // 5 + 1] >> (4 - p % 5)) % 2], lambda b:"
        " CASE WHEN p % 2 = 0 THEN {'x': s.x * 2 + b, 'y': s.y, 'm': s.m * 2, 'n': s.n}"
        " ELSE {'x': s.x, 'y': s.y * 2 + b, 'm': s.m, 'n': s.n * 2} END)[1],"
        " {'x': 0::BIGINT, 'y': 0::BIGINT, 'm': 1::BIGINT, 'n': 1::BIGINT}) END)[1] END"
    ),
    "geohash_corner(c, dx, dy)": (
        "[(c.x + dx) / c.m * 360 - 180, (c.y + dy) / c.n * 180 - 90]"
    ),
    "geohash_center(t)": (
        "list_transform([kql.geohash_cell(t)], lambda c: CASE WHEN c.x IS NOT NULL THEN"
        " json_object('type', 'Point', 'coordinates',"
        " kql.geohash_corner(c, 0.5::DOUBLE, 0.5::DOUBLE)) END)[1]"
    ),
    "geohash_polygon(t)": (
        "list_transform([kql.geohash_cell(t)], lambda c: CASE WHEN c.x IS NOT NULL THEN"
        " json_object('type', 'Polygon', 'coordinates', [[kql.geohash_corner(c, 0, 0),"
        " kql.geohash_corner(c, 1, 0), kql.geohash_corner(c, 1, 1), kql.geohash_corner(c, 0, 1),"
        " kql.geohash_corner(c, 0, 0)]]) END)[1]"
    ),
    "s2_face(x, y, z)": (
        "CASE WHEN abs(x) >= abs(y) AND abs(x) >= abs(z) THEN CASE WHEN x < 0 THEN 3 ELSE 0 END"
        " WHEN abs(y) >= abs(z) THEN CASE WHEN y < 0 THEN 4 ELSE 1 END"
        " ELSE CASE WHEN z < 0 THEN 5 ELSE 2 END END"
    ),
    "s2_sides(x, y, z, face)": _FACES,
    # S2's quadratic projection, as one of 2^30 parts of a side.
    "s2_part(u)": (
        "greatest(0, least(1073741823, floor(CASE WHEN u >= 0 THEN 0.5 * sqrt(1 + 3 * u)"
        " ELSE 1 - 0.5 * sqrt(1 - 3 * u) END * 1073741824)))::BIGINT"
    ),
    "s2_curve(i, j, face, level)": (
        "list_reduce(range(29, 29 - level, -1), lambda s, k: list_transform(["
        f"{_PLACES}[s.turn + 1][(i >> k) % 2 * 2 + (j >> k) % 2 + 1]], lambda p:"
        f" {{'id': s.id * 4 + p, 'turn': xor(s.turn, {_TURNS}[p + 1])}})[1],"
        " {'id': 0::HUGEINT, 'turn': face % 2}).id"
    ),
    "s2_token(face, place, level)": (
        "rtrim(lpad(lower(to_hex((((face::HUGEINT << (2 * level)::HUGEINT) + place) * 2 + 1) *"
        " (1::HUGEINT << (60 - 2 * level))::HUGEINT)), 16, '0'), '0')"
    ),
    "s2_cell(lon, lat, level)": (
        "CASE WHEN kql.on_earth(lon, lat) AND level BETWEEN 0 AND 30 THEN list_transform([{"
        "'x': cos(radians(lat)) * cos(radians(lon)), 'y': cos(radians(lat)) * sin(radians(lon)),"
        " 'z': sin(radians(lat))}], lambda v: list_transform([kql.s2_face(v.x, v.y, v.z)],"
        " lambda f: list_transform([kql.s2_sides(v.x, v.y, v.z, f)], lambda uv: kql.s2_token(f,"
        " kql.s2_curve(kql.s2_part(uv[1]), kql.s2_part(uv[2]), f, level), level))[1])[1])[1]"
        " ELSE '' END"
    ),
    "wkt_type(word)": (
        "CASE upper(word) WHEN 'POINT' THEN 'Point' WHEN 'LINESTRING' THEN 'LineString'"
        " WHEN 'POLYGON' THEN 'Polygon' WHEN 'MULTIPOINT' THEN 'MultiPoint'"
        " WHEN 'MULTILINESTRING' THEN 'MultiLineString' WHEN 'MULTIPOLYGON' THEN 'MultiPolygon' END"
    ),
    # Pairs of numbers become pairs in brackets; a point has no brackets of its own around them.
    "wkt_coordinates(word, rest)": (
        "list_transform([regexp_replace(rest, '([-+0-9.eE]+)\\s+([-+0-9.eE]+)', '[\\1,\\2]', 'g')],"
        " lambda t: TRY_CAST(CASE upper(word) WHEN 'POINT' THEN trim(t, '() ')"
        " WHEN 'MULTIPOINT' THEN '[' || translate(t, '()', '') || ']'"
        " ELSE translate(t, '()', '[]') END AS JSON))[1]"
    ),
    "from_wkt(t)": (
        "list_transform([regexp_extract(t, '(?s)^\\s*([A-Za-z]+)\\s*(\\(.*\\))\\s*$', ['w', 'r'])],"
        " lambda m: list_transform([kql.wkt_coordinates(m.w, m.r)], lambda c:"
        " CASE WHEN c IS NOT NULL AND kql.wkt_type(m.w) IS NOT NULL"
        " THEN json_object('type', kql.wkt_type(m.w), 'coordinates', c) END)[1])[1]"
    ),
}  # fmt: skip
