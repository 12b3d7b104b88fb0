"""The products that a detection can be for."""

from __future__ import annotations

from enum import StrEnum


class Product(StrEnum):
    """Where a table lives; the same table has ``TimeGenerated`` here and ``Timestamp`` there."""

    SENTINEL = "sentinel"
    DEFENDER = "defender"
