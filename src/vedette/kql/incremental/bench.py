"""What every part of a repository is linted with.

The trap: the compiler and all that knows queries take half a second to import and to start, and a
lint of what has not changed needs neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vedette.project.discovery import SourceFile

if TYPE_CHECKING:
    from vedette.kql.binder import Binder

#: A detection's file and those of its cases; there may be several of a name, which is a finding.
Part = tuple[SourceFile, ...]

#: A process takes a second until it binds its first query, in which another binds thirty.
_WORTH_A_PROCESS = 30


@dataclass(frozen=True, slots=True)
class Bench:
    """The repository's root, its shared files, and where the compiler's answers are kept."""

    root: Path
    shared: tuple[SourceFile, ...]
    cache: Path | None

    def binder(self) -> Binder:
        """A binder that keeps its answers in ``cache``; whoever asks for it closes it."""
        from vedette.kql.binder import Binder
        from vedette.kql.cache import AnswerCache

        return Binder(None if self.cache is None else AnswerCache(self.cache))


def processes_for(parts: int, most: int) -> int:
    """How many processes so many parts are worth; 1 is this one."""
    return max(1, min(most, parts // _WORTH_A_PROCESS))
