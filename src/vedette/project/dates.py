"""What is wrong on a given day: exclusions and locks that have ended, reviews that are overdue.

The trap: nothing in a file changes when a day passes, so whoever says this has to be told the day;
only ``cli/`` reads a clock. All are warnings: no deployment fails because it is Monday.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from vedette.finding import Finding, Level
from vedette.model.detection import Detection
from vedette.model.environment import Environment
from vedette.model.load_lifecycle import REVIEW
from vedette.model.lock import Lock
from vedette.model.override import Override, OverrideFile

#: The ids of what is wrong on some days only.
DATED = frozenset({"review-overdue", "exclusion-expired", "lock-ended"})


@dataclass(frozen=True, slots=True)
class Dated:
    """A finding that holds on every day after ``last``."""

    last: date
    finding: Finding


def dated(
    detections: Iterable[Detection],
    environments: Iterable[Environment] = (),
    files: Iterable[OverrideFile] = (),
) -> Iterator[Dated]:
    """All that these say on some day: reviews, exclusions and locks."""
    environments = list(environments)
    overrides = [each for file in files for each in file.overrides]
    overrides += [each for one in environments for each in one.overrides]
    yield from _reviews(detections)
    yield from _exclusions(overrides)
    yield from _locks(each for one in environments for each in one.locks)


def overdue_reviews(detections: Iterable[Detection], today: date) -> list[Finding]:
    """The detections that somebody should have looked at."""
    return _on(today, _reviews(detections))


def expired(overrides: Iterable[Override], today: date) -> list[Finding]:
    """The exclusions that do not count any more."""
    return _on(today, _exclusions(overrides))


def ended_locks(locks: Iterable[Lock], today: date) -> list[Finding]:
    """The locks that hold nothing any more."""
    return _on(today, _locks(locks))


def _on(today: date, findings: Iterable[Dated]) -> list[Finding]:
    return [each.finding for each in findings if each.last < today]


def _reviews(detections: Iterable[Detection]) -> Iterator[Dated]:
    hint = "look at it, then move vedette.lastValidated and vedette.reviewBy"
    for detection in detections:
        due = detection.lifecycle.review_by
        if due is not None:
            at, message = detection.source.locate(REVIEW), f"its review was due on {due}"
            yield Dated(due, Finding(at, "review-overdue", message, hint, Level.WARNING))


def _exclusions(overrides: Iterable[Override]) -> Iterator[Dated]:
    hint = "delete it, or give it another date and say why"
    for override in overrides:
        for exclusion in override.exclusions:
            if exclusion.expires is not None:
                at = override.source.locate((*exclusion.path, "expires"))
                message = f"it has not counted since {exclusion.expires}: its rows alert again"
                finding = Finding(at, "exclusion-expired", message, hint, Level.WARNING)
                yield Dated(exclusion.expires, finding)


def _locks(locks: Iterable[Lock]) -> Iterator[Dated]:
    hint = "delete it, or give it another day and say why"
    for lock in locks:
        at = lock.source.locate((*lock.path, "until"))
        message = f"it has held nothing since {lock.until}: what it names is deployed to again"
        yield Dated(lock.until, Finding(at, "lock-ended", message, hint, Level.WARNING))
