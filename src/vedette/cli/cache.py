"""Where the compiler's answers are kept: a folder of the user's, told by the operating system."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from vedette.kql.cache import AnswerCache

#: Names another folder; empty or ``off`` keeps nothing.
VARIABLE = "VEDETTE_CACHE"


def answer_cache() -> AnswerCache | None:
    """The cache that this environment asks for; None for none."""
    folder = answers_folder()
    return None if folder is None else AnswerCache(folder)


def answers_folder() -> Path | None:
    """Where the compiler's answers are kept; None for nowhere."""
    folder = cache_folder(os.environ, sys.platform, Path.home)
    return None if folder is None else folder / "kql"


def ledger_file(root: Path) -> Path | None:
    """What is remembered of the lint of the repository at ``root``; None for nothing."""
    folder = cache_folder(os.environ, sys.platform, Path.home)
    name = hashlib.sha256(str(root).encode("utf-8", "surrogatepass")).hexdigest()[:20]
    return None if folder is None else folder / "lint" / name


def cache_folder(
    variables: Mapping[str, str], platform: str, home: Callable[[], Path]
) -> Path | None:
    """The folder for caches on ``platform`` (``sys.platform``); None if the user wants none."""
    chosen = variables.get(VARIABLE)
    if chosen is not None:
        return None if chosen.lower() in {"", "off"} else Path(chosen)
    base = variables.get("LOCALAPPDATA" if platform == "win32" else "XDG_CACHE_HOME")
    if base:
        return Path(base) / "vedette"
    try:
        place = home()
    except RuntimeError:  # no home folder, as in some containers
        return None
    inside = {"win32": "AppData/Local", "darwin": "Library/Caches"}.get(platform, ".cache")
    return place / inside / "vedette"
