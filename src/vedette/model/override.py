"""What one or more workspaces have otherwise than the detection's own file says.

The trap: an exclusion is a hole in a detection. So each names who answers for it and why, may say
until when it stands, and is a value with a type, never a piece of a query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from vedette.model.detection import Detection, Severity
from vedette.model.document import Document
from vedette.source import Location, ValuePath

#: What a parameter can be set to: a KQL literal as text (``24h``), or YAML's own number or boolean.
ParameterValue = str | int | float | bool


class Match(StrEnum):
    """How a value is compared with a row's; texts without case, as analysts compare them."""

    EQUALS = "equals"
    STARTS_WITH = "startsWith"
    ENDS_WITH = "endsWith"
    HAS = "has"
    IN_RANGE = "inRange"


class Layer(StrEnum):
    """How far an override reaches; a narrower one counts before a wider one."""

    ALL = "all"
    GROUP = "group"
    WORKSPACE = "workspace"

    @property
    def order(self) -> int:
        """From the widest, which is 0."""
        return list(Layer).index(self)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Rows that are left out: those of which ``column`` matches one of ``values``.

    Either ``column`` names a column of the result, or ``entity`` what an entity mapping fills
    (``Account.UPNSuffix``), whatever its column is called in each detection. From the day after
    ``expires`` it does not count. ``path`` is its place in the override's document.
    """

    values: tuple[str, ...]
    path: ValuePath
    column: str | None = None
    entity: str | None = None
    match: Match = Match.EQUALS
    expires: date | None = None

    def counts_on(self, day: date) -> bool:
        """False when it has expired."""
        return self.expires is None or day <= self.expires


@dataclass(frozen=True, slots=True)
class Override:
    """One entry of ``overrides``; what it does not set is None or empty.

    ``rules`` names detections by file stem or id, none for all. ``path`` is its place in
    ``source``.
    """

    owner: str
    reason: str
    layer: Layer
    path: ValuePath
    rules: tuple[str, ...] = ()
    enabled: bool | None = None
    severity: Severity | None = None
    frequency: timedelta | None = None
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    exclusions: tuple[Exclusion, ...] = ()
    source: Document = field(kw_only=True, compare=False, repr=False)

    @property
    def order(self) -> tuple[int, bool]:
        """Sorts from what counts least: by layer, and those that name their rules last."""
        return self.layer.order, bool(self.rules)

    def reaches(self, detection: Detection) -> bool:
        """True if it is meant for this detection."""
        known = {detection.source.path.stem, str(detection.id)}
        return not self.rules or any(name in known for name in self.rules)

    def locate(self, *steps: str | int) -> Location:
        """Where a value below it stands."""
        return self.source.locate((*self.path, *steps))


@dataclass(frozen=True, slots=True)
class OverrideFile:
    """``environments/overrides/<name>.yaml``: overrides of all environments, or of some groups."""

    name: str
    groups: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    source: Document = field(kw_only=True, compare=False, repr=False)

    def reaches(self, groups: tuple[str, ...]) -> bool:
        """True if an environment of these groups has these overrides."""
        return not self.groups or any(group in self.groups for group in groups)
