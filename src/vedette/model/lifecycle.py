"""How far a detection has come, who answers for it, and when somebody has to look at it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Stage(StrEnum):
    """The stages of a detection's life, in their order; environments choose by them."""

    DRAFT = "draft"
    TEST = "test"
    PRODUCTION = "production"
    DEPRECATED = "deprecated"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """``vedette.lifecycle``, ``lastValidated`` and ``reviewBy`` of a detection."""

    stage: Stage = Stage.PRODUCTION
    last_validated: date | None = None
    review_by: date | None = None

    def overdue_on(self, day: date) -> bool:
        """True if it should have been looked at before this day."""
        return self.review_by is not None and self.review_by < day
