"""Ways round the tools are counted: a cap may fall, and rises only by a change of this file."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.meta.conftest import Module

#: What a comment says to switch a tool off → how often the product may, and how often its tests.
COMMENTS = {"type: ignore": (0, 0), "noqa": (2, 9), "no cover": (0, 0)}
#: Handlers of everything that do not raise it again: the boundary of the process alone may.
#: One, at the process boundary (cli/main.py).
BROAD_EXCEPTS = 1

#: Where printing is the job.
MAY_PRINT = ("src/vedette/cli/", "scripts/", "benchmarks/")


@pytest.mark.parametrize("hatch", COMMENTS)
def test_a_tool_is_switched_off_no_more_often_than_agreed(
    hatch: str, modules: tuple[Module, ...]
) -> None:
    found: dict[bool, list[str]] = {False: [], True: []}
    for module in modules:
        for line, comment in comments(module):
            if hatch in comment:
                found[module.path.startswith("tests/")].append(f"{module.path}:{line}")
    in_product, in_tests = COMMENTS[hatch]
    assert len(found[False]) <= in_product, found[False]
    assert len(found[True]) <= in_tests, found[True]


def test_nothing_swallows_every_exception(modules: tuple[Module, ...]) -> None:
    found = [
        f"{module.path}:{node.lineno}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler)
        and catches_everything(node)
        and not raises_again(node)
    ]
    assert len(found) <= BROAD_EXCEPTS, found


def test_only_the_command_line_prints(product: tuple[Module, ...]) -> None:
    found = [
        f"{module.path}:{node.lineno}"
        for module in product
        if not module.path.startswith(MAY_PRINT)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert not found


def comments(module: Module) -> Iterator[tuple[int, str]]:
    """Each comment with its line: what stands in a string is no comment."""
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def catches_everything(handler: ast.ExceptHandler) -> bool:
    """True for a bare ``except``, and for Exception or BaseException alone or in a tuple."""
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"} for kind in kinds
    )


def raises_again(handler: ast.ExceptHandler) -> bool:
    """True if the handler only tidies up: it ends with a bare ``raise``."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None
