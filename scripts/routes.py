"""Writes down the SDK's operations: ``python3 scripts/routes.py``; ``--check`` only compares.

They are recorded in src/vedette/workspace/sdk_routes.py, and docs/workspace-operations.md says
which of them the local workspace answers.
"""

import sys

from _bootstrap import ROOT, enter

if __name__ == "__main__":
    enter(__file__)

    from vedette.workspace.sdk_record import record, render_module, render_page

    operations = record()
    wanted = {
        ROOT / "src" / "vedette" / "workspace" / "sdk_routes.py": render_module(operations),
        ROOT / "docs" / "workspace-operations.md": render_page(operations),
    }
    stale = [
        path
        for path, text in wanted.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    if "--check" not in sys.argv[1:]:
        for path in stale:
            path.write_text(wanted[path], encoding="utf-8", newline="\n")
    sys.exit(1 if stale and "--check" in sys.argv[1:] else 0)
