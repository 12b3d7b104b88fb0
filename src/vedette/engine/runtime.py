"""The macros that translated queries call, made in a database when the first query needs them.

The trap: to define all of them takes a quarter of a second, more than most queries; a rule needs a
handful.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from vedette.engine.database import Database
from vedette.engine.sql.runtime import SCHEMA, definition


@dataclass(eq=False)
class Runtime:
    """What one database knows of the macros; safe to share between threads."""

    database: Database
    _known: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def provide(self, names: Sequence[str]) -> None:
        """Define those of ``names`` that are not yet there, in their order."""
        missing = [name for name in names if name not in self._known]
        if not missing:
            return
        with self._lock, self.database.cursor() as cursor, cursor.transaction():
            cursor.execute(SCHEMA)
            for name in missing:
                cursor.execute(definition(name))
        self._known |= set(missing)
