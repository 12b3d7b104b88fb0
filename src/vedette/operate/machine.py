"""Looks at the machine: the interpreter, the compiler, the database, the folders that are written.

The trap: a part that is installed and does not load. So each is made to do the smallest thing that
it is there for.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from vedette import __version__
from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.errors import VedetteError
from vedette.kql.binder import Binder
from vedette.operate.checks import Check, State
from vedette.schema.catalogue import Catalogue

_GROUP = "machine"
_OLDEST = (3, 11)
_QUERY = "print Answer = 6 * 7"
_ANSWER = 42


def check_machine(cache: Path | None, journal: Path | None) -> Iterator[Check]:
    """The checks of this machine; ``cache`` and ``journal`` are folders, None for none."""
    yield _python()
    yield from _engines()
    if cache is None:
        yield Check(_GROUP, "cache", State.WARNING, "there is none: every run begins anew")
    else:
        yield _folder("cache", cache, ("VEDETTE_CACHE names another folder",))
    if journal is not None:
        yield _folder("journal", journal, ("VEDETTE_JOURNAL names another folder",))


def _python() -> Check:
    version, system = platform.python_version(), platform.platform(terse=True)
    read = f"Vedette {__version__}, Python {version} on {system}"
    if sys.version_info[:2] < _OLDEST:
        return Check(_GROUP, "Python", State.FAILED, read, ("install Python 3.11 or later",))
    return Check(_GROUP, "Python", State.OK, read)


def _engines() -> Iterator[Check]:
    reinstall = ("python -m pip install --force-reinstall vedette",)
    try:
        with Binder() as binder:
            bound = binder.bind(_QUERY, Catalogue({}, {}, {}))
        if not bound.ok:
            raise VedetteError("it does not know a query that is right")
    except (VedetteError, OSError, ImportError) as error:
        yield Check(_GROUP, "compiler", State.FAILED, f"it does not start: {error}", reinstall)
        return
    yield Check(_GROUP, "compiler", State.OK, "Kusto's compiler binds a query (in V8)")
    try:
        with Database.open(None) as database:
            rows = DuckEngine(database).run(bound, now=datetime(2026, 1, 1, tzinfo=UTC))
        if rows.rows != ((_ANSWER,),):
            raise VedetteError(f"6 * 7 is {rows.rows} here")
    except (VedetteError, OSError, ImportError) as error:
        yield Check(_GROUP, "database", State.FAILED, f"it does not run: {error}", reinstall)
        return
    yield Check(_GROUP, "database", State.OK, "DuckDB runs a query")


def _folder(name: str, folder: Path, other: tuple[str, ...]) -> Check:
    """Whether a file can be written where the folder is or would be."""
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    try:
        handle, file = tempfile.mkstemp(dir=there)
        os.close(handle)
        Path(file).unlink()
    except OSError as error:
        read = f"{folder.as_posix()} cannot be written to: {error.strerror or error}"
        return Check(_GROUP, name, State.FAILED, read, other)
    return Check(_GROUP, name, State.OK, f"{folder.as_posix()} can be written to")
