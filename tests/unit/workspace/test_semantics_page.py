"""docs/workspace.md names the test behind each fact: what breaks when there is no such test."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_a_fact_is_held_by_no_test() -> None:
    page = (ROOT / "docs/workspace.md").read_text(encoding="utf-8")
    named = _NAMED.findall(page)
    assert len(named) > 15
    missing = [
        f"{file}::{test}"
        for file, test in named
        if f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_a_fact_has_no_test() -> None:
    page = (ROOT / "docs/workspace.md").read_text(encoding="utf-8")
    semantics = page.partition("## Its semantics")[2].partition("## What it does not do")[0]
    rows = [line for line in semantics.splitlines() if line.startswith("| ")]
    facts = [row for row in rows if not row.startswith("| fact |")]
    assert len(facts) > 15
    assert [row for row in facts if not _NAMED.search(row)] == []
