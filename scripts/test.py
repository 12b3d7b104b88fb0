"""Runs the tests: ``python3 scripts/test.py [arguments for pytest]``, on all cores."""

import sys

from _bootstrap import ROOT, enter

if __name__ == "__main__":
    enter(__file__)

    import subprocess

    # loadgroup: the tests that share one costly thing run in one worker and make it once.
    command = [sys.executable, "-m", "pytest", "-n", "auto", "--dist", "loadgroup", *sys.argv[1:]]
    sys.exit(subprocess.call(command, cwd=ROOT))
