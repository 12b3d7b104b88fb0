"""A journal that can be changed unnoticed, or that reads a kill as a forgery."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vedette.deploy.deploy import COMPLETE, NOT_BEGUN, unfinished
from vedette.deploy.file_lock import locked
from vedette.deploy.journal import (
    FILE,
    Head,
    Journal,
    JournalError,
    LineKind,
    journal_folder,
    read_lines,
)
from vedette.deploy.lease import Lease
from vedette.deploy.verify_journal import verify_journal
from vedette.errors import ServiceError

if TYPE_CHECKING:
    from vedette.deploy.plan import Target

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture(name="journal")
def _journal(tmp_path: Path) -> Journal:
    """Four lines of one apply, without a snapshot's."""
    journal = Journal.open(tmp_path)
    for number in range(4):
        journal.append(LineKind.INTENT, NOW, {"apply": "a", "number": number, "text": "ü\n\u2028"})
    return journal


def texts(folder: Path) -> list[str]:
    return (folder / FILE).read_text(encoding="utf-8").splitlines()


def write(folder: Path, lines: list[str], end: str = "\n") -> None:
    (folder / FILE).write_text("\n".join(lines) + end, encoding="utf-8", newline="\n")


def lease_of(head: Head) -> Lease:
    return Lease("a", "alice", NOW, head, held=False)


def test_what_was_written_is_read_again(journal: Journal, tmp_path: Path) -> None:
    again = Journal.open(tmp_path)
    assert again.lines == journal.lines
    assert again.head == journal.head
    assert [line.seq for line in again.lines] == [1, 2, 3, 4]
    assert again.lines[2].content["text"] == "ü\n\u2028"


def test_every_line_is_one_line(journal: Journal, tmp_path: Path) -> None:
    assert len(texts(tmp_path)) == 4
    assert all(json.loads(line)["at"] == "2026-11-02T12:00:00.000000Z" for line in texts(tmp_path))


@pytest.mark.parametrize("number", range(4))
def test_t18_a_line_that_was_changed_is_named(
    journal: Journal, tmp_path: Path, number: int
) -> None:
    lines = texts(tmp_path)
    lines[number] = lines[number].replace(f'"number":{number}', '"number":9')
    write(tmp_path, lines)
    assert read_lines((tmp_path / FILE).read_text("utf-8"))[1] == f"line {number + 1} was changed"
    with pytest.raises(JournalError, match="audit verify"):
        Journal.open(tmp_path)


@pytest.mark.parametrize("number", range(3))
def test_t18_a_line_that_was_taken_out_is_missed(
    journal: Journal, tmp_path: Path, number: int
) -> None:
    lines = texts(tmp_path)
    del lines[number]
    write(tmp_path, lines)
    audit = verify_journal(tmp_path, anchored=False)
    assert audit.problems == (f"line {number + 1} does not follow the one before it",)


def test_t18_an_end_that_was_cut_off_is_missed_by_the_workspace_alone(
    journal: Journal, tmp_path: Path
) -> None:
    head = journal.head
    write(tmp_path, texts(tmp_path)[:-1])
    assert verify_journal(tmp_path, anchored=False).problems == ()
    (problem,) = verify_journal(tmp_path, lease_of(head), anchored=True).problems
    assert problem == "the workspace knows 4 lines, 3 are here: the end was cut off"


def test_t18_a_journal_that_was_written_anew_is_found_out(journal: Journal, tmp_path: Path) -> None:
    head = journal.head
    (tmp_path / FILE).unlink()
    forged = Journal.open(tmp_path)
    for number in range(4):
        forged.append(LineKind.INTENT, NOW, {"apply": "a", "number": number})
    (problem,) = verify_journal(tmp_path, lease_of(head), anchored=True).problems
    assert "written last through another journal (apply a by alice)" in problem


def test_t18_lines_that_were_written_anew_after_a_true_beginning_are_found_out(
    journal: Journal, tmp_path: Path
) -> None:
    head = journal.head
    write(tmp_path, texts(tmp_path)[:2])
    forged = Journal.open(tmp_path)
    for _ in range(2):
        forged.append(LineKind.INTENT, NOW, {"apply": "b"})
    (problem,) = verify_journal(tmp_path, lease_of(head), anchored=True).problems
    assert problem.startswith("line 4 is not the one that the workspace knows")


def test_t15_a_journal_that_no_workspace_knows_is_no_checked_one(
    journal: Journal, tmp_path: Path
) -> None:
    (problem,) = verify_journal(tmp_path, None, anchored=True).problems
    assert "the workspace knows of no journal" in problem


def test_lines_after_the_end_that_the_workspace_knows_are_no_forgery(
    journal: Journal, tmp_path: Path
) -> None:
    head = journal.head
    journal.append(LineKind.INTENT, NOW, {"apply": "a"})
    assert verify_journal(tmp_path, lease_of(head), anchored=True).problems == ()


def test_half_a_line_is_a_kill_and_is_written_over(journal: Journal, tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.write_bytes(file.read_bytes() + b'{"seq":5,"prev":"00')
    audit = verify_journal(tmp_path, lease_of(journal.head), anchored=True)
    assert audit.problems == ()
    assert any("not whole" in note for note in audit.notes)
    again = Journal.open(tmp_path)
    again.append(LineKind.END, NOW, {"apply": "a"})
    assert len(Journal.open(tmp_path).lines) == 5


def test_a_snapshot_that_is_gone_or_changed_is_named(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal.append(LineKind.BEGIN, NOW, {"apply": "a", "snapshot": "00"})
    (gone,) = verify_journal(tmp_path, anchored=False).problems
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "snapshots" / "a.json").write_text("{}", encoding="utf-8")
    (changed,) = verify_journal(tmp_path, anchored=False).problems
    assert gone == "line 1: the snapshot a.json is gone"
    assert changed == "line 1: the snapshot a.json was changed"


@pytest.mark.parametrize("field", ["tenant", "subscription", "resource_group", "workspace"])
def test_t17_every_workspace_has_a_journal_of_its_own(
    target: Target, tmp_path: Path, field: str
) -> None:
    other = replace(target, **{field: "other"})
    assert journal_folder(tmp_path, target) != journal_folder(tmp_path, other)


def test_t17_the_spelling_of_a_name_makes_no_second_journal(target: Target, tmp_path: Path) -> None:
    shouted = replace(target, workspace=target.workspace.upper())
    assert journal_folder(tmp_path, target) == journal_folder(tmp_path, shouted)


def test_t19_two_processes_of_one_machine_do_not_write_at_once(tmp_path: Path) -> None:
    with (
        locked(tmp_path),
        pytest.raises(ServiceError, match="another process of this machine"),
        locked(tmp_path),
    ):
        pytest.fail("both hold the lock")
    with locked(tmp_path):
        assert (tmp_path / "lock").exists()


class TestUnfinished:
    """Which apply ``--resume`` goes on with."""

    @pytest.fixture(name="say")
    def _say(self, tmp_path: Path) -> Callable[..., Journal]:
        journal = Journal.open(tmp_path)

        def say(kind: LineKind, apply_id: str, status: str = "") -> Journal:
            journal.append(kind, NOW + timedelta(0), {"apply": apply_id, "status": status})
            return journal

        return say

    def test_nothing_began(self, tmp_path: Path) -> None:
        assert unfinished(Journal.open(tmp_path)) is None

    def test_the_last_came_to_its_end(self, say: Callable[..., Journal]) -> None:
        say(LineKind.BEGIN, "a")
        assert unfinished(say(LineKind.END, "a", COMPLETE)) is None

    @pytest.mark.parametrize("ending", ["incomplete", ""])
    def test_not_all_of_the_last_was_done(self, say: Callable[..., Journal], ending: str) -> None:
        journal = say(LineKind.BEGIN, "a")
        if ending:
            say(LineKind.END, "a", ending)
        begin = unfinished(journal)
        assert begin is not None
        assert begin.apply_id == "a"

    def test_one_that_never_began_does_not_hide_the_one_before(
        self, say: Callable[..., Journal]
    ) -> None:
        say(LineKind.BEGIN, "a")
        say(LineKind.BEGIN, "b")
        begin = unfinished(say(LineKind.END, "b", NOT_BEGUN))
        assert begin is not None
        assert begin.apply_id == "a"
