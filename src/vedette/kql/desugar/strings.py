"""Strings, told to a translator that does not know which values are strings.

Not knowing types, it writes each conversion to text as a dispatch over all of them and repeats the
operand in every branch: a plan grows ninefold with each nested call, and planning takes seconds.
The official tree knows what is a string already, so those calls are put in words that the
translator takes at their word.
"""

from __future__ import annotations

from vedette.kql.bound import Node
from vedette.kql.desugar.rewriter import Rewriter
from vedette.kql.desugar.segments import Segments
from vedette.kql.desugar.tree import arguments, called, child, items, literal

#: Functions whose first argument the translator converts to text if it is a bare column.
_CONVERT_COLUMN = frozenset(
    {"indexof", "isempty", "isnotempty", "split", "strlen", "substring", "tolower", "toupper"}
)

#: Comparisons of strings, whatever stands on the left. Equality is none: a datetime column may be
#: compared to a literal string, and a filter on a bare column can skip what the table holds.
STRING_OPERATORS = (
    *(
        f"{negation}{operator}{case}Expression"
        for operator in ("Contains", "EndsWith", "Has", "HasPrefix", "HasSuffix", "StartsWith")
        for negation in ("", "Not")
        for case in ("", "Cs")
    ),
    "BangTildeExpression",
    "EqualTildeExpression",
    "HasAllExpression",
    "MatchesRegexExpression",
)

_TERM_START = r"(?:^|[^\pL\pN])"
_TERM_END = r"(?:$|[^\pL\pN])"


def text_column(call: Node, rewriter: Rewriter) -> Segments | None:
    """``tolower(s)`` with s a string column becomes ``tolower(replace_string(s, '', ''))``.

    Replacing the empty string replaces nothing, and the result of a function is taken as it is.
    """
    given = arguments(call)
    if called(call) not in _CONVERT_COLUMN or not given or not _is_string_column(given[0]):
        return None
    return rewriter.inside(call, [(given[0], _as_text(given[0], rewriter))])


def text_operand(comparison: Node, rewriter: Rewriter) -> Segments | None:
    """``s has "x"`` with s a string column: the same for the left side of a string operator."""
    left = comparison.children[0]
    if not _is_string_column(left):
        return None
    return rewriter.inside(comparison, [(left, _as_text(left, rewriter))])


def has_any(comparison: Node, rewriter: Rewriter) -> Segments | None:
    """``s has_any ("a", "b")`` as one regular expression.

    The translator makes one for each term, and each takes the database 10 ms to compile, since a
    term ends at the Unicode classes of letters and digits.
    """
    left = comparison.children[0]
    terms = [literal(item, rewriter.text) for item in _listed(comparison)]
    if not _is_string_column(left) or not terms or not all(map(_is_plain_term, terms)):
        return None
    pattern = "|".join(_term_pattern(term) for term in terms if term)
    column = _as_text(left, rewriter)
    return rewriter.made(comparison, "(", column, f' matches regex @"(?i){pattern}")')


def string_as_string(call: Node, rewriter: Rewriter) -> Segments | None:
    """``tostring(s)`` of a string is the string."""
    given = arguments(call)
    if called(call) != "tostring" or len(given) != 1 or given[0].type != "string":
        return None
    if given[0].kind not in {"FunctionCallExpression", "NameReference"}:
        return None
    return rewriter.made(call, rewriter.rewrite(given[0]))


def _is_string_column(node: Node) -> bool:
    return node.kind == "NameReference" and node.symbol == "column" and node.type == "string"


def _as_text(column: Node, rewriter: Rewriter) -> Segments:
    """A string column that the translator takes for a string: nothing is replaced in it."""
    return rewriter.made(column, "replace_string(", rewriter.rewrite(column), ", '', '')")


def _listed(comparison: Node) -> list[Node]:
    """The items on the right of ``has_any``, ``in`` and their kind."""
    return items(child(comparison.children[-1], "List"))


def _is_plain_term(term: str | None) -> bool:
    """A literal whose ends a regular expression can be made of without asking the database."""
    return term is not None and term != "" and term.isascii() and term.isprintable()


def _term_pattern(term: str) -> str:
    """Matches ``term`` where it begins and ends with a term: at anything but a letter or digit."""
    start = _TERM_START if term[0].isalnum() else ""
    end = _TERM_END if term[-1].isalnum() else ""
    # Hexadecimal, since a quote would end the KQL string that the pattern stands in.
    escaped = "".join(c if c.isalnum() else f"\\x{ord(c):02x}" for c in term)
    return start + escaped + end
