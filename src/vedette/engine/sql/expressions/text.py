"""String operators: ``has contains startswith endswith =~ matches regex`` and all their forms.

The trap: each takes its left side as text whatever its type is; a dynamic string loses its quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from vedette.engine.sql import terms
from vedette.engine.sql.compiler import Compiler, Expression
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import Value, boolean, literal, string
from vedette.kql.bound import Node

#: (left, right) -> SQL.
_Build = Callable[[Value, Value], str]


def lowered(value: Value) -> Value:
    """``value`` in lower case; done now where both engines agree on what that is."""
    if value.text is not None and value.text.isascii():
        return string(value.text.lower())
    return Value(f"lower({value.sql})", "string")


def regex(value: Value) -> Value:
    """A pattern in the spelling of DuckDB's RE2, which knows ``(?P<name>…)`` only."""
    if value.text is None:
        return value
    return string(re.sub(r"\(\?<([A-Za-z_]\w*)>", r"(?P<\1>", value.text))


def has(left: Value, right: Value, *, cased: bool, lead: bool = True, trail: bool = True) -> str:
    """``left has right``; ``lead`` and ``trail`` ask for a boundary on that side."""
    if right.text is not None and terms.plain(right.text):
        return terms.has(left, [right.text], cased=cased, lead=lead, trail=trail)
    flags = literal("" if cased else "(?i)")
    sides = ", ".join(boolean(side).sql for side in (lead, trail))
    return f"kql.has_term({left.sql}, {right.sql}, {flags}, {sides})"


def _function(name: str, *, cased: bool) -> _Build:
    def build(left: Value, right: Value) -> str:
        if cased:
            return f"{name}({left.sql}, {right.sql})"
        return f"{name}({lowered(left).sql}, {lowered(right).sql})"

    return build


def _term(*, cased: bool, lead: bool = True, trail: bool = True) -> _Build:
    return lambda left, right: has(left, right, cased=cased, lead=lead, trail=trail)


def _same(left: Value, right: Value) -> str:
    return f"({lowered(left).sql} = {lowered(right).sql})"


def _matches(left: Value, right: Value) -> str:
    return f"regexp_matches({left.sql}, {regex(right).sql})"


def _operator(build: _Build, *, negated: bool = False) -> Expression:
    def compile_(compiler: Compiler, node: Node, scope: Scope) -> Value:
        left = compiler.typed(node.children[0], scope, "string")
        right = compiler.typed(node.children[-1], scope, "string")
        sql = build(left, right)
        return Value(f"(NOT {sql})" if negated else sql, "bool")

    return compile_


_BUILDS: Mapping[str, _Build] = {
    "Contains": _function("contains", cased=False),
    "ContainsCs": _function("contains", cased=True),
    "EndsWith": _function("ends_with", cased=False),
    "EndsWithCs": _function("ends_with", cased=True),
    "Has": _term(cased=False),
    "HasCs": _term(cased=True),
    "HasPrefix": _term(cased=False, trail=False),
    "HasPrefixCs": _term(cased=True, trail=False),
    "HasSuffix": _term(cased=False, lead=False),
    "HasSuffixCs": _term(cased=True, lead=False),
    "StartsWith": _function("starts_with", cased=False),
    "StartsWithCs": _function("starts_with", cased=True),
}

EXPRESSIONS: Mapping[str, Expression] = {
    **{f"{name}Expression": _operator(build) for name, build in _BUILDS.items()},
    **{f"Not{name}Expression": _operator(build, negated=True) for name, build in _BUILDS.items()},
    "BangTildeExpression": _operator(_same, negated=True),
    "EqualTildeExpression": _operator(_same),
    "MatchesRegexExpression": _operator(_matches),
}
