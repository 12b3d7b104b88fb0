"""What a pull wrote, changed and could not represent, as text and as JSON.

The trap: among four hundred resources that went well, the three that did not are what somebody has
to read. They stand last, each with its reason.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from vedette.convert.pull import Outcome, Pulled
from vedette.report.terminal import printable


def render_text(pulled: Sequence[Pulled], *, dry_run: bool = False) -> str:
    """A line for every file that is written, then what is missing, then the counts."""
    lines = [_written(each) for each in pulled if each.files]
    lossy = [each for each in pulled if each.losses]
    if lossy:
        lines += ["", "What the files do not say:"]
    for each in lossy:
        lines.append(f"  {_named(each)} ({each.path})")
        lines += [f"    {loss.field}: {loss.reason}" for loss in each.losses]
    refused = [each for each in pulled if each.outcome is Outcome.REFUSED]
    if refused:
        lines += ["", "Not written:"]
        lines += [f"  {_named(each)}: {each.reason}" for each in refused]
    counts = Counter(each.outcome for each in pulled)
    said = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome)
    lines += ["", f"{said}." + (" Nothing was written: --dry-run." if dry_run else "")]
    return "\n".join(map(printable, lines)).lstrip("\n") + "\n"


def render_json(pulled: Sequence[Pulled], *, dry_run: bool = False) -> str:
    """The same for a program."""
    counts = Counter(each.outcome for each in pulled)
    content = {
        "dryRun": dry_run,
        "counts": {outcome.value: counts[outcome] for outcome in Outcome},
        "resources": [
            {
                "outcome": each.outcome.value,
                "what": each.what,
                "id": each.id,
                "name": each.name,
                "path": None if each.path is None else each.path.as_posix(),
                "changed": list(each.changed),
                "losses": [{"field": loss.field, "reason": loss.reason} for loss in each.losses],
                "reason": each.reason,
                "expected": each.expected,
            }
            for each in pulled
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _written(pulled: Pulled) -> str:
    changed = f" ({', '.join(pulled.changed)})" if pulled.changed else ""
    return f"{pulled.path}: {pulled.outcome}{changed}"


def _named(pulled: Pulled) -> str:
    name = f"'{pulled.name}'" if pulled.name else "without a name"
    return f"{pulled.what} {name} {pulled.id}".rstrip()
