"""The SQL of a statement that is run step by step.

The trap: a table that is made holds every column that it shows, where a subquery would only compute
what is read; so it is made without those that no later step names, and shows nulls in their place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from vedette.engine.sql.value import identifier


def over(sources: Mapping[str, str], sql: str) -> str:
    """``sql`` with those of ``sources``, SELECTs by name, that it reads."""
    read = [
        f"{identifier(name)} AS NOT MATERIALIZED ({source})"
        for name, source in sources.items()
        if identifier(name) in sql
    ]
    return f"WITH {', '.join(read)} {sql}" if read else sql


def heading(sql: str) -> str:
    """The columns of ``sql`` and none of its rows."""
    return f"SELECT * FROM ({sql}) LIMIT 0"


def making(table: str, sql: str, columns: Collection[str]) -> str:
    """Make a table of some of the columns of ``sql``."""
    kept = ", ".join(identifier(column) for column in columns)
    return f"CREATE TEMP TABLE {table} AS SELECT {kept} FROM ({sql})"


def showing(table: str, columns: Sequence[tuple[str, str]], made: Collection[str]) -> str:
    """All the ``columns``, (name, SQL type), of a table of which only some are ``made``."""
    shown = ", ".join(
        identifier(name) if name in made else f"NULL::{type_} AS {identifier(name)}"
        for name, type_ in columns
    )
    return f"SELECT {shown} FROM {table}"
