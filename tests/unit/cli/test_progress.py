"""What a run of writes shows as it goes: a line for each, and where somebody watches its rate."""

from __future__ import annotations

import io
import sys
from pathlib import PurePosixPath

import pytest

from vedette.cli.progress import shown_progress
from vedette.deploy.outcome import Outcome, Status
from vedette.deploy.plan import Action, Change
from vedette.deploy.resource import Resource, ResourceKind


class Terminal(io.StringIO):
    """A standard output that somebody watches."""

    def isatty(self) -> bool:
        return True


def outcome(label: str, status: Status = Status.WRITTEN, message: str = "") -> Outcome:
    path = PurePosixPath(f"detections/{label}.yaml")
    resource = Resource(ResourceKind.RULE, label, label, f"[red]{label}", path, {})
    return Outcome(Change(Action.CREATE, resource), status, message)


def show(total: int, *outcomes: Outcome) -> None:
    with shown_progress(total, colour=False) as progress:
        for each in outcomes:
            progress.tell(each)


def test_a_pipeline_gets_a_line_for_each_write_and_no_bar(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show(2, outcome("one"), outcome("two", Status.REFUSED, "no such table"))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines] == [
        ["written", "rule", "[red]one"],
        ["refused", "rule", "[red]two"],
        ["no", "such", "table"],
    ]


def test_a_terminal_gets_the_same_lines_with_the_count_and_the_rate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    show(3, outcome("one"), outcome("two"), outcome("three"))
    shown = terminal.getvalue()
    for label in ("one", "two", "three"):
        # A label with brackets is text, not markup.
        assert f"[red]{label}" in shown
    assert "3/3" in shown
    assert "changes/s" in shown


def test_nothing_to_write_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    show(0)
    assert terminal.getvalue() == ""
