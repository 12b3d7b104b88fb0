"""A change that a watch does not see, or a compiler that is started for nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from vedette.kql.incremental.stamps import changes, new_queries, stamps_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("a.yaml", "a.cases.yaml", "deep/b.yml", "deep/mails.jsonl", ".hidden.yaml"):
        path = tmp_path / "detections" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")
    return tmp_path


def test_only_what_may_hold_a_query_is_worth_a_compiler(root: Path) -> None:
    before = stamps_of(root)
    assert new_queries(None, before) == 2
    assert new_queries(["damaged"], before) == 2
    assert new_queries(before, before) == 0
    (root / "detections/deep/mails.jsonl").write_text("more", encoding="utf-8")
    (root / "detections/a.cases.yaml").write_text("more", encoding="utf-8")
    assert new_queries(before, stamps_of(root)) == 0
    os.utime(root / "detections/deep/b.yml", ns=(1, 1))
    assert new_queries(before, stamps_of(root)) == 1


def test_every_change_is_told_once_and_one_in_between_is_not_lost(root: Path) -> None:
    waited: list[int] = []
    edits: dict[int, Callable[[], object]] = {
        1: lambda: (root / "detections/a.yaml").write_text("other", encoding="utf-8"),
        3: lambda: (root / "detections/deep/mails.jsonl").unlink(),
        4: lambda: (root / "detections/.hidden.yaml").unlink(),
    }

    def wait() -> None:
        waited.append(1)
        if len(waited) in edits:
            edits[len(waited)]()

    rounds = changes(root, wait)
    next(rounds)
    assert len(waited) == 0
    next(rounds)
    assert len(waited) == 1
    # While the caller is at work on it:
    (root / "detections/new.yaml").write_text("", encoding="utf-8")
    next(rounds)
    assert len(waited) == 2
    next(rounds)
    assert len(waited) == 3
