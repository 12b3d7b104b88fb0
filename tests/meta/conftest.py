"""What the tests of the repository itself share: its files, as git would commit them."""

from __future__ import annotations

import ast
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file: ``path`` from the root, with forward slashes."""

    path: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return self.text.count("\n")


@pytest.fixture(scope="session")
def files() -> tuple[Path, ...]:
    """Every file that git holds or would add, from the root; not what it ignores."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: which files belong to the repository is not known")
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    names = sorted(set(listed.stdout.split("\0")) - {""})
    found = tuple(Path(name) for name in names if (ROOT / name).is_file())
    assert found, "git lists no file"
    return found


@pytest.fixture(scope="session")
def modules(files: tuple[Path, ...]) -> tuple[Module, ...]:
    """Every Python file of the repository, parsed."""
    found = []
    for path in files:
        if path.suffix == ".py":
            text = (ROOT / path).read_text(encoding="utf-8")
            found.append(Module(path.as_posix(), text, ast.parse(text, str(path))))
    return tuple(found)


@pytest.fixture(scope="session")
def product(modules: tuple[Module, ...]) -> tuple[Module, ...]:
    """The Python files that are not tests."""
    found = tuple(module for module in modules if not module.path.startswith("tests/"))
    assert any(module.path.startswith("src/vedette/") for module in found)
    return found
