"""``vedette generate mailbox``: files that another run, machine or reader would not get."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vedette.generate.mailbox import TABLES

Run = Callable[..., "subprocess.CompletedProcess[str]"]
SIZE = ("--users", "8", "--days", "2", "--seed", "4", "--start", "2026-10-05")


def test_it_writes_a_file_for_each_table_and_the_truth(vedette: Run, tmp_path: Path) -> None:
    lines = ("--format", "jsonl")
    done = vedette("generate", "mailbox", *SIZE, *lines, "--out", "box", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    box = tmp_path / "box"
    assert {path.name for path in box.iterdir()} == {f"{t}.jsonl" for t in TABLES} | {"truth.jsonl"}
    mails = records(box / "EmailEvents.jsonl")
    truth = records(box / "truth.jsonl")
    assert mails[0]["TimeGenerated"].startswith("2026-10-05T")
    ids = {mail["NetworkMessageId"] for mail in mails}
    assert all(set(campaign["networkMessageIds"]) <= ids for campaign in truth)
    events = sum(len(records(box / f"{table}.jsonl")) for table in TABLES)
    assert f"{events} events of 8 users and 2 days" in done.stdout
    assert f"{len(truth)} campaigns" in done.stdout


def test_two_runs_write_the_same_bytes(vedette: Run, tmp_path: Path) -> None:
    for name, seed in (("one", "1"), ("two", "2")):
        out = ("generate", "mailbox", *SIZE, "--out", name)
        assert vedette(*out, cwd=tmp_path, PYTHONHASHSEED=seed).returncode == 0
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert names == {f"{table}.parquet" for table in TABLES} | {"truth.jsonl"}


def test_a_folder_that_holds_something_is_left_alone(vedette: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")

    done = vedette("generate", "mailbox", *SIZE, "--out", ".", cwd=tmp_path)

    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def records(path: Path) -> list[dict[str, Any]]:
    """Every line of the file, read as JSON."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
