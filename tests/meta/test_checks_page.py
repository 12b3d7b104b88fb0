"""docs/checks.md is what the checks say, and every finding can be explained."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from vedette.kql.checks.base import all_checks
from vedette.report.checks import GENERATED, render_page
from vedette.report.finding_texts import TEXTS, text_of

if TYPE_CHECKING:
    from tests.meta.conftest import Module

ID = re.compile(r"[a-z]+(?:-[a-z]+)+")


def test_the_page_is_up_to_date(repository: Path) -> None:
    page = (repository / "docs" / "checks.md").read_text(encoding="utf-8")

    assert page.splitlines()[0] == GENERATED
    assert page == render_page(all_checks()), "run python3 scripts/checks.py"


def test_every_finding_that_is_made_by_name_has_a_text(product: tuple[Module, ...]) -> None:
    made = {
        argument.value
        for module in product
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Finding"
        for argument in node.args[1:2]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }

    assert len(made) > 30
    assert [name for name in sorted(made) if text_of(name) is None] == []


def test_no_text_is_of_a_check_or_of_no_finding(product: tuple[Module, ...]) -> None:
    own = "finding_texts.py"
    written = {
        node.value
        for module in product
        if not module.path.endswith(own)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert TEXTS.keys() - written == set()
    assert TEXTS.keys() & {check.id for check in all_checks()} == set()
    assert all(ID.fullmatch(name) for name in TEXTS)
