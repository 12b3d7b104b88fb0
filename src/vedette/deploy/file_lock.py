"""One process at a time in a folder, by the operating system's own lock.

The trap: a lock file that is deleted at the end survives a process that is killed. This lock is the
system's: it ends with the process, however that ends.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vedette.errors import ServiceError

_NAME = "lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of ``folder``, which is made if it is not there.

    Raises:
        ServiceError: another process of this machine holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _NAME).open("a+b") as file:
        if not _lock(file.fileno()):
            raise ServiceError(
                f"another process of this machine is writing this workspace ({folder / _NAME})"
            )
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> bool:
        """Lock the first byte, or say that somebody has."""
        try:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        """Lock the file, or say that somebody has."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
