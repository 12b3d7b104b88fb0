"""Nothing in the repository speaks of the machine that it was written on."""

from __future__ import annotations

from pathlib import Path

import pytest

#: Put together here, so that this file does not hold what it looks for.
FORBIDDEN = {
    "a folder of one machine": ["/" + folder + "/" for folder in ("work", "root", "opt/pypi")],
    "a host of a package registry": [
        "pypi" + ".org",
        "python" + "hosted.",
        "registry." + "npmjs",
        "npmjs" + ".com",
        "deb." + "debian",
        "crates" + ".io",
    ],
    "a writing tool": ["claude" + " code", "anthro" + "pic", "chat" + "gpt", "git" + "hub copilot"],
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what: str, files: tuple[Path, ...], repository: Path) -> None:
    found = []
    for path in files:
        text = (repository / path).read_bytes().decode("utf-8", "replace").lower()
        found += [f"{path.as_posix()}: {word}" for word in FORBIDDEN[what] if word in text]
    assert not found


def test_every_text_file_has_unix_line_ends(files: tuple[Path, ...], repository: Path) -> None:
    binary = {".png", ".duckdb"}
    found = [
        path.as_posix()
        for path in files
        if path.suffix not in binary and b"\r\n" in (repository / path).read_bytes()
    ]
    assert not found, "the same bytes on every system"
