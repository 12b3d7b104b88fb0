"""A finding: what is wrong in somebody's file, where, and what to do about it.

Findings are data and are collected all at once; nothing raises them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from vedette.source import Location


class Level(StrEnum):
    """How grave a finding is: only errors make a command fail."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One problem: sorts by place, prints as ``path:line:col: ID message (hint)``.

    ``id`` is stable and in kebab-case (``unknown-tactic``); the official compiler's own
    diagnostics keep its code (``KS142``). ``hint`` says what to do, empty where the message does.
    """

    location: Location
    id: str
    message: str
    hint: str = ""
    level: Level = Level.ERROR

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.location}: {self.id} {self.message}{hint}"


def with_errors(found: Mapping[str, Iterable[Finding]]) -> set[str]:
    """The names under which there is an error."""
    return {
        name
        for name, findings in found.items()
        if any(each.level is Level.ERROR for each in findings)
    }


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` was most likely meant to be, or None if none is close.

    Compared without case first, since a wrong case is the commonest slip in Sentinel content
    (``upnSuffix`` for ``UPNSuffix``) and difflib counts every changed letter.
    """
    return _nearest(name.casefold(), tuple(sorted(set(known))))


@lru_cache(maxsize=4096)
def _nearest(folded: str, names: tuple[str, ...]) -> str | None:
    # A thousand rules name the same few tables that nobody has, each among 700 that there are.
    by_folded = {candidate.casefold(): candidate for candidate in names}
    if folded in by_folded:
        return by_folded[folded]
    close = difflib.get_close_matches(folded, by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known name: ``did you mean 'Account'?`` or empty."""
    close = nearest(name, known)
    return f"did you mean '{close}'?" if close else ""
