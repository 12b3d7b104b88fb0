"""The JSON Schema of an environment's locks."""

from __future__ import annotations

from vedette.schema.shapes import Schema, items, mapping, text
from vedette.schema.values import day


def locks() -> Schema:
    """The list ``locks``."""
    entry = mapping(
        "What stays in the workspace as it is there, by whose decision, why, and until when.",
        {
            "rules": items(
                "The detections, functions or watchlists, by file name without .yaml or by id.",
                text("A name or an id."),
                fewest=1,
            ),
            "owner": text("Who answers for it."),
            "reason": text("Why nothing is deployed to it."),
            "until": day("The last day on which it holds."),
        },
        required=["rules", "owner", "reason", "until"],
    )
    return items("What is not deployed to for a while.", entry)
