"""What the service says of a query that does not compile, from the official compiler's diagnostics.

The service compiles with the engine's own compiler and answers in its codes (SYN, SEM); ours comes
from the language library, whose codes (KS) differ. Only the texts that somebody has published are
given word for word; for the rest the library's message stands in the same envelope.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from vedette.kql.bound import BoundQuery, Diagnostic, Node
from vedette.workspace.assumptions import syntax_place, unresolved, unresolved_table

MAX_QUERY = 10_000
TABLE_MISSING = "Failed to run the analytics rule query. One of the tables does not exist."
#: The library's codes for text that does not parse; all others are about meaning.
_SYNTAX = frozenset(
    {
        "KS001",
        "KS002",
        "KS003",
        "KS004",
        "KS005",
        "KS006",
        "KS174",
        "KS175",
        "KS176",
        "KS198",
        "KS250",
    }
)
_TABLE = frozenset({"KS181", "KS204", "KS209", "KS210"})
_NAME = "KS142"
_FUNCTION = "KS211"
_LITERAL_OR_COMMENT = re.compile(
    r"""@"(?:[^"]|"")*"|@'(?:[^']|'')*'|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|//[^\n]*"""
)
_FORBIDDEN = (
    (re.compile(r"\bsearch\s+\*"), "search *"),
    (re.compile(r"\bunion\s+(?:\w+\s*=\s*\w+\s+)*\*"), "union *"),
    (re.compile(r"\badx\s*\("), "adx()"),
)


def check_query_text(query: str) -> Iterator[str]:
    """What the service refuses in a query before it compiles it."""
    if not 1 <= len(query) <= MAX_QUERY:
        yield (
            "The field query must be a string with a minimum length of 1 and a maximum length of "
            f"{MAX_QUERY}."
        )
    code = _LITERAL_OR_COMMENT.sub("''", query)
    for pattern, construct in _FORBIDDEN:
        if pattern.search(code):
            yield f"The query must not contain '{construct}'."


def syntax_error(bound: BoundQuery) -> Diagnostic | None:
    """Where a query does not parse, or None if it does."""
    return next((item for item in _errors(bound) if item.code in _SYNTAX), None)


def syntax_refusal(bound: BoundQuery) -> str | None:
    """The service's text for a query that does not parse, or None if it does."""
    error = syntax_error(bound)
    if error is None:
        return None
    return (
        "Request is invalid and cannot be processed: Syntax error: SYN0001: I could not parse "
        f"that, sorry. [line:position={syntax_place(bound.text, error.start)}]"
    )


def semantic_refusal(bound: BoundQuery) -> str | None:
    """The service's text for a query that names what is not there, or None if all is there."""
    errors = tuple(_errors(bound))
    if any(_is_missing_table(bound, error) for error in errors):
        return TABLE_MISSING
    return _semantic_text(bound, errors[0]) if errors else None


def missing_function(bound: BoundQuery) -> bool:
    """Whether the first thing that does not resolve is a function."""
    return next((item.code == _FUNCTION for item in _errors(bound)), False)


def _errors(bound: BoundQuery) -> Iterator[Diagnostic]:
    return (item for item in bound.diagnostics if item.severity == "Error")


def _is_missing_table(bound: BoundQuery, error: Diagnostic) -> bool:
    # Where a name could be that of a table or of a value, the library leaves open which it is:
    # outside of all operators it is a table.
    return error.code in _TABLE or (error.code == _NAME and not _operator_at(bound, error.start))


def semantic_problem(bound: BoundQuery) -> tuple[str, str]:
    """Code and message of the first thing that a query names and that is not there."""
    error = next(_errors(bound))
    if _is_missing_table(bound, error):
        name = bound.text[error.start : error.start + error.length]
        return "SEM0100", unresolved_table(name, _reader_of(bound, error.start))
    return _problem(bound, error)


def _problem(bound: BoundQuery, error: Diagnostic) -> tuple[str, str]:
    name = bound.text[error.start : error.start + error.length]
    if error.code == _NAME:
        return "SEM0100", unresolved(name, _operator_at(bound, error.start))
    if error.code == _FUNCTION:
        return "SEM0260", f"Unknown function: '{name}'."
    return error.code, error.message


def _semantic_text(bound: BoundQuery, error: Diagnostic) -> str:
    code, message = _problem(bound, error)
    body = {
        "error": {
            "message": "The request had some invalid properties",
            "code": "BadArgumentError",
            "innererror": {
                "code": "SemanticError",
                "message": "A semantic error occurred.",
                "innererror": {"code": code, "message": message},
            },
        }
    }
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return f"FailedToResolveScalarExpression; Message: {text}"


def _reader_of(bound: BoundQuery, offset: int) -> str:
    """The keyword of the operator that reads the table at the offset, or empty."""
    node, keyword = bound.tree, ""
    while node is not None:
        if node.kind == "PipeExpression" and offset < node.children[0].end:
            keyword = _keyword(bound, node.children[-1])
        node = _child_at(node, offset)
    return keyword


def _operator_at(bound: BoundQuery, offset: int) -> str:
    """The keyword of the innermost query operator that holds the offset, or empty."""
    node, keyword = bound.tree, ""
    while node is not None:
        if node.kind.endswith("Operator"):
            keyword = _keyword(bound, node) or keyword
        node = _child_at(node, offset)
    return keyword


def _keyword(bound: BoundQuery, operator: Node) -> str:
    word = re.match(r"[a-z][a-z-]*", bound.text[operator.start : operator.end].lstrip())
    return word.group() if word else ""


def _child_at(node: Node, offset: int) -> Node | None:
    return next((child for child in node.children if child.start <= offset < child.end), None)
