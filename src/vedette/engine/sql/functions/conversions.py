"""``to…`` functions, and what asks for a value's type or absence.

The trap: an explicit conversion never fails, it gives null; and a string is never null.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql.convert import converted
from vedette.engine.sql.registry import Call, Function
from vedette.engine.sql.value import Value, boolean, string


def to(type_: str) -> Function:
    """The conversion to a type."""

    def build(call: Call) -> Value:
        return call.converted(0, type_)

    return Function(build)


def _parse_json(call: Call) -> Value:
    value = call.value(0)
    if value.type != "string":
        return call.converted(0, "dynamic")
    return Value(f"kql.parse_json({value.sql})", "dynamic")


def _null(*, negated: bool) -> Function:
    def build(call: Call) -> Value:
        value = call.value(0)
        if value.type == "string":
            return boolean(negated)
        return Value(f"({value.sql} IS {'NOT ' if negated else ''}NULL)", "bool")

    return Function(build)


def _gettype(call: Call) -> Value:
    value = call.value(0)
    if value.type == "dynamic":
        return Value(f"kql.type_of({value.sql})", "string")
    return string(value.type)


def _tohex(call: Call) -> Value:
    number = call.converted(0, "long").sql
    if call.value(0).type == "int":
        # A negative one has 32 bits.
        number = f"({number} & 4294967295)"
    text = f"lower(to_hex({number}))"
    if len(call) > 1:
        width = f"least({call.converted(1, 'long').sql}, 16)"
        text = f"kql.pad_left({text}, {width})"
    return Value(f"coalesce({text}, '')", "string")


def _tobool(call: Call) -> Value:
    value = converted(call.value(0), "bool")
    if value is None:
        call.refuse(f"a {call.value(0).type}")
    return value


FUNCTIONS: Mapping[str, Function] = {
    "gettype": Function(_gettype),
    "isnotnull": _null(negated=True),
    "isnull": _null(negated=False),
    "notnull": _null(negated=True),
    "parse_json": Function(_parse_json),
    "parsejson": Function(_parse_json),
    "tobool": Function(_tobool),
    "toboolean": Function(_tobool),
    "todatetime": to("datetime"),
    "todecimal": to("decimal"),
    "todouble": to("real"),
    "todynamic": Function(_parse_json),
    "toguid": to("guid"),
    "tohex": Function(_tohex),
    "toint": Function(lambda call: Value(f"kql.to_int({call.converted(0, 'long').sql})", "int")),
    "tolong": to("long"),
    "toobject": Function(_parse_json),
    "toreal": to("real"),
    "tostring": to("string"),
    "totime": to("timespan"),
    "totimespan": to("timespan"),
}
