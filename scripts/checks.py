"""Writes docs/checks.md: ``python3 scripts/checks.py``; ``--check`` only says if it is stale."""

import sys

from _bootstrap import ROOT, enter

if __name__ == "__main__":
    enter(__file__)

    from vedette.kql.checks.base import all_checks
    from vedette.report.checks import render_page

    page = ROOT / "docs" / "checks.md"
    text = render_page(all_checks())
    stale = not page.is_file() or page.read_text(encoding="utf-8") != text
    if stale and "--check" not in sys.argv[1:]:
        page.write_text(text, encoding="utf-8", newline="\n")
    sys.exit(1 if stale and "--check" in sys.argv[1:] else 0)
