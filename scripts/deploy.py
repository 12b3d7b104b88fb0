"""Deploys: ``python3 scripts/deploy.py [VERB] --env NAME [arguments]``; apply if not said.

``plan`` shows what would change. ``apply`` shows it, asks, writes it and reads it back; in a
pipeline it takes ``--yes`` and, with ``--plan``, carries out that plan or nothing. ``drift`` says
what was changed in the workspace since, ``health`` whether its rules work, ``rollback`` goes back,
``audit`` checks the journal.
"""

import sys

from _bootstrap import enter

VERBS = ("plan", "apply", "drift", "health", "rollback", "audit")

if __name__ == "__main__":
    enter(__file__)

    from vedette.cli.main import main

    if sys.argv[1:2] not in ([verb] for verb in VERBS):
        sys.argv[1:1] = ["apply"]
    main()
