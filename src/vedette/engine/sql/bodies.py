"""Functions with a body, and the ``let`` statements before an expression.

A body is compiled in place of each call, its parameters standing for the arguments. The trap: it is
compiled with the names of where it was defined, so that a column or variable of the caller is never
taken for one of its own.
"""

from __future__ import annotations

import json
from dataclasses import replace

from vedette.engine.sql import literals
from vedette.engine.sql import value as values
from vedette.engine.sql.compiler import Compiler
from vedette.engine.sql.relation import Relation
from vedette.engine.sql.scope import Binding, Lambda, Parameter, Scope, Variable
from vedette.engine.sql.value import SQL_TYPES, Value
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import arguments, child, items, walk
from vedette.model.query_text import split_parameters

#: How deep functions may call each other; Kusto has no recursion, so this is a mistake's depth.
_DEPTH = 50

_LITERAL_KINDS = {
    "bool": "BooleanLiteralExpression",
    "datetime": "DateTimeLiteralExpression",
    "decimal": "DecimalLiteralExpression",
    "guid": "GuidLiteralExpression",
    "int": "IntLiteralExpression",
    "long": "LongLiteralExpression",
    "real": "RealLiteralExpression",
    "string": "StringLiteralExpression",
    "timespan": "TimespanLiteralExpression",
}
#: Other names of the same types.
_TYPE_NAMES = {"boolean": "bool", "date": "datetime", "double": "real", "time": "timespan"}


def user_function(compiler: Compiler, name: str, scope: Scope) -> Lambda | None:
    """The function with a body that ``name`` is: a ``let`` of the query, or the workspace's."""
    binding = scope.names.get(name)
    if isinstance(binding, Lambda):
        return binding
    definition = compiler.query.functions.get(name)
    tree = compiler.query.bodies.get(name)
    if definition is None or tree is None:
        return None
    parameters = tuple(_written(part) for part in split_parameters(definition.parameters))
    return Lambda(name, parameters, tree, Scope(definition.body, located=False))


def entered(
    compiler: Compiler, function: Lambda, node: Node, scope: Scope, piped: Relation | None = None
) -> tuple[Scope, Node]:
    """The scope of a function's body for one call, and the expression that it ends in.

    ``piped`` is the first argument where ``invoke`` calls.
    """
    if scope.depth >= _DEPTH:
        compiler.refuse(f"{function.name}() at this depth", node, scope)
    located = function.scope.located and scope.located
    inner = replace(
        function.scope,
        row=None,
        anchor=None if located else scope.place(node),
        located=located,
        depth=scope.depth + 1,
    )
    bound = _bound(compiler, function, node, scope, piped)
    return declared(compiler, function.body, inner.named(bound))


def declared(compiler: Compiler, block: Node, scope: Scope) -> tuple[Scope, Node]:
    """The scope after a block's ``let`` statements, and the block's last expression."""
    last: Node | None = None
    for node in block.children:
        if node.kind == "List":
            for statement in items(node):
                if statement.kind == "LetStatement":
                    scope = _let(compiler, statement, scope)
                elif statement.kind == "ExpressionStatement":
                    last = statement.children[0]
                elif statement.kind not in {"QueryParametersStatement", "SetOptionStatement"}:
                    compiler.refuse(scope.source(statement).split()[0], statement, scope)
        elif node.children and not node.kind.endswith("Token"):
            last = node
    if last is None:
        compiler.refuse("a block without an expression", block, scope)
    return scope, last


def _let(compiler: Compiler, statement: Node, scope: Scope) -> Scope:
    name = scope.source(next(n for n in statement.children if n.kind == "NameDeclaration"))
    name = unbracketed(name)
    expression = statement.children[-1]
    if expression.kind != "FunctionDeclaration":
        return scope.named({name: compiler.variable(expression, scope, name)})
    parameters = child(expression, "FunctionParameters")
    body = child(expression, "FunctionBody")
    if parameters is None or body is None:
        compiler.refuse("this function", statement, scope)
    listed = items(child(parameters, "List"))
    made = tuple(_declared(compiler, item, scope) for item in listed)
    return scope.named({name: Lambda(name, made, body, scope)})


def unbracketed(name: str) -> str:
    """``['a b']`` is the name ``a b``."""
    return literals.unquoted(name[1:-1].strip()) if name.startswith("[") else name


def _bound(
    compiler: Compiler, function: Lambda, node: Node, scope: Scope, piped: Relation | None
) -> dict[str, Binding]:
    given: dict[str, Node] = {}
    parameters = function.parameters
    listed = arguments(node)
    for item in listed:
        if item.kind == "SimpleNamedExpression":
            given[scope.source(item.children[0])] = item.children[-1]
    unnamed = [each for each in parameters[piped is not None :] if each.name not in given]
    for item in listed:
        if item.kind != "SimpleNamedExpression" and unnamed:
            given[unnamed.pop(0).name] = item
    result: dict[str, Binding] = {}
    if piped is not None and parameters:
        result[parameters[0].name] = piped
    for parameter in parameters:
        argument = given.get(parameter.name)
        if argument is not None:
            result[parameter.name] = _argument(compiler, parameter, argument, scope)
        elif parameter.name not in result:
            if parameter.default is None:
                compiler.refuse(f"{function.name}() without {parameter.name}", node, scope)
            result[parameter.name] = parameter.default
    return result


def _argument(compiler: Compiler, parameter: Parameter, node: Node, scope: Scope) -> Binding:
    """An argument, compiled when the body first reads it: one that it never reads may be wrong."""

    def make() -> Value | Relation:
        if parameter.type == "table":
            return compiler.shared(compiler.relation(node, scope), parameter.name)
        return compiler.typed(node, scope, parameter.type)

    return Variable(make)


def _declared(compiler: Compiler, node: Node, scope: Scope) -> Parameter:
    """A parameter of a ``let`` function."""
    declaration = node if node.kind == "NameAndTypeDeclaration" else node.children[0]
    name = unbracketed(scope.source(declaration.children[0]))
    type_ = _type(scope.source(declaration.children[-1]))
    default = child(node, "DefaultValueDeclaration")
    if default is None or type_ == "table":
        return Parameter(name, type_)
    return Parameter(name, type_, compiler.typed(default.children[-1], scope, type_))


def _written(text: str) -> Parameter:
    """A parameter of a workspace function, from its text: ``name: type = default``."""
    head, _, default = text.partition("=")
    name, _, written = head.partition(":")
    type_ = _type(written)
    name = unbracketed(name.strip())
    if not default.strip():
        return Parameter(name, type_)
    return Parameter(name, type_, _constant(type_, default.strip()))


def _constant(type_: str, text: str) -> Value | None:
    try:
        if type_ == "dynamic":
            return values.dynamic(json.loads(text.partition("(")[2].rpartition(")")[0]))
        return literals.constant(_LITERAL_KINDS[type_], text)
    except (ValueError, ArithmeticError, KeyError):
        return None


def type_name(written: str) -> str:
    """The Kusto type of any of its names."""
    return _TYPE_NAMES.get(written.strip(), written.strip())


def _type(written: str) -> str:
    name = type_name(written)
    return name if name in SQL_TYPES else "table"


def calls(node: Node, names: frozenset[str]) -> bool:
    """True if one of these functions is called at or below the node."""
    return any(item.kind == "FunctionCallExpression" and item.name in names for item in walk(node))
