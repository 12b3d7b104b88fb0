"""``$filter`` and ``$orderby`` of lists.

Comparisons of known properties with literals, joined by and, or, not and parentheses. Anything else
is refused by name: a filter that is ignored would return wrong incidents.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from werkzeug.wrappers import Request

from vedette.workspace.iso8601 import parse_time
from vedette.workspace.refusal import bad_request

T = TypeVar("T")
#: Reads a property of an item: a text, a number or a time, or None.
Getter = Callable[[Any], "str | int | datetime | None"]
Predicate = Callable[[Any], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<symbol>[()])|(?P<word>[A-Za-z0-9_./:+-]+))"
)
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
MAX_DEPTH = 50


def listed(request: Request, items: Sequence[T], properties: Mapping[str, Getter]) -> list[T]:
    """``items`` as the request's ``$filter`` and ``$orderby`` want them."""
    found = list(items)
    if "$filter" in request.args:
        found = list(filter(parse_filter(request.args["$filter"], properties), found))
    if "$orderby" in request.args:
        found = order_by(request.args["$orderby"], found, properties)
    return found


def parse_filter(text: str, properties: Mapping[str, Getter]) -> Predicate:
    """The filter as a function of an item; Refusal (400) if it is not understood."""
    parser = _Parser(_tokens(text), properties)
    predicate = parser.alternatives(0)
    if parser.rest():
        raise _not_understood(parser.rest()[0])
    return predicate


def order_by(text: str, items: Sequence[T], properties: Mapping[str, Getter]) -> list[T]:
    """``items`` in the order of ``property [asc|desc], …``; without a value they come first."""
    ordered = list(items)
    # Sorting is stable, so the least important key goes first.
    for part in reversed(text.split(",")):
        name, _, direction = part.strip().partition(" ")
        getter = _getter(name, properties)
        if direction.strip() not in ("", "asc", "desc"):
            raise _not_understood(direction.strip())

        def key(item: T, read: Getter = getter) -> tuple[bool, Any]:
            value = read(item)
            return (value is not None, value if value is not None else "")

        ordered.sort(key=key, reverse=direction.strip() == "desc")
    return ordered


@dataclass
class _Parser:
    """Recursive descent over the tokens that are left."""

    tokens: list[str]
    properties: Mapping[str, Getter]
    at: int = 0

    def rest(self) -> list[str]:
        return self.tokens[self.at :]

    def alternatives(self, depth: int) -> Predicate:
        parts = [self.conjunction(depth)]
        while self._take("or"):
            parts.append(self.conjunction(depth))
        return lambda item: any(part(item) for part in parts)

    def conjunction(self, depth: int) -> Predicate:
        parts = [self.term(depth)]
        while self._take("and"):
            parts.append(self.term(depth))
        return lambda item: all(part(item) for part in parts)

    def term(self, depth: int) -> Predicate:
        if depth > MAX_DEPTH:
            raise bad_request("The '$filter' is nested too deeply.")
        if self._take("not"):
            inner = self.term(depth + 1)
            return lambda item: not inner(item)
        if self._take("("):
            inner = self.alternatives(depth + 1)
            if not self._take(")"):
                raise _not_understood(self._next())
            return inner
        return self.comparison()

    def comparison(self) -> Predicate:
        getter = _getter(self._next(), self.properties)
        word = self._next()
        compare = _COMPARISONS.get(word)
        if compare is None:
            raise _not_understood(word)
        wanted = _literal(self._next())

        def matches(item: object) -> bool:
            value = getter(item)
            if value is None or type(value) is not type(wanted):
                return word == "ne"
            return compare(value, wanted)

        return matches

    def _take(self, token: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == token:
            self.at += 1
            return True
        return False

    def _next(self) -> str:
        if self.at >= len(self.tokens):
            raise bad_request("The '$filter' ends too early.")
        self.at += 1
        return self.tokens[self.at - 1]


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise _not_understood(text[at:].strip())
        tokens.append(match.group().strip())
        at = match.end()
    return tokens


def _getter(name: str, properties: Mapping[str, Getter]) -> Getter:
    getter = properties.get(name)
    if getter is None:
        raise bad_request(
            f"The property '{name}' is not supported here; supported are: "
            f"{', '.join(sorted(properties))}."
        )
    return getter


def _literal(token: str) -> str | int | datetime:
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    if token.isascii() and token.isdigit():
        return int(token)
    try:
        return parse_time(token)
    except ValueError as error:
        raise _not_understood(token) from error


def _not_understood(token: str) -> Exception:
    return bad_request(f"Invalid expression: '{token}' is not understood.")
