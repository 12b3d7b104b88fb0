"""Names that desugaring gives to what a query cannot name by itself.

``$`` keeps them apart from every table, column and variable of a query: Kusto takes such a name
only in ``['…']``, and no schema has one.
"""

from __future__ import annotations

#: The hidden column of every event table, behind ``ingestion_time()``. Not ``$IngestionTime``: that
#: is what Kusto calls the column of ``extend ingestion_time()``.
INGESTION_COLUMN = "$HiddenIngestionTime"


def watchlist_table(alias: str) -> str:
    """The table that stands for ``_GetWatchlist('alias')``."""
    return f"$Watchlist_{alias}"


def external_table(name: str) -> str:
    """The table that stands for the ``externaldata`` of this name."""
    return f"$External_{name}"
