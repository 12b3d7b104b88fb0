"""Operators of a pipeline that the translator lacks, or answers in another way.

The trap: an outer join and a union fill what is missing with nulls, and Kusto's strings have none:
there ``Url == ""`` holds for a mail without a click, and rows without a value are one group.
"""

from __future__ import annotations

from collections.abc import Iterable

from vedette.errors import UnsupportedError
from vedette.kql.bound import Node
from vedette.kql.desugar.rewriter import Rewriter
from vedette.kql.desugar.segments import Segments
from vedette.kql.desugar.tree import EVERYTHING, child, is_tabular, items, walk
from vedette.schema.types import Column

#: What ``join`` and ``lookup`` are without a ``kind``.
_DEFAULT_KINDS = {"JoinOperator": "innerunique", "LookupOperator": "leftouter"}
_OUTER_RIGHT = frozenset({"leftouter", "fullouter"})
_OUTER_LEFT = frozenset({"rightouter", "fullouter"})


def pipe(node: Node, rewriter: Rewriter) -> Segments | None:
    """``left | operator``, where the operator knows its input and a missing string is ``""``."""
    left, _, operator = node.children
    inner = rewriter.over(left.columns)
    # A union behind a pipe has one side more than `union_source` would see.
    rewritten = (
        inner.inside(operator) if operator.kind == "UnionOperator" else inner.rewrite(operator)
    )
    return Segments.join(
        [
            bare(left, rewriter),
            rewriter.copy(left.end, operator.start),
            rewritten,
            _filled(operator, _nullable(operator, left, rewriter), rewriter),
        ]
    )


def statement(node: Node, rewriter: Rewriter) -> Segments | None:
    """``(T | where x)`` as a whole statement, without its parentheses."""
    inner = child(node, "ParenthesizedExpression")
    if inner is None or not is_tabular(inner):
        return None
    return rewriter.inside(node, [(inner, bare(inner, rewriter))])


def union_source(node: Node, rewriter: Rewriter) -> Segments | None:
    """``union A, B`` at the head of a pipeline: strings that one side lacks are ``""``."""
    filled = _filled(node, _lacking(node, (), rewriter), rewriter)
    return Segments.join([rewriter.inside(node), filled])


def project_columns(node: Node, rewriter: Rewriter) -> Segments | None:
    """``project-reorder`` and ``project-keep`` are a ``project`` of the columns that they leave."""
    names = ", ".join(rewriter.output.column(column.name) for column in node.columns)
    return rewriter.made(node, "project ", names)


def mv_expand(node: Node, rewriter: Rewriter) -> Segments | None:
    """``mv-expand f(x), a.b`` under the names that Kusto gives to the expanded columns."""
    before = {column.name for column in rewriter.columns or ()}
    expanded = [item.children[0] for item in items(_list_of(node))]
    unnamed = [
        item for item in expanded if item.kind not in {"NameReference", "SimpleNamedExpression"}
    ]
    if not unnamed or rewriter.columns is None:
        return None
    given = {item.children[0].name for item in expanded if item.kind == "SimpleNamedExpression"}
    new = [column.name for column in node.columns if column.name not in before | given]
    if not new and len(unnamed) == 1:
        # A conversion of a column takes the place of the column.
        new = sorted({item.name for item in walk(unnamed[0]) if item.symbol == "column"})
    if len(new) != len(unnamed):
        raise UnsupportedError("mv-expand of unnamed expressions", offset=node.start)
    named = [
        (item, rewriter.made(item, rewriter.output.column(name), " = ", rewriter.rewrite(item)))
        for item, name in zip(unnamed, new, strict=True)
    ]
    return rewriter.inside(node, named)


def serialize(node: Node, rewriter: Rewriter) -> Segments | None:
    """``serialize x = …`` computes like ``extend``; a bare one changes no row and goes."""
    if items(_list_of(node)):
        head = node.children[0]
        return rewriter.inside(node, [(head, rewriter.made(head, "extend"))])
    return rewriter.made(node, "where true")


def bare(node: Node, rewriter: Rewriter) -> Segments:
    """A tabular expression without parentheses around it, which a source may not have."""
    while node.kind == "ParenthesizedExpression" and is_tabular(node):
        node = next(item for item in node.children if item.type)
    return rewriter.rewrite(node)


def _filled(operator: Node, columns: Iterable[str], rewriter: Rewriter) -> Segments:
    """What follows an operator that leaves strings without a value, if any of them is read."""
    read = rewriter.output.names
    empty = [name for name in columns if name in read or EVERYTHING in read]
    assignments = ", ".join(
        f"{name} = coalesce({name}, '')" for name in map(rewriter.output.column, empty)
    )
    return rewriter.made(operator, f"\n| extend {assignments}") if assignments else Segments()


def _nullable(operator: Node, left: Node, rewriter: Rewriter) -> Iterable[str]:
    """The string columns of the operator's result that it may have left without a value."""
    if operator.kind == "UnionOperator":
        return _lacking(operator, left.columns, rewriter)
    if operator.kind not in _DEFAULT_KINDS:
        return ()
    kind = _parameter(operator, "kind", rewriter) or _DEFAULT_KINDS[operator.kind]
    split = len(left.columns)
    nullable: list[Column] = []
    if kind in _OUTER_LEFT:
        nullable += operator.columns[:split]
    if kind in _OUTER_RIGHT:
        nullable += operator.columns[split:]
    return [column.name for column in nullable if column.type == "string"]


def _lacking(union: Node, piped: tuple[Column, ...], rewriter: Rewriter) -> list[str]:
    """The string columns that some side of the union does not have."""
    sides = [piped] if piped else []
    sides += [side.columns for side in items(_list_of(union)) if side.columns]
    everywhere = [{column.name for column in side} for side in sides]
    source = _parameter(union, "withsource", rewriter)
    return [
        column.name
        for column in union.columns
        if column.type == "string"
        and column.name != source
        and not all(column.name in names for names in everywhere)
    ]


def _list_of(operator: Node) -> Node | None:
    """The operator's list of expressions; that of its parameters comes before it."""
    lists = [item for item in operator.children if item.kind == "List"]
    return lists[-1] if lists else None


def _parameter(operator: Node, name: str, rewriter: Rewriter) -> str | None:
    """The value of ``name=value`` among the operator's parameters, as it is written."""
    for group in operator.children:
        for item in group.children if group.kind == "List" else ():
            if item.kind == "NamedParameter" and item.children[0].name == name:
                return rewriter.source(item.children[-1])
    return None
