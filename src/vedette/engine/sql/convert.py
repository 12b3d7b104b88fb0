"""From one Kusto type to another, as the ``to…`` functions and implicit conversions do it.

The trap: a conversion that fails gives null and never an error, and to a string gives ``""``.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql import value as values
from vedette.engine.sql.value import INTEGERS, Value

#: (from, to) -> SQL; long stands for int too.
_CONVERSIONS: Mapping[tuple[str, str], str] = {
    ("bool", "string"): "kql.bool_text({0})",
    ("datetime", "string"): "kql.datetime_text({0})",
    ("decimal", "string"): "kql.decimal_text({0})",
    ("dynamic", "string"): "coalesce({0} ->> '$', '')",
    ("guid", "string"): "coalesce({0}::VARCHAR, '')",
    ("long", "string"): "coalesce({0}::VARCHAR, '')",
    ("real", "string"): "kql.real_text({0})",
    ("timespan", "string"): "kql.timespan_text({0})",
    ("bool", "dynamic"): "to_json({0})",
    ("datetime", "dynamic"): "to_json(nullif(kql.datetime_text({0}), ''))",
    ("decimal", "dynamic"): "to_json({0}::DOUBLE)",
    ("guid", "dynamic"): "to_json({0}::VARCHAR)",
    ("long", "dynamic"): "to_json({0})",
    ("real", "dynamic"): "to_json({0})",
    ("string", "dynamic"): "to_json({0})",
    ("timespan", "dynamic"): "to_json(nullif(kql.timespan_text({0}), ''))",
    ("bool", "long"): "{0}::BIGINT",
    ("datetime", "long"): "(epoch_us({0}) * 10 + 621355968000000000)",
    ("decimal", "long"): "trunc({0})::BIGINT",
    ("dynamic", "long"): "kql.text_long({0} ->> '$')",
    ("real", "long"): "TRY_CAST(trunc({0}) AS BIGINT)",
    ("string", "long"): "kql.text_long({0})",
    ("timespan", "long"): "{0}",
    ("bool", "real"): "{0}::BIGINT::DOUBLE",
    ("decimal", "real"): "{0}::DOUBLE",
    ("datetime", "real"): "(epoch_us({0}) * 10 + 621355968000000000)::DOUBLE",
    ("dynamic", "real"): "kql.text_real({0} ->> '$')",
    ("long", "real"): "{0}::DOUBLE",
    ("string", "real"): "kql.text_real({0})",
    ("timespan", "real"): "{0}::DOUBLE",
    ("dynamic", "decimal"): "TRY_CAST({0} ->> '$' AS DECIMAL(38,9))",
    ("long", "decimal"): "{0}::DECIMAL(38,9)",
    ("real", "decimal"): "TRY_CAST({0} AS DECIMAL(38,9))",
    ("string", "decimal"): "TRY_CAST({0} AS DECIMAL(38,9))",
    ("dynamic", "bool"): "kql.text_bool({0} ->> '$')",
    ("long", "bool"): "({0} <> 0)",
    ("real", "bool"): "({0} <> 0)",
    ("string", "bool"): "kql.text_bool({0})",
    ("dynamic", "datetime"): "kql.text_datetime({0} ->> '$')",
    ("long", "datetime"): "kql.ticks_datetime({0})",
    ("real", "datetime"): "kql.ticks_datetime(TRY_CAST(trunc({0}) AS BIGINT))",
    ("string", "datetime"): "kql.text_datetime({0})",
    ("dynamic", "timespan"): "kql.text_timespan({0} ->> '$')",
    ("long", "timespan"): "{0}",
    ("string", "timespan"): "kql.text_timespan({0})",
    ("dynamic", "guid"): "TRY_CAST({0} ->> '$' AS UUID)",
    ("string", "guid"): "TRY_CAST({0} AS UUID)",
}


def converted(value: Value, target: str) -> Value | None:
    """``value`` as a ``target``, None where Kusto has no such conversion."""
    if value.type == target:
        return value
    if value.known and value.constant is None:
        return values.null(target)
    source = "long" if value.type in INTEGERS else value.type
    wanted = "long" if target in INTEGERS else target
    if source == wanted:
        return Value(value.sql, target, value.constant)
    template = _CONVERSIONS.get((source, wanted))
    if template is None:
        return None
    return _constant(value, target) or Value(template.format(value.sql), target)


def _constant(value: Value, target: str) -> Value | None:
    """A conversion whose result is known now and is the same in both engines."""
    if not value.known:
        return None
    constant = value.constant
    if target == "dynamic" and isinstance(constant, (str, bool, int)) and value.type != "timespan":
        return values.dynamic(constant)
    if target == "string" and value.type in INTEGERS:
        return values.string(str(constant))
    if target == "string" and value.type == "dynamic" and isinstance(constant, str):
        return values.string(constant)
    if target == "real" and isinstance(constant, int) and value.type in INTEGERS:
        return values.real(float(constant))
    return None
