"""Functions: of the workspace, and those that a query defines with ``let``.

The translator takes scalar functions as ``let`` statements and tabular ones as definitions beside
the query, each in that form only. The trap: what a workspace function calls must be defined before
it is, and only the trees of the bodies say what that is.
"""

from __future__ import annotations

from dataclasses import replace

from vedette.errors import UnsupportedError
from vedette.kql.bound import Node
from vedette.kql.desugar.pipes import bare
from vedette.kql.desugar.rewriter import Rewriter
from vedette.kql.desugar.segments import Segments
from vedette.kql.desugar.tree import (
    arguments,
    body_of,
    called,
    child,
    is_tabular,
    items,
    literal,
    walk,
)

#: Functions that take a table and that the translator reads as they are.
_TABULAR_BUILTINS = frozenset({"materialize"})


def define_workspace_functions(rewriter: Rewriter) -> None:
    """Put every workspace function of the query into the output, callees first."""
    query = rewriter.output.query
    started: set[str] = set()

    def define(name: str) -> None:
        if name in started:
            return
        started.add(name)
        function, tree = query.functions[name], query.bodies.get(name)
        if tree is None:
            raise UnsupportedError(f"function {name}")
        for node in walk(tree):
            if called(node) in query.functions:
                define(called(node))
        inner = Rewriter(function.body, rewriter.rules, rewriter.output, located=False)
        body = _body(tree, inner)
        last = body_of(tree)
        if last is not None and is_tabular(last):
            definition = f"function {name}({function.parameters}) {{{body}\n}}"
            rewriter.output.functions[name] = definition
        else:
            definition = f"let {name} = ({function.parameters}) {{{body}\n}};\n"
            rewriter.output.scalars[name] = definition

    for name in query.functions:
        define(name)


def _body(tree: Node, rewriter: Rewriter) -> str:
    """A body's text without its braces, which are the compiler's and not in the function's text."""
    braces = [
        (item, "") for item in tree.children if item.kind in {"OpenBraceToken", "CloseBraceToken"}
    ]
    return rewriter.inside(tree, braces).text


def tabular_let(element: Node, rewriter: Rewriter) -> Segments | None:
    """``let F = (x:string) { T | … };`` becomes a definition beside the query.

    It is expanded where it is called, so that it sees the variables of the query as it did. The
    whole list element goes, since a semicolon left alone is a syntax error.
    """
    statement = element.children[0] if element.children else element
    if statement.kind != "LetStatement":
        return None
    declaration = child(statement, "FunctionDeclaration")
    name = child(statement, "NameDeclaration")
    if declaration is None or name is None:
        return None
    body = child(declaration, "FunctionBody")
    parameters = child(declaration, "FunctionParameters")
    last = None if body is None else body_of(body)
    if body is None or last is None or parameters is None or not is_tabular(last):
        return None
    if _has_tabular_parameter(parameters):
        return None
    written = rewriter.source(name)
    if any(called(node) == "table" for node in walk(body)):
        rewriter.output.generic[written] = declaration
        return Segments()
    if written in rewriter.output.functions:
        raise UnsupportedError(f"two functions called {written}", offset=statement.start)
    braces = rewriter.inside(body).text
    rewriter.output.functions[written] = f"function {written}{rewriter.source(parameters)} {braces}"
    return Segments()


def invoke(call: Node, rewriter: Rewriter) -> Segments | None:
    """``F(T, 1)`` is ``T | invoke F(1)``."""
    given = arguments(call)
    if not is_tabular(call) or not given or not is_tabular(given[0]):
        return None
    if called(call) in _TABULAR_BUILTINS:
        return None
    parts: list[Segments | str] = []
    for item in given[1:]:
        parts += [", ", rewriter.rewrite(item)]
    head = (bare(given[0], rewriter), " | invoke ", called(call), "(")
    return rewriter.made(call, *head, *parts[1:], ")")


def specialise(call: Node, rewriter: Rewriter) -> Segments | None:
    """``F("T")``, where F reads ``table(name)``: a definition of F for the tables named here."""
    declaration = rewriter.output.generic.get(called(call))
    if declaration is None:
        return None
    parameters = child(declaration, "FunctionParameters")
    body = child(declaration, "FunctionBody")
    if parameters is None or body is None:
        return None
    names = [rewriter.source(item).partition(":")[0] for item in items(child(parameters, "List"))]
    values = [literal(item, rewriter.text) for item in arguments(call)]
    given = {
        name.strip(): value for name, value in zip(names, values, strict=False) if value is not None
    }
    special = replace(rewriter, given=given, columns=None)
    name = f"{called(call)}_{len(rewriter.output.functions)}"
    definition = f"function {name}{rewriter.source(parameters)} {special.inside(body).text}"
    rewriter.output.functions[name] = definition
    head = call.children[0]
    return rewriter.inside(call, [(head, rewriter.made(head, name))])


def named_arguments(call: Node, rewriter: Rewriter) -> Segments | None:
    """``F(b = 2, a = 1)`` in the order of F's parameters; a gap before a given one is refused."""
    given = arguments(call)
    if not any(item.kind == "SimpleNamedExpression" for item in given):
        return None
    function = rewriter.output.query.functions.get(called(call))
    if function is None:
        name = rewriter.source(call.children[0])
        raise UnsupportedError(f"named arguments of {name}", offset=call.start)
    order = [part.partition(":")[0].strip() for part in function.parameters.split(",")]
    values: dict[str, Segments] = {}
    for position, item in enumerate(given):
        if item.kind == "SimpleNamedExpression":
            values[rewriter.source(item.children[0])] = rewriter.rewrite(item.children[-1])
        else:
            values[order[position]] = rewriter.rewrite(item)
    if set(order[: len(values)]) != set(values):
        raise UnsupportedError("a named argument after an omitted one", offset=call.start)
    parts: list[Segments | str] = [called(call), "("]
    for name in order[: len(values)]:
        parts += [values[name], ", "]
    return rewriter.made(call, *parts[:-1], ")")


def _has_tabular_parameter(parameters: Node) -> bool:
    return any(child(item, "SchemaTypeExpression") is not None for item in walk(parameters))
