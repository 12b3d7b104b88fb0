"""Evaluates the expressions of an ARM template as far as a file alone can.

The trap: half an evaluation is worse than none. What depends on the deployment (a parameter
without a default, a new GUID) stays unknown, and everything that it is part of does too, except
that a name's last part may be known although the workspace before it is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: Stands for what only a deployment knows; no text of a template has this character.
UNKNOWN = "\ue000"

_TOKEN = re.compile(r"\s*(?:'((?:[^']|'')*)'|(-?\d+)|([A-Za-z_][\w.]*)|(.))", re.DOTALL)

#: Expressions of real templates nest a few levels; beyond this it is an attack.
_MAX_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Scope:
    """What expressions may refer to: default values of parameters, and variables."""

    parameters: Mapping[str, object]
    variables: Mapping[str, object]


def evaluate(value: object, scope: Scope, depth: int = 0) -> object:
    """``value`` with its expressions evaluated; what is unknown is, or contains, ``UNKNOWN``."""
    if depth > _MAX_DEPTH:
        return UNKNOWN
    if isinstance(value, Mapping):
        return {name: evaluate(each, scope, depth + 1) for name, each in value.items()}
    if isinstance(value, list):
        return [evaluate(each, scope, depth + 1) for each in value]
    if not isinstance(value, str) or not (value.startswith("[") and value.endswith("]")):
        return value
    if value.startswith("[["):
        return value[1:]
    return _Reader(value[1:-1], scope, depth).read()


def is_unknown(value: object) -> bool:
    """True if anything in ``value`` is known to a deployment alone."""
    if isinstance(value, Mapping):
        return any(is_unknown(each) for each in value.values())
    if isinstance(value, list):
        return any(is_unknown(each) for each in value)
    return isinstance(value, str) and UNKNOWN in value


class _Reader:
    """Reads one expression by recursive descent."""

    def __init__(self, text: str, scope: Scope, depth: int) -> None:
        self._tokens = [match for match in _TOKEN.finditer(text) if match[0].strip()]
        self._scope = scope
        self._depth = depth
        self._next = 0

    def read(self) -> object:
        value = self._value(self._depth)
        return value if self._next == len(self._tokens) else UNKNOWN

    def _value(self, depth: int) -> object:
        token = self._take()
        if token is None or depth > _MAX_DEPTH:
            return UNKNOWN
        if token[1] is not None:
            return str(token[1]).replace("''", "'")
        if token[2] is not None:
            return int(token[2])
        if token[3] is None or not self._is("("):
            return UNKNOWN
        arguments = self._arguments(depth + 1)
        return UNKNOWN if arguments is None else self._call(str(token[3]), arguments)

    def _arguments(self, depth: int) -> list[object] | None:
        """What stands between the brackets; None if they do not close."""
        arguments: list[object] = []
        self._take()
        while not self._is(")") and self._next < len(self._tokens):
            arguments.append(self._value(depth))
            if self._is(","):
                self._take()
            elif not self._is(")"):
                break
        return arguments if self._closes() else None

    def _closes(self) -> bool:
        closes = self._is(")")
        self._take()
        return closes

    def _call(self, name: str, arguments: list[object]) -> object:
        name = name.casefold()
        if name in {"parameters", "variables"} and arguments:
            known = self._scope.parameters if name == "parameters" else self._scope.variables
            return evaluate(known.get(str(arguments[0]), UNKNOWN), self._scope, self._depth + 1)
        if name == "concat" and not any(isinstance(each, (list, dict)) for each in arguments):
            return "".join(map(str, arguments))
        if name in {"tolower", "toupper"} and len(arguments) == 1:
            text = str(arguments[0])
            return text.lower() if name == "tolower" else text.upper()
        if name == "resourceid":
            return "/".join(map(str, arguments))
        return UNKNOWN

    def _is(self, character: str) -> bool:
        return self._next < len(self._tokens) and self._tokens[self._next][4] == character

    def _take(self) -> re.Match[str] | None:
        if self._next >= len(self._tokens):
            return None
        self._next += 1
        return self._tokens[self._next - 1]
