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
