"""Keeps the workspace's clock at the pace of the machine's.

The trap: runs take time. The clock stands where all runs before it are made, so it lags behind by
what they take; that lag, and nothing else, is how late a rule runs.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from vedette.errors import VedetteError
from vedette.workspace.workspace import Workspace

_log = logging.getLogger(__name__)
#: How often the clock moves.
TICK = timedelta(seconds=1)
#: Queries of rules that run side by side; the machines that this is for have two cores.
WORKERS = 2


class Ticker:
    """A thread that moves the clock; it begins at once, and ends with ``close()``."""

    def __init__(
        self, workspace: Workspace, elapsed: Callable[[], timedelta], every: timedelta = TICK
    ) -> None:
        """``elapsed`` is how much time has passed since the clock began to run."""
        self._workspace = workspace
        self._elapsed = elapsed
        self._every = every.total_seconds()
        with workspace.request():
            self._began = workspace.store.clock
        workspace.clock_runs = True
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let the clock stand."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="run") as pool:
            while not self._stopped.wait(self._every):
                try:
                    self._workspace.keep_up(self._began + self._elapsed(), pool)
                except VedetteError:
                    # What was written of this tick is undone, and the next one makes it again.
                    _log.exception("a tick of the clock failed")
