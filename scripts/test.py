"""Runs the tests: ``python3 scripts/test.py [arguments for pytest]``, on all cores."""

import sys

from _bootstrap import ROOT, enter

if __name__ == "__main__":
    enter(__file__)

    import subprocess

    # tests/conftest.py says which tests go to which worker.
    command = [sys.executable, "-m", "pytest", "-n", "auto", *sys.argv[1:]]
    sys.exit(subprocess.call(command, cwd=ROOT))
