"""The SQL around stages: how they are made, what a run reads of them, and all runs at once.

A run has a number on its rule's ``Grid``. ``$a`` and ``$b`` of a stage's row are the first run that
sees the row and the first that does not any more. The trap: they are computed in microseconds and
whole numbers, since an event on the edge of a window belongs to one run and not to another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vedette.engine.base import TimeWindow
from vedette.engine.sql.relation import END, FIRST, typed_null
from vedette.engine.sql.staged.stage import INGESTED, TIME, Reducer, Stage
from vedette.engine.sql.value import identifier, literal

RUN = '"$Run"'
_CLOCK = "$kqlnow"
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Grid:
    """The runs of one rule: the first one's clock and window, and the pace of all ``count``.

    The window must have an ``ingested_by``.
    """

    now: datetime
    window: TimeWindow
    step: timedelta
    count: int

    @property
    def step_us(self) -> int:
        """The time between two runs in microseconds."""
        return self.step // _MICROSECOND

    def now_of(self, run: int) -> datetime:
        """The clock of a run."""
        return self.now + run * self.step

    def window_of(self, run: int) -> TimeWindow:
        """What a run sees."""
        by = run * self.step
        first = self.window
        until = first.ingested_by
        return TimeWindow(
            first.start + by,
            first.end + by,
            on_ingestion=first.on_ingestion,
            ingested_by=None if until is None else until + by,
        )


def visible(grid: Grid, *, timed: bool) -> tuple[str, ...]:
    """SQL for the first run that sees a row of a stage, and for the first that does no more.

    After them the columns that must not be null for that.
    """
    step = grid.step_us
    first = [after(identifier(INGESTED), grid.window.ingested_by, step, inclusive=True)]
    end = str(grid.count)
    if grid.window.on_ingestion or timed:
        column = identifier(INGESTED if grid.window.on_ingestion else TIME)
        first.append(after(column, grid.window.end, step, inclusive=False))
        end = f"least({after(column, grid.window.start, step, inclusive=False)}, {grid.count})"
    started = f"greatest(0, {', '.join(each for each in first if each)})"
    return started, end, INGESTED, *([TIME] if timed and not grid.window.on_ingestion else [])


def after(column: str, origin: datetime | None, step: int, *, inclusive: bool) -> str:
    """The least n for which ``origin + n * step`` is after ``column``, or at it if inclusive.

    ``column`` is SQL of a datetime, ``step`` in microseconds.
    """
    if origin is None:
        return ""
    distance = f"(epoch_us({column}) - epoch_us({moment(origin)}))"
    if inclusive:
        return f"-({_floor(f'-{distance}', step)})"
    return f"({_floor(distance, step)} + 1)"


def _floor(number: str, step: int) -> str:
    return f"(({number}) - ((({number}) % {step}) + {step}) % {step}) // {step}"


def moment(value: datetime) -> str:
    """A datetime as SQL."""
    naive = value.astimezone(UTC).replace(tzinfo=None)
    return f"TIMESTAMP {literal(naive.isoformat(' '))}"


def clock_of(grid: Grid, run: str) -> str:
    """SQL for the clock of the run whose number ``run`` is."""
    return f"({moment(grid.now)} + to_microseconds({run} * {grid.step_us}::BIGINT))"


def raw_source(source: str, time: str | None, ingestion: str) -> str:
    """The rows of an event table with the hidden columns that a stage needs."""
    shown = identifier(time) if time else "NULL::TIMESTAMP"
    return (
        f"SELECT *, {shown} AS {identifier(TIME)}, {identifier(ingestion)} AS "
        f"{identifier(INGESTED)} FROM ({source})"
    )


def base_table(
    stage: Stage, raw: str, static: Sequence[tuple[str, str]], table: str, kept: Mapping[int, str]
) -> str:
    """Make the table of a stage: ``kept`` are the names of its columns by their place."""
    ctes = [(stage.source.strip('"'), raw)]
    parts = [f"{identifier(name)} AS ({sql})" for name, sql in static]
    parts += [f"{identifier(name)} AS NOT MATERIALIZED ({sql})" for name, sql in ctes]
    columns = ", ".join(
        f"{identifier(stage.shown[place])} AS {identifier(name)}" for place, name in kept.items()
    )
    return f"CREATE TABLE {table} AS WITH {', '.join(parts)} SELECT {columns} FROM ({stage.sql})"


def run_rows(
    origin: str,
    columns: Mapping[str, str],
    seen: Sequence[str] | None,
    conditions: Sequence[str],
) -> str:
    """What a rule reads of a stage: ``columns`` by identifier, and who sees each row."""
    items = [f"{sql} AS {identifier(ident)}" for ident, sql in columns.items()]
    inner = f"SELECT {', '.join(items)}, "
    if seen is None:
        inner += f"{identifier(FIRST)}, {identifier(END)} FROM {origin}"
    else:
        inner += f"{seen[0]} AS {identifier(FIRST)}, {seen[1]} AS {identifier(END)} FROM ("
        inner += f"SELECT *, {columns[TIME]} AS {identifier(TIME)}, {columns[INGESTED]} AS "
        inner += f"{identifier(INGESTED)} FROM {origin})"
    where = [f"{identifier(FIRST)} < {identifier(END)}", *conditions]
    if seen is not None:
        # greatest() and least() leave a null out, and an event without a time is never seen.
        where += [f"{identifier(name)} IS NOT NULL" for name in seen[2:]]
    return f"SELECT * FROM ({inner}) WHERE {' AND '.join(where)}"


def run_table(table: str, rows: str, *, in_order: bool) -> str:
    """Make a rule's own table of a stage.

    ``in_order`` of the runs: a single run finds its rows side by side.
    """
    order = f" ORDER BY {identifier(FIRST)}" if in_order else ""
    return f"CREATE TABLE {table} AS {rows}{order}"


def needed_rows(uses: Sequence[Sequence[Reducer]], tables: Mapping[str, str]) -> str:
    """The condition for rows of a stage that some use may need; ``tables`` of all stages."""
    ways = [" AND ".join(_partnered(reducer, tables) for reducer in use) for use in uses]
    return "(" + " OR ".join(f"({way})" for way in ways) + ")"


def _partnered(reducer: Reducer, tables: Mapping[str, str]) -> str:
    places = {tuple((origin.stage, origin.use) for origin in among) for among in reducer.among}
    if len(places) == 1 and len(reducer.among[0]) == 1:
        # Of one row of one stage, so the columns must match together.
        ours = ", ".join(identifier(column) for column in reducer.columns)
        theirs = ", ".join(identifier(among[0].ident) for among in reducer.among)
        table = tables[reducer.among[0][0].stage]
        return f"({ours}) IN (SELECT ({theirs}) FROM {table})"
    tests = []
    for column, among in zip(reducer.columns, reducer.among, strict=True):
        selects = " UNION ALL ".join(
            f"SELECT {identifier(origin.ident)} FROM {tables[origin.stage]}" for origin in among
        )
        tests.append(f"{identifier(column)} IN ({selects})")
    return " AND ".join(tests)


def stage_source(
    stage: Stage, table: str, needed: Sequence[str], types: Mapping[str, str], run: str
) -> str:
    """What the run ``run`` (SQL of its number) reads of a stage."""
    where = [f"{identifier(FIRST)} <= {run}", f"{run} < {identifier(END)}", *stage.deferred]
    listed = ", ".join(_shown(stage, needed, types))
    return f"SELECT {listed} FROM {table} WHERE {' AND '.join(where)}"


def spanned_source(
    stage: Stage, table: str, needed: Sequence[str], types: Mapping[str, str], runs: range
) -> str:
    """What these runs read of a stage, and which of them do."""
    first, end = identifier(FIRST), identifier(END)
    items = [
        *_shown(stage, needed, types),
        f"greatest({first}, {runs.start}) AS {first}",
        f"least({end}, {runs.stop}) AS {end}",
    ]
    where = f"{first} < {runs.stop} AND {end} > {runs.start}"
    return f"SELECT {', '.join(items)} FROM {table} WHERE {where}"


def _shown(stage: Stage, needed: Sequence[str], types: Mapping[str, str]) -> list[str]:
    """The columns of a stage; what nobody reads is not in its table."""
    return [
        identifier(ident)
        if ident in needed
        else f"{typed_null(types.get(ident, 'datetime'))} AS {identifier(ident)}"
        for ident in stage.shown
        if ident not in {TIME, INGESTED}
    ]


def together(sql: str, sources: Sequence[tuple[str, str]], grid: Grid, runs: str) -> str:
    """All runs that ``runs`` (a SELECT of ``i``) gives, as one statement; ``i`` comes first."""
    ctes = ", ".join(f"{identifier(name)} AS NOT MATERIALIZED ({text})" for name, text in sources)
    now = clock_of(grid, "i")
    inner = f"WITH {ctes} SELECT * FROM ({sql})" if ctes else sql
    inner = inner.replace(_CLOCK, f'{RUN}."now"')
    ticks = f'(SELECT i, {now} AS "now" FROM ({runs}) AS r(i))'
    return f'SELECT {RUN}.i, "$q".* FROM {ticks} AS {RUN}, LATERAL ({inner}) AS "$q"'


def one_by_one(sql: str, sources: Sequence[tuple[str, str]]) -> str:
    """The statement of a single run, whose number and clock are parameters."""
    ctes = ", ".join(f"{identifier(name)} AS NOT MATERIALIZED ({text})" for name, text in sources)
    return f"WITH {ctes} SELECT * FROM ({sql})" if ctes else sql


def over_runs(grid: Grid, sql: str) -> str:
    """The first run's value of ``sql`` over the clock, and whether each run's is a step further."""
    value = sql.replace(_CLOCK, '"now"')
    runs = f'SELECT i, {clock_of(grid, "i")} AS "now" FROM range({grid.count}) AS r(i)'
    values = f"SELECT i, epoch_us({value}) AS v FROM ({runs})"
    first = f"SELECT v FROM ({values}) WHERE i = 0"
    steady = f"bool_and(v IS NOT NULL AND v = ({first}) + i * {grid.step_us}::BIGINT)"
    return f"SELECT make_timestamp(({first})), {steady} FROM ({values})"
