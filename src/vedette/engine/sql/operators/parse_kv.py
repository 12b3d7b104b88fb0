"""``parse-kv``: keys and their values out of a text.

The trap: the first appearance of a key counts, a key may be quoted like a value, and blanks around
both do not belong to them. Without delimiters every sign but letters and digits is one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vedette.engine.sql.bodies import unbracketed
from vedette.engine.sql.compiler import Compiler, Operator
from vedette.engine.sql.operators.columns import with_columns
from vedette.engine.sql.relation import Relation, from_source
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import Value, literal
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import child, items

_PAIRS = "$pairs"
_SIGN = r"[^\pL\pN]"


@dataclass(frozen=True, slots=True)
class Settings:
    """What stands behind ``with``."""

    pair: str = ""
    key: str = ""
    regex: str = ""
    quotes: tuple[str, ...] = ()
    escapes: tuple[str, ...] = ()
    greedy: bool = False


def parse_kv(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``parse-kv text as (key: type, …) with (…)``."""
    relation = relation.nested()
    settings = _settings(compiler, child(node, "ParseKvWithClause"), scope)
    text = compiler.typed(node.children[1], scope.over(relation), "string").sql
    wanted = _wanted(compiler, node, relation, scope)
    if settings.regex:
        pairs = _by_regex(text, settings.regex)
    elif settings.pair and settings.key:
        pairs = _by_delimiters(compiler, node, scope, text, settings)
    else:
        pairs = _by_signs(text, [name for name, _ in wanted], settings)
    source = f'(SELECT *, {pairs} AS "{_PAIRS}" FROM {relation.source})'
    inner = from_source(source, relation.columns, relation.idents, relation.hidden)
    inner = replace(inner, present=inner.present | {_PAIRS}, sorted=relation.sorted)
    added = []
    for name, type_ in wanted:
        found = Value(f'kql.kv_value("{_PAIRS}", {literal(name)})', "string")
        added.append((name, compiler.convert(found, type_, node, scope)))
    return with_columns(inner, added)


def _wanted(
    compiler: Compiler, node: Node, relation: Relation, scope: Scope
) -> list[tuple[str, str]]:
    schema = child(node, "RowSchema")
    listed = items(child(schema, "List")) if schema is not None else []
    wanted = [(unbracketed(scope.source(i.children[0])), i.children[-1].name) for i in listed]
    for name, _ in wanted:
        if name in relation.types():
            compiler.refuse(f"parse-kv into the column {name}, which the rows have", node, scope)
    types = {column.name: column.type for column in node.columns}
    return [(name, types.get(name, type_ or "string")) for name, type_ in wanted]


def _settings(compiler: Compiler, clause: Node | None, scope: Scope) -> Settings:
    given: dict[str, list[object]] = {}
    for item in items(child(clause, "List")) if clause is not None else []:
        value = compiler.expression(item.children[-1], scope)
        given.setdefault(scope.source(item.children[0]).strip(), []).append(value.constant)

    def texts(name: str) -> tuple[str, ...]:
        return tuple(text for text in given.get(name, []) if isinstance(text, str))

    def text(name: str) -> str:
        return "".join(texts(name)[:1])

    return Settings(
        pair=text("pair_delimiter"),
        key=text("kv_delimiter"),
        regex=text("regex"),
        quotes=texts("quote"),
        escapes=texts("escape"),
        greedy=True in given.get("greedy", []),
    )


def _quoted(settings: Settings) -> list[str]:
    """An expression with one group for each kind of quotes."""
    escapes = "".join(map(re.escape, settings.escapes))
    found = []
    for quote in settings.quotes:
        opening, closing = re.escape(quote[0]), re.escape(quote[-1])
        inside = f"[^{closing}{escapes}]" + (f"|[{escapes}]." if escapes else "")
        found.append(f"{opening}((?:{inside})*){closing}")
    return found


def _by_regex(text: str, regex: str) -> str:
    keys, values = (f"regexp_extract_all({text}, {literal(regex)}, {n})" for n in (1, 2))
    return f"kql.kv_pairs({keys}, {values})"


def _by_delimiters(
    compiler: Compiler, node: Node, scope: Scope, text: str, settings: Settings
) -> str:
    if len(settings.pair) > 1 or len(settings.key) > 1:
        compiler.refuse("parse-kv with delimiters of several characters", node, scope)
    if settings.greedy and settings.quotes:
        compiler.refuse("parse-kv that is greedy and has quotes", node, scope)
    pair, equals = re.escape(settings.pair), re.escape(settings.key)
    plain = f"([^{pair}{equals}]+?)"
    if settings.greedy:
        key = literal(f"(?s)(?:^|{pair})\\s*{plain}\\s*{equals}")
        values = f"string_split_regex({text}, {key})[2:]"
        return f"kql.kv_pairs(regexp_extract_all({text}, {key}, 1), {values})"
    quoted = _quoted(settings)
    one = "|".join([*quoted, plain])
    other = "|".join([*quoted, "(.*?)"])
    pattern = f"(?s)\\s*(?:{one})\\s*{equals}\\s*(?:{other})\\s*(?:{pair}|$)"
    count = len(quoted) + 1
    keys = _either(text, pattern, range(1, count + 1), settings)
    values = _either(text, pattern, range(count + 1, 2 * count + 1), settings)
    return f"kql.kv_pairs({keys}, {values})"


def _either(text: str, pattern: str, groups: Sequence[int], settings: Settings) -> str:
    """A list of the group that has matched each time; quoted ones lose their escapes."""
    lists = []
    for group in groups:
        found = f"regexp_extract_all({text}, {literal(pattern)}, {group})"
        lists.append(found if group == groups[-1] else _unescaped(found, settings))
    return lists[0] if len(lists) == 1 else f"kql.kv_either([{', '.join(lists)}])"


def _unescaped(found: str, settings: Settings) -> str:
    if not settings.escapes:
        return found
    escape = literal(f"(?s)[{''.join(map(re.escape, settings.escapes))}](.)")
    return f"kql.kv_unescaped({found}, {escape})"


def _by_signs(text: str, names: Sequence[str], settings: Settings) -> str:
    """Each key by its name: what stands behind it and behind any signs."""
    quoted = _quoted(settings)
    opening = "".join(re.escape(quote[0]) for quote in settings.quotes)
    between = f"[^\\pL\\pN{opening}]+"
    value = "|".join([*quoted, r"([\pL\pN]+)"])
    keys, values = [], []
    for name in names:
        pattern = f"(?s)(?:^|{_SIGN}){re.escape(name)}{between}(?:{value})"
        found = _either(text, pattern, range(1, len(quoted) + 2), settings)
        keys.append(literal(name))
        values.append(f"{found}[1]")
    return f"kql.kv_pairs([{', '.join(keys)}], [{', '.join(values)}])"


OPERATORS: Mapping[str, Operator] = {"ParseKvOperator": parse_kv}
