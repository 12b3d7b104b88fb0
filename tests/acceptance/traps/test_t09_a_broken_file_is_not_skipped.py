"""T9: a check that skips what it cannot read is green for a file that deploys nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]

RULE = Path("detections/mail/phish-delivered.yaml")


@pytest.mark.parametrize(
    ("broken", "finding"),
    [
        ("<<<<<<< ours\nid: 1\n=======\nid: 2\n>>>>>>> theirs\n", "bad-yaml"),
        ("- a list\n- and no mapping\n", "wrong-type"),
        ("", "empty-file"),
        ("name: [unclosed\n", "bad-yaml"),
    ],
    ids=["conflict markers", "a list", "empty", "unclosed"],
)
@pytest.mark.parametrize("verb", ["lint", "test", "build"])
def test_t9_a_file_that_cannot_be_read_is_never_green(
    here: Here, small_repository: Path, broken: str, finding: str, verb: str
) -> None:
    (small_repository / RULE).write_text(broken, encoding="utf-8", newline="\n")

    done = here(verb)

    assert done.code == 1, done.out + done.err
    assert f"{RULE.as_posix()}:" in done.out
    assert verb != "lint" or finding in done.out, done.out
