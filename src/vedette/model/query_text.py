"""What can be said of a query's text without understanding KQL.

The trap: ``search *`` in a comment or a string is no search. Comments and strings are blanked,
not cut out, so that an offset in what is left is an offset in the query.
"""

from __future__ import annotations

import re

#: KQL's comments and string literals: verbatim and multi-line ones know no escapes.
_NOT_CODE = re.compile(
    r"""
      //[^\n]*
    | [hH]?@"(?:[^"\n]|"")*"?
    | [hH]?@'(?:[^'\n]|'')*'?
    | [hH]?"(?:[^"\\\n]|\\.)*"?
    | [hH]?'(?:[^'\\\n]|\\.)*'?
    | ```.*?(?:```|\Z)
    | ~~~.*?(?:~~~|\Z)
    """,
    re.VERBOSE | re.DOTALL,
)


def code_of(query: str) -> str:
    """The query with every character of a comment or a string replaced by a space.

    As long as the query; line breaks stay.
    """
    return _NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), query)


def split_parameters(written: str) -> list[str]:
    """The parts of ``Details:string, Days:int = 7`` between its commas; empty ones are left out.

    A comma in brackets or in a string separates nothing.
    """
    parts, depth, start = [], 0, 0
    for position, character in enumerate(code_of(written)):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(written[start:position])
            start = position + 1
    parts.append(written[start:])
    return [part for part in parts if part.strip()]
