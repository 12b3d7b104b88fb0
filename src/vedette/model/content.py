"""What detections share: workspace functions and watchlists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from vedette.model.document import Document


@dataclass(frozen=True, slots=True)
class WorkspaceFunction:
    """A saved KQL function: ``alias(parameters) { query }``, scalar or tabular.

    ``parameters`` is the service's own form, ``"Details:string, Days:int = 7"``.
    """

    id: UUID
    alias: str
    name: str
    description: str
    query: str
    version: str
    parameters: str = ""
    category: str = "Functions"
    source: Document = field(kw_only=True, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Watchlist:
    """A watchlist: metadata in YAML, rows in the CSV beside it (all cells are strings)."""

    alias: str
    name: str
    description: str
    provider: str
    search_key: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    csv: str = field(repr=False)
    source: Document = field(kw_only=True, compare=False, repr=False)
