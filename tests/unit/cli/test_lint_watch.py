"""A watch that misses a change, ends at a slip, or starts a compiler for each round."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from vedette.cli import lint

HUNT = "id: 2f4e1c1a-7a39-4d51-9d41-1f4b8c7d0a01\nname: Hunt\nquery: |\n  SigninLogs | take {}\n"


def test_each_change_is_linted_until_it_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hunt = tmp_path / "detections" / "hunt.yaml"
    hunt.parent.mkdir()
    hunt.write_text(HUNT.format("1"), encoding="utf-8")

    def edits() -> Iterator[None]:
        yield  # nothing has changed: nothing is said
        hunt.write_text(HUNT.format("'one'"), encoding="utf-8")
        yield
        hunt.unlink()
        yield
        hunt.write_text(HUNT.format("12"), encoding="utf-8")
        yield
        raise KeyboardInterrupt

    waiting = edits()
    monkeypatch.setattr(time, "sleep", lambda _: next(waiting))
    monkeypatch.setenv("VEDETTE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(lint.command, ["--watch"], standalone_mode=False)

    assert done.exception is None
    said = [each for each in done.output.splitlines() if "hunt.yaml" not in each]
    assert said == [
        "1 detection: 2 errors",
        "1 detection: 3 errors",
        "vedette: there are no detections here; 'vedette new NAME' writes the first one",
        "1 detection: 2 errors",
    ]
    assert done.return_value == 1


@pytest.mark.parametrize("more", [["--format", "json"], ["--write-baseline", "--baseline", "b"]])
def test_a_watch_shows_text_alone(more: list[str]) -> None:
    done = CliRunner().invoke(lint.command, ["--watch", *more])

    assert done.exit_code != 0
    assert "--watch shows text" in str(done.exception)
