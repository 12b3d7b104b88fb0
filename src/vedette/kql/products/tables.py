"""One table in two products: which column is which, and how their types differ.

The trap: columns of one name need not be of one type (``AdditionalFields`` is dynamic in Sentinel
and JSON text in Defender XDR), and two products may have tables of like purpose and other meaning.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from vedette.schema.types import Column, TableSchema

#: What every table of Sentinel calls the time of an event, and every one of Defender XDR.
SENTINEL_TIME, DEFENDER_TIME = "TimeGenerated", "Timestamp"

#: Tables that have something like them in Defender XDR, which no rewriting reaches.
RELATED = {
    "SigninLogs": "EntraIdSignInEvents has other columns and codes",
    "AADNonInteractiveUserSignInLogs": "EntraIdSignInEvents has other columns and codes",
    "SecurityAlert": "AlertInfo and AlertEvidence have other columns",
    "SecurityEvent": "the Device tables record other events",
    "OfficeActivity": "CloudAppEvents has other columns",
    "AuditLogs": "CloudAppEvents has other columns",
}

#: Type here and type there → the function that makes the value what it is here. Others would not
#: be exact: text that is no number, for one.
_CONVERSIONS = {("dynamic", "string"): "parse_json", ("string", "int"): "tostring"}


@dataclass(frozen=True, slots=True)
class Counterpart:
    """A table and the one of the same name in the other product."""

    here: TableSchema
    there: TableSchema

    def column(self, name: str) -> Column | None:
        """The other product's column for ``name``, None if it has none."""
        if (same := self.there.column(name)) is not None:
            return same
        if name == SENTINEL_TIME:
            time = self.there.column(DEFENDER_TIME)
            return time if time is not None and time.type == "datetime" else None
        # ISP and Isp, AccountUPN and AccountUpn: one column in two spellings.
        like = [one for one in self.there.columns if one.name.casefold() == name.casefold()]
        return like[0] if len(like) == 1 else None

    def missing(self) -> frozenset[str]:
        """The columns that the other product does not have."""
        return frozenset(
            column.name for column in self.here.columns if self.column(column.name) is None
        )

    def conversion(self, name: str) -> str | None:
        """The function that makes the other's value this one's: ``""`` for none, None if unknown.

        For a column that both have.
        """
        here, there = self.here.column(name), self.column(name)
        if here is None or there is None or here.type == there.type:
            return ""
        return _CONVERSIONS.get((here.type, there.type))

    def value(self, name: str, value: object) -> object:
        """A typed value of column ``name`` as the other product stores it."""
        match self.conversion(name):
            case "parse_json":
                return value if value is None else json.dumps(value, separators=(",", ":"))
            case "tostring":
                return int(str(value)) if str(value or "").isdecimal() else None
        return value


def counterparts(
    tables: Mapping[str, TableSchema], others: Mapping[str, TableSchema]
) -> dict[str, Counterpart]:
    """Those of ``tables`` that the other product has too, by name."""
    return {
        name: Counterpart(table, others[name]) for name, table in tables.items() if name in others
    }
