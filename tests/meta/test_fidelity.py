"""Assumptions about the service that the code makes and docs/fidelity.md does not tell."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest


def _public_names(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name):
                names.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return {name for name in names if not name.startswith("_") and name != "Row"}


@pytest.mark.parametrize(
    "layer", ["deploy", "generate", "model", "operate", "simulate", "workspace"]
)
def test_every_assumption_is_told(layer: str, repository: Path) -> None:
    told = (repository / "docs" / "fidelity.md").read_text(encoding="utf-8")
    file = repository / "src" / "vedette" / layer / "assumptions.py"

    missing = {name for name in _public_names(file) if f"`{name}`" not in told}

    assert missing == set()


def test_no_other_layer_has_a_list_that_is_not_checked(repository: Path) -> None:
    found = {file.parent.name for file in (repository / "src" / "vedette").rglob("assumptions*.py")}

    assert found == {"deploy", "generate", "model", "operate", "simulate", "workspace"}
