"""A cache in a place that is not the user's."""

from __future__ import annotations

from pathlib import Path

import pytest

from vedette.cli.cache import cache_folder

HOME = Path("/home/ana")


@pytest.mark.parametrize(
    ("variables", "platform", "folder"),
    [
        ({}, "linux", HOME / ".cache" / "vedette"),
        ({}, "darwin", HOME / "Library" / "Caches" / "vedette"),
        ({}, "win32", HOME / "AppData" / "Local" / "vedette"),
        ({"XDG_CACHE_HOME": "/caches/ana"}, "linux", Path("/caches/ana/vedette")),
        ({"LOCALAPPDATA": "D:/Local"}, "win32", Path("D:/Local/vedette")),
        ({"VEDETTE_CACHE": "/elsewhere"}, "linux", Path("/elsewhere")),
        ({"VEDETTE_CACHE": "off"}, "linux", None),
        ({"VEDETTE_CACHE": ""}, "linux", None),
    ],
)
def test_the_folder_is_the_one_that_the_system_names(
    variables: dict[str, str], platform: str, folder: Path | None
) -> None:
    assert cache_folder(variables, platform, lambda: HOME) == folder


def test_without_a_home_nothing_is_kept() -> None:
    def nowhere() -> Path:
        raise RuntimeError("no home")

    assert cache_folder({}, "linux", nowhere) is None
