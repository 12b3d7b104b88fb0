"""A clean repository of detections, for each test to break in one place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "cases" / "repository"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The root of a copy of ``tests/cases/repository``."""
    root = tmp_path / "repository"
    shutil.copytree(EXAMPLE, root)
    return root
