"""Functions that take a text apart: ``parse_xml parse_csv parse_path parse_url`` and their kin.

The trap: a version is a decimal of up to 32 digits, of which this engine's decimals have room for
29; a larger one stops the query rather than be cut.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql.registry import Call, Function, native
from vedette.engine.sql.value import SQL_TYPES, Value


def _parse(macro: str) -> Function:
    return native(f"kql.{macro}({{0}})", "string", gives="dynamic")


def _command_line(call: Call) -> Value:
    if call.text(1) != "windows":
        call.refuse(f"the parser {call.text(1)}")
    return Value(f"kql.parse_command_line({call.converted(0, 'string').sql})", "dynamic")


_URL = _parse("parse_url")
_QUERY = _parse("parse_urlquery")

FUNCTIONS: Mapping[str, Function] = {
    "parse_command_line": Function(_command_line),
    "parse_csv": _parse("parse_csv"),
    "parse_path": _parse("parse_path"),
    "parse_url": _URL,
    "parse_urlquery": _QUERY,
    "parse_version": native(
        f"kql.parse_version({{0}})::{SQL_TYPES['decimal']}", "string", gives="decimal"
    ),
    "parse_xml": _parse("parse_xml"),
    "parseurl": _URL,
    "parseurlquery": _QUERY,
}
