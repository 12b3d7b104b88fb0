"""Operators that compute, choose, rename and order columns: ``extend`` and the ``project`` family.

The trap: an expression reads the columns as they were before the operator, also those that the same
operator replaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from vedette.engine.sql.bodies import unbracketed
from vedette.engine.sql.compiler import Compiler, Operator
from vedette.engine.sql.functions.library import SEVERAL
from vedette.engine.sql.operators.shape import (
    beneath,
    columns_of,
    expressions,
    named,
    ready,
    settled,
)
from vedette.engine.sql.registry import Call, Several
from vedette.engine.sql.relation import Relation, chosen, from_source, identifiers
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import Value, has_window, identifier, integer, literal, string
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import arguments, called, child, items, walk
from vedette.schema.types import Column

_NAMED = frozenset({"CompoundNamedExpression", "SimpleNamedExpression"})
_DOTNET = {
    "bool": "System.SByte",
    "datetime": "System.DateTime",
    "decimal": "System.Data.SqlTypes.SqlDecimal",
    "dynamic": "System.Object",
    "guid": "System.Guid",
    "int": "System.Int32",
    "long": "System.Int64",
    "real": "System.Double",
    "string": "System.String",
    "timespan": "System.TimeSpan",
}


@dataclass(frozen=True, slots=True)
class Computed:
    """A column that an operator computes; ``name`` None where the compiler names it."""

    name: str | None
    value: Value
    node: Node


def extend(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``extend``: new columns at the end, replaced ones in their place."""
    items_ = expressions(node)
    relation = ready(relation, items_)
    inside = scope.over(relation)
    computed = _computed(compiler, items_, inside)
    names = _extended_names(compiler, node, relation, scope, computed)
    relation = beneath(relation, inside.row)
    if relation.order:
        relation = relation.nested()
    added = [(name, column.value) for name, column in zip(names, computed, strict=True)]
    return settled(with_columns(relation, added), [value for _, value in added])


def with_columns(relation: Relation, added: list[tuple[str, Value]]) -> Relation:
    """The relation with these columns computed over it; the relation must be able to read them."""
    types = {column.name: column.type for column in relation.columns}
    idents = dict(zip([c.name for c in relation.columns], relation.idents, strict=True))
    computed = dict(relation.computed)
    new = [name for name, _ in added if name not in types]
    everything = identifiers([*relation.idents, *dict.fromkeys(new)])
    idents.update(zip(dict.fromkeys(new), everything[len(relation.idents) :], strict=True))
    for name, value in added:
        types[name] = value.type
        computed[idents[name]] = value.sql
    shown = None if relation.shown is None else tuple(idents.values())
    return replace(
        relation,
        columns=tuple(Column(name, type_) for name, type_ in types.items()),
        idents=tuple(idents.values()),
        computed=computed,
        shown=shown,
    )


def _computed(compiler: Compiler, nodes: list[Node], scope: Scope) -> list[Computed]:
    return [column for item in nodes for column in _columns(compiler, item, scope)]


def _columns(compiler: Compiler, item: Node, scope: Scope) -> list[Computed]:
    """What one item of the list computes: one column, or those of a function that makes several."""
    expression = item.children[-1] if item.kind in _NAMED else item
    several = SEVERAL.get(called(expression))
    if several is not None:
        return _several(compiler, several, item, expression, scope)
    if item.kind == "CompoundNamedExpression":
        compiler.refuse("several names for one value", item, scope)
    name, expression = named(item, scope)
    return [Computed(name, compiler.expression(expression, scope), item)]


def _several(
    compiler: Compiler, several: Several, item: Node, expression: Node, scope: Scope
) -> list[Computed]:
    """The columns of one call: the names that it is given, then the function's own."""
    given = arguments(expression)
    function = called(expression)
    values = several.build(Call(compiler, expression, scope, function, given))
    subject = given[0].name if given and given[0].kind == "NameReference" else ""
    names = [f"{function}_{subject}_{end}" if subject else None for end in several.fields]
    if item.kind == "SimpleNamedExpression":
        names[0] = named(item, scope)[0]
    elif item.kind == "CompoundNamedExpression":
        renames = child(item, "RenameList")
        listed = items(child(renames, "List")) if renames is not None else []
        names[: len(listed)] = [unbracketed(scope.source(each)) for each in listed]
    return [Computed(name, value, item) for name, value in zip(names, values, strict=False)]


def _extended_names(
    compiler: Compiler, node: Node, relation: Relation, scope: Scope, computed: list[Computed]
) -> list[str]:
    """The names of what ``extend`` computes; what has none gets the node's new names in turn."""
    before = relation.types()
    given = {column.name for column in computed}
    waiting = [c.name for c in node.columns if c.name not in before and c.name not in given]
    unnamed = [column.node for column in computed if column.name is None]
    if unnamed and len(waiting) != len(unnamed):
        waiting = _passed(compiler, unnamed, node, scope, waiting)
    return [waiting.pop(0) if column.name is None else column.name for column in computed]


def _passed(
    compiler: Compiler, unnamed: list[Node], node: Node, scope: Scope, waiting: list[str]
) -> list[str]:
    """Names of expressions some of which pass their column's name on (``tostring(a)`` is ``a``)."""
    result = []
    for item in unnamed:
        inner = item
        while inner.kind == "FunctionCallExpression":
            arguments = child(inner, "ExpressionList")
            listed = items(child(arguments, "List")) if arguments else []
            if not listed:
                break
            inner = listed[0]
        if inner.kind == "NameReference" and inner is not item:
            result.append(inner.name)
        elif waiting:
            result.append(waiting.pop(0))
        else:
            compiler.refuse("how extend names this column", item, scope)
    if waiting:
        compiler.refuse("how extend names its columns", node, scope)
    return result


def project(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``project``."""
    items_ = expressions(node)
    relation = ready(relation, items_)
    inside = scope.over(relation)
    computed = _computed(compiler, items_, inside)
    values = [column.value for column in computed]
    names = [column.name for column in computed]
    columns = columns_of(compiler, node, scope, names, [value.type for value in values])
    relation = beneath(relation, inside.row)
    if relation.order or any(has_window(value.sql) for value in values):
        relation = relation.nested()
    result = chosen(relation, columns, [value.sql for value in values], keep_hidden=False)
    return settled(result, values)


def select(relation: Relation, names: list[tuple[str, str]]) -> Relation:
    """The columns ``(new name, old name)`` of a relation."""
    relation = relation.nested()
    types, idents = relation.types(), {}
    for column, ident in zip(relation.columns, relation.idents, strict=True):
        idents[column.name] = ident
    columns = [Column(new, types[old]) for new, old in names]
    return chosen(
        relation, columns, [identifier(idents[old]) for _, old in names], keep_hidden=True
    )


def choose(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``project-away``, ``-keep``, ``-reorder``, ``-by-names``: the node knows which remain."""
    known = relation.types()
    kept = [column.name for column in compiler.known(node)]
    if not kept and node.kind in {"ProjectAwayOperator", "ProjectKeepOperator"}:
        patterns = [unbracketed(scope.source(item).strip()) for item in expressions(node)]
        stays = node.kind == "ProjectKeepOperator"
        kept = [
            name for name in known if any(fnmatchcase(name, each) for each in patterns) == stays
        ]
    if not kept or not all(name in known for name in kept):
        compiler.refuse("which columns remain", node, scope)
    return select(relation, [(name, name) for name in kept])


def rename(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``project-rename new = old``."""
    new_names = {}
    for item in expressions(node):
        new, old = named(item, scope)
        if new is None:
            compiler.refuse("this renaming", item, scope)
        new_names[old.name or unbracketed(scope.source(old))] = new
    names = [(new_names.get(column.name, column.name), column.name) for column in relation.columns]
    return select(relation, names)


def get_schema(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``getschema``: one row a column."""
    del compiler, scope
    rows = ", ".join(
        f"({string(c.name).sql}, {integer(n).sql}, {literal(_DOTNET[c.type])}, {literal(c.type)})"
        for n, c in enumerate(relation.columns)
    )
    idents = [column.name for column in node.columns]
    listed = ", ".join(identifier(ident) for ident in idents)
    return from_source(f"(SELECT * FROM (VALUES {rows}) AS s({listed}))", node.columns, idents)


def assert_schema(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``assert-schema (a: long, …)``: the same rows, whose columns are exactly these."""
    declared = {
        item.children[0].name: item.children[0].type
        for item in walk(node)
        if item.kind == "NameAndTypeDeclaration"
    }
    if declared != relation.types():
        compiler.refuse("assert-schema with other columns than there are", node, scope)
    return relation


OPERATORS: Mapping[str, Operator] = {
    "AssertSchemaOperator": assert_schema,
    "ExtendOperator": extend,
    "GetSchemaOperator": get_schema,
    "ProjectAwayOperator": choose,
    "ProjectByNamesOperator": choose,
    "ProjectKeepOperator": choose,
    "ProjectOperator": project,
    "ProjectRenameOperator": rename,
    "ProjectReorderOperator": choose,
}
