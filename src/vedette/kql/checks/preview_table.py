"""A table that is in preview.

The trap: what is in preview today is not next year. It stands in ``vedette/schema/stages.yaml``,
with who says so and when.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject
from vedette.schema.stages import previews

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Remark]:
    """The query reads a table that its service has in preview.

    Its columns and values may change without notice, and the rule then fails or, where a value is
    spelt otherwise, stays silent.

    Bad:

        BehaviorInfo
        | where ActionType == "ImpossibleTravelActivity"

    Good:

        SecurityAlert
        | where AlertType == "MCAS_ALERT_ANUBIS_DETECTION_VELOCITY"
    """
    seen = set()
    for node in subject.nodes("NameReference"):
        preview = previews().get(node.name) if node.symbol == "table" else None
        if preview is not None and node.name not in seen:
            seen.add(node.name)
            message = f"{node.name} is in preview ({preview.source}, {preview.date})"
            hint = "see whether it still is; if so, accept it with the reason that it is worth it"
            yield Remark(node, message, hint)
