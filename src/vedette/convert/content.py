"""What a workspace holds, as the values of a file of ours.

The trap: a resource that cannot be said in a file must not be said in part and silently. So a
conversion gives values, and the caller loads them again and compares (``verify``): what is lost
is found by comparison, not by a list of what somebody thought of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vedette.deploy.resource import Body

#: Values of a YAML file, in the order in which they are written.
Values = Mapping[str, object]


class Form(StrEnum):
    """What a resource becomes in the repository."""

    DETECTION = "detection"
    FUNCTION = "function"
    WATCHLIST = "watchlist"


@dataclass(frozen=True, slots=True)
class Loss:
    """Something of a resource that a file does not hold: a field (or empty: all of it), and why."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Content:
    """A resource as a file's values.

    ``id`` is its name in the workspace, ``body`` what the service showed (empty for what comes from
    a file of ours), ``rows`` a watchlist's rows. ``losses`` are those that the conversion knows of.
    """

    form: Form
    id: str
    name: str
    values: Values
    body: Body = field(default_factory=dict, repr=False)
    rows: tuple[Mapping[str, str], ...] = field(default=(), repr=False)
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A resource that has no form here; ``expected`` if no workspace is without such a one."""

    what: str
    id: str
    name: str
    reason: str
    expected: bool = False
