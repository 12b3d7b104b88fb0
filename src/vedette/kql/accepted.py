"""Runs the checks, less what the file accepts, and says where it accepts what is not there.

The trap: a suppression outlives its finding. One that suppresses nothing would hide the next
finding of its check, so it is a finding itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from vedette.finding import Finding, Level, did_you_mean
from vedette.kql.bound import BoundQuery
from vedette.kql.checks.base import all_checks, run_checks
from vedette.kql.products.detection import WARNINGS
from vedette.model.detection import Detection
from vedette.schema.catalogue import Catalogue


def check_accepting(
    detection: Detection,
    bound: BoundQuery,
    catalogue: Catalogue,
    elsewhere: Sequence[Finding] = (),
    *,
    unknown: Collection[str] = (),
) -> list[Finding]:
    """What the checks say of a detection, and what is otherwise in another product (``elsewhere``),
    less what its file accepts; sorted.

    ``unknown`` are the checks that could not be made: that they find nothing is no news.
    Nothing where its query has errors or no table: then no suppression is known to be unused.
    """
    if not bound.ok or not bound.tabular or bound.tree is None:
        return sorted(elsewhere)
    found = [*run_checks(detection, bound, catalogue), *elsewhere]
    return without_accepted(detection, found, unknown)


def without_accepted(
    detection: Detection, findings: Sequence[Finding], unknown: Collection[str] = ()
) -> list[Finding]:
    """``findings`` of the checks without the accepted ones, and what is wrong with ``suppress``."""
    known = {check.id for check in all_checks()} | WARNINGS
    found = {finding.id for finding in findings}
    names = {each.check for each in detection.accepted} & known
    kept = [each for each in findings if each.id not in names]
    used: set[str] = set()
    for accepted in detection.accepted:
        at = detection.source.locate(("vedette", "suppress", accepted.index, "check"))
        name = accepted.check
        if name not in known:
            message = f"there is no check '{name}' to suppress"
            hint = did_you_mean(name, known) or "'vedette explain' lists the checks"
            kept.append(Finding(at, "unknown-check", message, hint))
        elif (name not in found and name not in unknown) or name in used:
            message = f"the suppression of '{name}' suppresses nothing"
            kept.append(Finding(at, "unused-suppression", message, "remove it", Level.WARNING))
        used.add(name)
    return sorted(kept)
