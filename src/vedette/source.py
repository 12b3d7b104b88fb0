"""Where something stands in a file.

Lines and columns count from 1, columns in Unicode code points, as editors show them: a
column counted in bytes or UTF-16 units points beside the word once a line holds an umlaut or emoji.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

#: Steps from a document's root to a value in it: ``("entityMappings", 0, "entityType")``.
ValuePath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file; ``path`` is relative to the root of the detections repository."""

    path: PurePosixPath
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"
