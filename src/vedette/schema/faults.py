"""The JSON Schema of a faults file: how the local workspace is to fail."""

from __future__ import annotations

from vedette.model.faults import FaultKind
from vedette.schema.shapes import Schema, choice, items, mapping, number, switch, text

#: ``PUT alertRules/*``: a method, or any, and the path below the workspace, with ``*`` for names.
OPERATION_PATTERN = r"^(GET|PUT|POST|PATCH|DELETE|\*) (\*|[^/\s]+(/[^/\s]+)*)$"

#: Seconds; a client that waits longer than this has no timeout at all.
_LONGEST = 3600


def _seconds(description: str) -> Schema:
    return {
        "description": description,
        "type": "number",
        "minimum": 0,
        "maximum": _LONGEST,
    }


def build() -> Schema:
    """The schema of what ``vedette workspace serve --faults`` reads."""
    fault = mapping(
        "A way in which an operation fails, and how often it does.",
        {
            "operation": text(
                "The operation: a method and a path, as in 'PUT alertRules/*'; '* *' is every one.",
                pattern=OPERATION_PATTERN,
                expects="a method and a path below the workspace, as in 'PUT alertRules/*'",
            ),
            "fault": choice("How it fails.", FaultKind),
            "written": switch(
                "Whether the operation is carried out all the same. Of use with reset, error, "
                "unavailable and timeout; default: it is not.",
            ),
            "after": number("So many calls go well first.", 0, 1_000_000),
            "times": number("So many calls fail then; default: all.", 1, 1_000_000),
            "probability": {
                "description": "How likely each of these calls fails; default: certainly.",
                "type": "number",
                "minimum": 0,
                "maximum": 1,
            },
            "retryAfter": _seconds("Retry-After of throttled and unavailable; default: 1."),
            "delay": _seconds("Seconds before the answer of slow; default: 1."),
        },
        required=["operation", "fault"],
    )
    schema = mapping(
        "How the local workspace is to fail. The same file fails in the same way each time.",
        {
            "seed": number("Makes another series of what is left to chance.", 0, 2**31 - 1),
            "faults": items("The first that applies to a call is taken.", fault, fewest=1),
        },
        required=["faults"],
    )
    return {"title": "Faults"} | schema
