"""Which tables a query can mean, told from its words alone.

The trap: to define all tables takes the compiler far longer than to bind a query, but one table too
few makes a right query wrong. So a word counts wherever it stands, in comments and texts too.
"""

from __future__ import annotations

import re

from vedette.schema.catalogue import Catalogue

_WORD = re.compile(r"\w+")

#: Where tables are meant without being named: search and find as first operators, patterns.
_ANY_TABLE = re.compile(
    r"""
      (?: ^ | [|;({=] | \n ) \s* (?: search | find ) \b
    | \b union \b [^|;]* \*
    """,
    re.VERBOSE,
)


def mentioned_tables(text: str, catalogue: Catalogue) -> list[str]:
    """The names of the tables, sorted, through functions and what those call too."""
    seen: set[str] = set()
    waiting = [text]
    while waiting:
        part = waiting.pop()
        if _ANY_TABLE.search(part):
            return sorted(catalogue.tables)
        words = set(_WORD.findall(part)) - seen
        seen |= words
        waiting += [catalogue.functions[word].body for word in words & catalogue.functions.keys()]
    return sorted(seen & catalogue.tables.keys())
