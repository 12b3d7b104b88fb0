"""What is wrong on a given day: exclusions and locks that have ended, reviews that are overdue.

The trap: nothing in a file changes when a day passes, so whoever says this has to be told the day;
only ``cli/`` reads a clock. All are warnings: no deployment fails because it is Monday.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from vedette.finding import Finding, Level
from vedette.model.detection import Detection
from vedette.model.load_lifecycle import REVIEW
from vedette.model.lock import Lock
from vedette.model.override import Override
from vedette.project.types import Project

#: The ids of what is wrong on some days only.
DATED = frozenset({"review-overdue", "exclusion-expired", "lock-ended"})


def overdue(project: Project, today: date) -> list[Finding]:
    """Everything of ``project`` that has passed its date; sorted."""
    overrides = [each for file in project.overrides for each in file.overrides]
    overrides += [each for one in project.environments.values() for each in one.overrides]
    locks = [each for one in project.environments.values() for each in one.locks]
    return sorted(
        [
            *overdue_reviews(project.selected, today),
            *expired(overrides, today),
            *ended_locks(locks, today),
        ]
    )


def overdue_reviews(detections: Iterable[Detection], today: date) -> list[Finding]:
    """The detections that somebody should have looked at."""
    hint = "look at it, then move vedette.lastValidated and vedette.reviewBy"
    return [
        Finding(
            detection.source.locate(REVIEW),
            "review-overdue",
            f"its review was due on {detection.lifecycle.review_by}",
            hint,
            Level.WARNING,
        )
        for detection in detections
        if detection.lifecycle.overdue_on(today)
    ]


def expired(overrides: Iterable[Override], today: date) -> list[Finding]:
    """The exclusions that do not count any more."""
    hint = "delete it, or give it another date and say why"
    return [
        Finding(
            override.source.locate((*exclusion.path, "expires")),
            "exclusion-expired",
            f"it has not counted since {exclusion.expires}: its rows alert again",
            hint,
            Level.WARNING,
        )
        for override in overrides
        for exclusion in override.exclusions
        if not exclusion.counts_on(today)
    ]


def ended_locks(locks: Iterable[Lock], today: date) -> list[Finding]:
    """The locks that hold nothing any more."""
    hint = "delete it, or give it another day and say why"
    return [
        Finding(
            lock.source.locate((*lock.path, "until")),
            "lock-ended",
            f"it has held nothing since {lock.until}: what it names is deployed to again",
            hint,
            Level.WARNING,
        )
        for lock in locks
        if not lock.holds_on(today)
    ]
