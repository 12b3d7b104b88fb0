"""What a translation calls: DuckDB macros for Kusto functions that are more than one expression.

They live in the schema ``kql`` of each database. The trap: a macro's argument is put into its text
wherever the parameter stands, as an expression. A parameter that stands more than once is bound by
a one-element list first (``list_transform([x], lambda v: …)[1]``), or is cheap by its use.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from vedette.engine.sql.macros import (
    dynamic,
    encodings,
    nested,
    network,
    network6,
    numbers,
    parsing,
    series,
    text,
    time,
    xml,
)

#: How the message of an error begins that says what cannot be answered for the rows at hand.
REFUSED = "refused"

#: Signature -> expression.
MACROS: Mapping[str, str] = {
    "refused(x, why)": f"CASE WHEN x IS NOT NULL THEN error('{REFUSED}: ' || why)::JSON END",
    **text.MACROS,
    **numbers.MACROS,
    **parsing.MACROS,
    **time.MACROS,
    **xml.MACROS,
    **dynamic.MACROS,
    **encodings.MACROS,
    **nested.MACROS,
    **network.MACROS,
    **network6.MACROS,
    **series.MACROS,
}

_CALLED = re.compile(r"kql\.(\w+)\(")
_BY_NAME = {signature.partition("(")[0]: signature for signature in MACROS}

SCHEMA = "CREATE SCHEMA IF NOT EXISTS kql"


def called_macros(sql: str) -> tuple[str, ...]:
    """The names of the macros that ``sql`` needs, each after those that it calls itself."""
    found: dict[str, None] = {}

    def need(text: str) -> None:
        for name in _CALLED.findall(text):
            if name in _BY_NAME and name not in found:
                need(MACROS[_BY_NAME[name]])
                found[name] = None

    need(sql)
    return tuple(found)


def definition(name: str) -> str:
    """The statement that makes a macro."""
    signature = _BY_NAME[name]
    return f"CREATE OR REPLACE MACRO kql.{signature} AS ({MACROS[signature]})"
