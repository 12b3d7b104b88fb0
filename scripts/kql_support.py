"""Writes docs/kql-support.md: ``python3 scripts/kql_support.py``; ``--check`` says if stale."""

import sys

from _bootstrap import ROOT, enter

if __name__ == "__main__":
    enter(__file__)

    from vedette.engine.sql.support import supported
    from vedette.report.kql_support import render_page

    page = ROOT / "docs" / "kql-support.md"
    text = render_page(supported())
    stale = not page.is_file() or page.read_text(encoding="utf-8") != text
    if stale and "--check" not in sys.argv[1:]:
        page.write_text(text, encoding="utf-8", newline="\n")
    sys.exit(1 if stale and "--check" in sys.argv[1:] else 0)
