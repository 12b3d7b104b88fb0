"""The version is written in one place, and everything else asks for it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from vedette import __version__

if TYPE_CHECKING:
    from tests.meta.conftest import Module


def test_only_one_module_writes_the_version(product: tuple[Module, ...]) -> None:
    quoted = re.compile(rf"""["']v?{re.escape(__version__)}["']""")
    holders = [module.path for module in product if quoted.search(module.text)]
    assert holders == ["src/vedette/__init__.py"]


def test_the_metadata_takes_the_version_from_there(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    assert project["tool"]["hatch"]["version"]["path"] == "src/vedette/__init__.py"


def test_the_changelog_knows_the_version(repository: Path) -> None:
    changelog = (repository / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (\S+)", changelog, re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert __version__ in headings
