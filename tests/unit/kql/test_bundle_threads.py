"""A V8 that only some threads may use ends the whole process, so each try has one of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

COMMON = """
import threading
from vedette.kql.binder import Binder
from vedette.schema.catalogue import Catalogue

def bind():
    binder = Binder()
    binder.bind("print 1", Catalogue({}))
    binder.close()
"""

#: A server's thread compiles first, then its client does.
THREAD_FIRST = """
thread = threading.Thread(target=bind)
thread.start()
thread.join()
bind()
"""

#: A server's thread is there before anybody compiles.
THREAD_BEFORE = """
ready = threading.Event()
thread = threading.Thread(target=lambda: (ready.wait(), bind()))
thread.start()
bind()
ready.set()
thread.join()
"""


@pytest.mark.parametrize("script", [THREAD_FIRST, THREAD_BEFORE], ids=["first", "before"])
def test_threads_of_any_descent_can_compile(script: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMMON + script],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
