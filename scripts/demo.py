"""The main job, from a detection to an incident: ``python3 scripts/demo.py``."""

import sys

from _bootstrap import enter

if __name__ == "__main__":
    enter(__file__)

    from vedette.cli.demo import main

    sys.exit(main())
