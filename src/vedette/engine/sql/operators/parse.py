"""``parse`` and ``parse-where``: a pattern of literals and columns as one regular expression.

The trap: a typed column captures only what has the shape of its type, so it knows by itself where
to stop; a string column stops at the next literal. As a regular expression (``kind=regex``) it is
greedy instead, unless the flag ``U`` turns that round.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from vedette.engine.sql.bodies import unbracketed
from vedette.engine.sql.compiler import Compiler, Operator
from vedette.engine.sql.operators.columns import with_columns
from vedette.engine.sql.operators.shape import parameters
from vedette.engine.sql.relation import Relation, from_source
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import Value, literal
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import items

_CELL = '"$parsed"'
_INTEGER = r"\s*[-+]?\d+"
_REAL = r"\s*[-+]?(?:\d+\.?\d*|\.\d+)"
_SHAPES = {
    "bool": r"\s*(?:[tT][rR][uU][eE]|[fF][aA][lL][sS][eE]|[-+]?\d+)",
    "datetime": (
        r"\s*(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{1,4})"
        r"(?:[Tt ]\s*\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d*)?)?)?(?:[Zz]|[-+]\d{1,2}(?::\d{1,2})?)?"
    ),
    "decimal": _REAL,
    "guid": r"\s*\{?[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}?",
    "int": _INTEGER,
    "long": _INTEGER,
    "real": _REAL,
    "timespan": (r"\s*-?(?:\d+\.\d{1,2}:\d{1,2}:\d{1,2}|\d{1,2}:\d{1,2}(?::\d{1,2})?)(?:\.\d*)?"),
}


def parse(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``parse kind=… text with pattern``."""
    given = parameters(node, scope)
    kind = given.get("kind", "simple")
    if kind not in {"simple", "regex", "relaxed"}:
        compiler.refuse(f"parse kind={kind}", node, scope)
    relation = relation.nested()
    lists = [n for n, item in enumerate(node.children) if item.kind == "List"]
    parts = items(node.children[lists[-1]])
    text = compiler.typed(node.children[lists[-1] - 2], scope.over(relation), "string")
    pattern, columns, groups = _pattern(compiler, node, parts, scope, kind)
    flags = given.get("flags", "") if kind == "regex" else "s" + given.get("flags", "")
    pattern = _flags(compiler, node, flags, scope) + pattern
    names = ", ".join(f"'{name}'" for name in groups)
    found = f"regexp_extract({text.sql}, {literal(pattern)}, [{names}]) AS {_CELL}"
    test = f" WHERE regexp_matches({text.sql}, {literal(pattern)})"
    where = test if node.kind == "ParseWhereOperator" else ""
    source = f"(SELECT *, {found} FROM {relation.source}{where})"
    inner = from_source(source, relation.columns, relation.idents, relation.hidden)
    inner = replace(inner, present=inner.present | {"$parsed"}, sorted=relation.sorted)
    added = [
        (name, compiler.convert(Value(f"{_CELL}.c{n}", "string"), type_, node, scope))
        for n, (name, type_) in enumerate(columns)
    ]
    for name, _ in columns:
        if name in relation.types():
            hint = "which of the two columns remains is not documented"
            compiler.refuse(f"parse into the column {name}, which the rows have", node, scope, hint)
    return with_columns(inner, added)


def _pattern(
    compiler: Compiler, node: Node, parts: list[Node], scope: Scope, kind: str
) -> tuple[str, list[tuple[str, str]], list[str]]:
    """The expression, the columns with their types, and a name for each of its groups."""
    columns: list[tuple[str, str]] = []
    groups: list[str] = []
    pattern, short = "^", "" if kind == "regex" else "?"
    for position, part in enumerate(parts):
        last = position == len(parts) - 1
        if part.kind == "StarExpression":
            pattern += "" if last else f".*{short}"
        elif part.kind in {"NameDeclaration", "NameAndTypeDeclaration"}:
            name, type_ = _column(part, scope)
            groups.append(f"c{len(columns)}")
            columns.append((name, type_))
            shape = _SHAPES.get(type_)
            if shape is None and type_ == "dynamic":
                compiler.refuse("parse into a dynamic", part, scope)
            if shape and kind == "relaxed":
                # What has another shape is passed over, and null.
                shape = f"{shape}|.*?"
            pattern += f"({shape})" if shape else "(.*)" if last else f"(.*{short})"
        else:
            value = compiler.expression(part, scope)
            if value.text is None:
                compiler.refuse("a parse pattern that is no constant", part, scope)
            pattern += value.text if kind == "regex" else _escaped(value.text)
            if kind == "regex":
                inner = re.findall(r"(?<!\\)\((?!\?)|\(\?P?<\w", value.text)
                groups += [f"g{len(groups) + n}" for n in range(len(inner))]
    if not parts or parts[-1].kind != "StarExpression":
        pattern += "$"
    if not columns:
        compiler.refuse("parse into no columns", node, scope)
    return pattern, columns, groups


def _column(part: Node, scope: Scope) -> tuple[str, str]:
    if part.kind == "NameDeclaration":
        return unbracketed(scope.source(part)), "string"
    return unbracketed(scope.source(part.children[0])), part.children[-1].name or "string"


def _flags(compiler: Compiler, node: Node, flags: str, scope: Scope) -> str:
    letters = set(flags)
    if not letters <= set("imsU"):
        compiler.refuse(f"parse flags={flags}", node, scope)
    return f"(?{''.join(sorted(letters))})" if letters else ""


def _escaped(text: str) -> str:
    return re.sub(r"[!-/:-@\[-`{-~]", lambda match: "\\" + match[0], text)


OPERATORS: Mapping[str, Operator] = {"ParseOperator": parse, "ParseWhereOperator": parse}
