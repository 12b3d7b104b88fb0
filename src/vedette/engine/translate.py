"""KQL to DuckDB's SQL, through ``duckdb-kql``: the only module that imports it.

The trap: the translator parses in Python and takes tens of milliseconds for a real query, so
nobody calls this without keeping the answer (see ``compile.py``). It also leaves the clock open:
``now()`` is a parameter of the SQL, and the same translation serves every run of a schedule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from vedette.errors import UnsupportedError

if TYPE_CHECKING:
    import duckdb_kql

#: Any moment: the translator wants a clock to know that the SQL needs one.
_SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Translation:
    """SQL with the values that it needs; ``clock`` is the parameter that takes ``now()``."""

    sql: str
    parameters: Mapping[str, object]
    clock: str | None

    def bind(self, now: datetime) -> dict[str, object]:
        """The parameters for a run at ``now`` (aware)."""
        values = dict(self.parameters)
        if self.clock is not None:
            # DuckDB's TIMESTAMP has no zone, and all of them are UTC here.
            values[self.clock] = now.astimezone(UTC).replace(tzinfo=None)
        return values


def translate(
    kql: str, columns: Mapping[str, Sequence[str]], functions: Sequence[str] = ()
) -> Translation:
    """Translate ``kql``; ``columns`` are those of each table, ``functions`` tabular definitions.

    Raises ``UnsupportedError``, with the offset in ``kql`` where the translator gives one. A text
    that the translator cannot parse is unsupported too: the official compiler has accepted it.
    """
    import duckdb_kql
    from duckdb_kql.translate import CLOCK_SLOT

    try:
        result = duckdb_kql.to_sql(
            kql,
            schema={table: list(names) for table, names in columns.items()},
            functions=list(functions),
            query_now=_SOME_TIME,
            allow_write=False,
        )
    except duckdb_kql.KqlUnsupportedError as error:
        span = error.span
        offset = None if span is None else _offset(kql, span.line, span.column)
        raise UnsupportedError(error.construct, offset=offset, hint=error.hint or "") from error
    except duckdb_kql.KqlSyntaxError as error:
        raise _syntax(kql, error) from error
    except duckdb_kql.KqlSchemaError as error:
        raise UnsupportedError(error.name, hint=error.hint or "") from error
    except RecursionError as error:
        raise UnsupportedError("a query nested this deeply") from error
    except ValueError as error:  # a function's definition that it cannot read
        raise UnsupportedError(str(error)) from error
    except (AssertionError, AttributeError, LookupError, TypeError) as error:
        # It has lost its way in a construct that it took for another one.
        kind = type(error).__name__
        raise UnsupportedError("something in this query", hint=f"{kind} in duckdb-kql") from error
    parameters = dict(result.parameters)
    clock = CLOCK_SLOT if parameters.pop(CLOCK_SLOT, None) is not None else None
    return Translation(str(result), parameters, clock)


def _syntax(kql: str, error: duckdb_kql.KqlSyntaxError) -> UnsupportedError:
    """Name the word at which the translator's parser stopped."""
    if not error.diagnostics:
        return UnsupportedError("this syntax", hint=str(error))
    span = error.diagnostics[0].span
    offset = _offset(kql, span.line, span.column)
    near = kql[offset : offset + 30].split("\n")[0].strip()
    return UnsupportedError(f"the syntax at '{near}'", offset=offset)


def _offset(text: str, line: int, column: int) -> int:
    """The offset of a place that counts lines from 1 and columns from 0."""
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return min(start + column, len(text))
