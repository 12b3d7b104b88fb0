"""Lints, tests and writes what is deployed to build/: ``python3 scripts/build.py [arguments]``."""

import sys

from _bootstrap import enter

if __name__ == "__main__":
    enter(__file__)

    from vedette.cli.main import main

    # The arguments of `vedette build`.
    sys.argv[1:1] = ["build"]
    main()
