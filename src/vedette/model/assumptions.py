"""What the model assumes about the service where nobody has published how it behaves.

The trap: each of these decides whether a file is refused. Every one is here and is named in
``docs/fidelity.md``; what is documented stands in ``limits.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

#: Terraform's azurerm provider refuses less; the documentation names only the upper bound.
SHORTEST_SUPPRESSION = timedelta(minutes=5)

#: A hunting query becomes a saved search, whose tags are free text: an unknown tactic or technique
#: and a query above 10,000 characters (published ones have 15,000) are taken.
CHECKS_HUNTING_QUERIES = False

_Name = TypeVar("_Name", bound=StrEnum)


def named(written: str, names: Iterable[_Name]) -> _Name | None:
    """The name as written, in any case: published rules say ``scheduled`` and ``high``.

    Their validation reads names without case, and what is deployed has the documented spelling.
    """
    folded = written.casefold()
    return next((name for name in names if name.casefold() == folded), None)


def suppresses_nothing(frequency: timedelta, suppression: timedelta) -> bool:
    """Whether a suppression ends before the next run: Terraform's provider refuses such a rule."""
    return frequency > suppression


def unquoted(description: str) -> str:
    """The description without the single quotes that community files put inside the block.

    The tool that packs these files for the content hub removes them, so a description in the
    workspace has none.
    """
    description = description.strip()
    if len(description) > 1 and description[0] == description[-1] == "'":
        return description[1:-1].strip()
    return description
