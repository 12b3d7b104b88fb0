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
    geography,
    hashing,
    nested,
    network,
    network6,
    numbers,
    parsing,
    series,
    statistics,
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
    **geography.MACROS,
    **hashing.MACROS,
    **nested.MACROS,
    **network.MACROS,
    **network6.MACROS,
    **series.MACROS,
    **statistics.MACROS,
}

_CALLED = re.compile(r"kql\.(\w+)\(")
_LAMBDA = re.compile(r"\blambda\s+([\w\s,]+):")
_LITERAL = re.compile(r"('(?:[^']|'')*')")
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
    body = _hygienic(name, MACROS[signature])
    return f"CREATE OR REPLACE MACRO kql.{signature} AS ({body})"


def _hygienic(macro: str, body: str) -> str:
    """The body with names of its own for the variables of its lambdas.

    An argument is put into the body as text: a column ``s``, or another macro's variable, would
    mean the variable ``s`` of a lambda around it.
    """
    pieces = _LITERAL.split(body)
    variables = {
        name.strip()
        for piece in pieces[::2]
        for listed in _LAMBDA.findall(piece)
        for name in listed.split(",")
    }
    if not variables:
        return body
    word = re.compile(rf"(?<![.\w])({'|'.join(sorted(variables))})\b(?!\()")
    pieces[::2] = [word.sub(rf"_{macro}_\1", piece) for piece in pieces[::2]]
    return "".join(pieces)
