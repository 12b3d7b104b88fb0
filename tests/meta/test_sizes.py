"""Parts stay small enough to be read in one go."""

from __future__ import annotations

import ast
import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.meta.conftest import Module

MODULE_LINES = 500
MEDIAN_MODULE_LINES = 150
FUNCTION_LINES = 60


def test_no_module_is_long(modules: tuple[Module, ...]) -> None:
    long = {module.path: module.lines for module in modules if module.lines > MODULE_LINES}
    assert not long, f"over {MODULE_LINES} lines: split by what each part is for"


def test_half_of_the_modules_are_short(product: tuple[Module, ...]) -> None:
    sizes = [module.lines for module in product if module.lines]
    assert statistics.median(sizes) <= MEDIAN_MODULE_LINES


def test_no_function_is_long(product: tuple[Module, ...]) -> None:
    long = {
        f"{module.path}:{node.lineno} {node.name}": size
        for module in product
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (size := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    }
    assert not long, f"over {FUNCTION_LINES} lines: name the steps and give each a function"
