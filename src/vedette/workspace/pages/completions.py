"""How the query in the box goes on at its caret, for the script that offers it.

The trap: the box counts its caret in UTF-16 units and Python in code points, so the text comes in
two parts, before the caret and after it, and what is answered counts nothing but one word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vedette.kql.completion import matching, word_after, word_before
from vedette.workspace.pages.table_list import event_counts
from vedette.workspace.workspace import Workspace

_MOST = 40
#: The longest text that is looked at: what the service takes as a rule's query, and more.
_LONGEST = 20_000

#: What a kind of completion is called beside it; others are words of the language.
_NAMES = {
    "Column": "column",
    "Table": "table",
    "BuiltInFunction": "function",
    "DatabaseFunction": "workspace function",
    "LocalFunction": "let",
    "AggregateFunction": "aggregate",
    "Variable": "let",
    "Parameter": "parameter",
    "QueryPrefix": "operator",
    "ScalarInfix": "comparison",
    "ScalarType": "type",
    "Keyword": "keyword",
}


def completions(workspace: Workspace, given: Mapping[str, str]) -> dict[str, Any]:
    """``{"word": length before the caret, "rest": length behind it, "items": [...]}``.

    An item has ``name``, ``kind``, and what to write ``before`` and ``after`` the caret.
    """
    before, after = given.get("before", ""), given.get("after", "")
    if len(before) + len(after) > _LONGEST:
        return {"word": 0, "rest": 0, "items": []}
    word, rest = word_before(before), word_after(after)
    start = len(before) - len(word)
    found = workspace.compilation.complete(before[:start] + after[len(rest) :], start)
    first = event_counts(workspace).keys()
    items = [
        {
            "name": item.name,
            "kind": _NAMES.get(item.kind, ""),
            "before": item.before,
            "after": item.after,
        }
        for item in matching(found, word, _MOST, first)
    ]
    return {"word": len(word), "rest": len(rest), "items": items}
