"""Every module says what it is for, and every public name what it gives."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.meta.conftest import Module

Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def test_every_module_says_what_it_is_for(modules: tuple[Module, ...]) -> None:
    silent = [
        module.path for module in modules if module.tree.body and not ast.get_docstring(module.tree)
    ]
    assert not silent


def test_every_public_name_has_a_docstring(product: tuple[Module, ...]) -> None:
    silent = [
        f"{module.path}:{node.lineno} {node.name}"
        for module in product
        for node in public_names(module.tree)
        if not ast.get_docstring(node)
    ]
    assert not silent


def test_no_package_hides_logic_in_its_init(product: tuple[Module, ...]) -> None:
    logic = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match, ast.Call, *functions())
    hidden = [
        module.path
        for module in product
        if module.path.endswith("__init__.py")
        and any(isinstance(node, logic) for node in ast.walk(module.tree))
    ]
    assert not hidden


def functions() -> tuple[type[ast.AST], ...]:
    """The syntax nodes that define a function."""
    return (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def public_names(node: ast.AST) -> Iterator[Documented]:
    """The public functions and classes of a module, and the methods of those classes."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Documented) and not child.name.startswith("_"):
            if not is_overload(child):
                yield child
            if isinstance(child, ast.ClassDef):
                yield from public_names(child)


def is_overload(node: Documented) -> bool:
    """True for one signature of several, and for a setter: the function itself says it all."""
    return any(
        (isinstance(mark, ast.Name) and mark.id in {"overload", "override"})
        or (isinstance(mark, ast.Attribute) and mark.attr == "setter")
        for mark in node.decorator_list
    )
