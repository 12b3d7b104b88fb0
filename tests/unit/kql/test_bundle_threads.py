"""A V8 that only some threads may use ends the whole process, so each try has one of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

BIND = "b = Binder(); b.bind('print 1', Catalogue({})); b.close()"
START = "import threading; from vedette.kql.binder import Binder, Catalogue; held = []\n"


@pytest.mark.parametrize(
    "script",
    [
        # A server's thread compiles first, then the client does: the demo and the acceptance tests.
        f"t = threading.Thread(target=lambda: exec({BIND!r}, globals())); t.start(); t.join()\n{BIND}",
        # A server's thread is there before the first compiler.
        f"e = threading.Event(); t = threading.Thread(target=lambda: (e.wait(), "
        f"exec({BIND!r}, globals()))); t.start()\n{BIND}\ne.set(); t.join()",
    ],
    ids=["a-thread-first", "a-thread-from-before"],
)
def test_threads_of_any_descent_can_compile(script: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START + script],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
