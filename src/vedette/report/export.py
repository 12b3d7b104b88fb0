"""What an export wrote, and what its language cannot say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from vedette.convert.exported import Exported, Omission
from vedette.deploy.resource import ResourceKind
from vedette.report.terminal import printable

_NOUNS = {
    ResourceKind.FUNCTION: ("function", "functions"),
    ResourceKind.WATCHLIST: ("watchlist", "watchlists"),
    ResourceKind.RULE: ("rule", "rules"),
    ResourceKind.HUNTING: ("hunting query", "hunting queries"),
}


def render_summary(exported: Exported, file: str) -> str:
    """``main.tf: 26 functions, 13 rules written``."""
    numbers = Counter(resource.kind for resource in exported.resources)
    kinds = [f"{numbers[kind]} {_NOUNS[kind][numbers[kind] != 1]}" for kind in _NOUNS]
    written = ", ".join(each for each in kinds if not each.startswith("0 "))
    return f"{file}: {written or 'nothing'} written\n"


def render_omissions(omitted: Sequence[Omission]) -> str:
    """A line for everything that the export does not hold; empty if it holds everything."""
    if not omitted:
        return ""
    lines = ["Not in the export:"]
    for each in omitted:
        place = f", {each.loss.field}" if each.loss.field else ""
        line = f"{each.kind} {each.label}{place}: {each.loss.reason}"
        lines.append(f"  {printable(line)}")
    return "\n".join(lines) + "\n"
