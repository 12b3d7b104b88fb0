"""Reads where a detection stands in its life, and which of its values an environment may set.

The trap: whether a review is overdue depends on the day, and nothing that loads reads a clock; that
is said later (``project.dates``).
"""

from __future__ import annotations

from vedette.finding import Finding
from vedette.model.assumptions import named
from vedette.model.document import Document
from vedette.model.lifecycle import Lifecycle, Stage
from vedette.model.reading import date_at, texts_at, value_at
from vedette.model.shape import text
from vedette.source import ValuePath

STAGE: ValuePath = ("vedette", "lifecycle")
VALIDATED: ValuePath = ("vedette", "lastValidated")
REVIEW: ValuePath = ("vedette", "reviewBy")
PARAMETERS: ValuePath = ("vedette", "parameters")


def load_lifecycle(document: Document) -> tuple[Lifecycle, list[Finding]]:
    """The lifecycle, production where the file does not say, and what is wrong with it."""
    stage = named(text(value_at(document, STAGE)), Stage) or Stage.PRODUCTION
    validated, findings = date_at(document, VALIDATED)
    review, more = date_at(document, REVIEW)
    findings += more
    if validated is not None and review is not None and review <= validated:
        message = f"the review is due on {review}, which is not after the last one ({validated})"
        findings.append(Finding(document.locate(REVIEW), "review-before-validation", message))
    return Lifecycle(stage, validated, review), findings


def parameters_of(document: Document) -> tuple[str, ...]:
    """The names of the ``let`` statements that an environment may set."""
    return tuple(name for _, name in texts_at(document, PARAMETERS))
