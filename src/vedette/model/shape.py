"""Reads values out of parsed data without trusting its shape.

The trap: a file with one misplaced list still has twenty good values whose meaning has to be
checked in the same run. So these never fail: what has the wrong type reads as absent, and saying so
is the JSON Schema's part.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

from vedette.model import limits

_GUID = re.compile(limits.GUID_PATTERN)


def mapping(value: object) -> Mapping[str, object]:
    """``value`` if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """``value`` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """``value`` if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def optional_text(value: object) -> str | None:
    """``value`` if it is a string, else None."""
    return value if isinstance(value, str) else None


def count(value: object) -> int | None:
    """``value`` if it is a whole number from 0, else None (true and false are no numbers)."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if value >= 0 else None


def guid(value: object) -> UUID | None:
    """``value`` as a UUID if it is one in the usual form (8-4-4-4-12), else None."""
    return UUID(text(value)) if _GUID.fullmatch(text(value)) else None
