"""Which files look as if they had changed, by their size and time.

The trap: two contents may have one size and one time. This decides when to look and when to start
the compiler, never what a file holds: findings are remembered by the content itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from vedette.project.discovery import DETECTIONS, ENVIRONMENTS, TABLES

#: By its path: a file's size in bytes and its time of modification in nanoseconds.
Stamps = Mapping[str, list[int]]


def stamps_of(root: Path) -> dict[str, list[int]]:
    """Those of every file that a lint may read, data files of cases and watchlists included."""
    found: dict[str, list[int]] = {}
    waiting = [str(root / folder) for folder in (DETECTIONS, TABLES, ENVIRONMENTS)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                        continue
                    status = entry.stat()
                    found[entry.path] = [status.st_size, status.st_mtime_ns]
        except OSError:
            continue  # gone meanwhile, or never there: finding the files says so
    return found


def new_queries(before: object, now: Stamps) -> int:
    """How many files that may hold a query are new or look otherwise than ``before`` (any JSON)."""
    known = before if isinstance(before, dict) else {}
    return sum(known.get(name) != stamp for name, stamp in now.items() if _may_hold_query(name))


def _may_hold_query(name: str) -> bool:
    name = name.lower()
    return name.endswith((".yaml", ".yml")) and not name.endswith((".cases.yaml", ".cases.yml"))


def changes(root: Path, wait: Callable[[], None]) -> Iterator[None]:
    """Once at the start, then whenever something looks otherwise; ``wait`` passes the time.

    What changes while the caller works on one is the next.
    """
    seen: Stamps | None = None
    while True:
        if (now := stamps_of(root)) != seen:
            seen = now
            yield
        wait()
