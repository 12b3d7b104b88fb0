"""What became of a case. Only PASS is green: an unsupported case proves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto

from vedette.finding import Finding
from vedette.model.case import Case
from vedette.model.detection import Detection
from vedette.model.product import Product
from vedette.source import Location


class Outcome(StrEnum):
    """The four ways in which a case can end, the best first; values are lower case (``pass``)."""

    PASS = auto()
    FAIL = auto()
    UNSUPPORTED = auto()
    ERROR = auto()


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A case's outcome; ``details`` are the lines of a diff, or the reason for no verdict.

    ``findings`` are what is wrong with the case or the query itself; a case that has any is an
    error, since whatever it says proves nothing. ``location`` is where to look: the construct that
    is not supported, or the case. ``product`` is where the query ran.
    """

    detection: Detection
    case: Case
    outcome: Outcome
    details: tuple[str, ...] = ()
    location: Location | None = None
    findings: tuple[Finding, ...] = ()
    product: Product = Product.SENTINEL
