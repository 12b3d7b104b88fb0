"""Runs a statement step by step: each table that it shares is made before it is read.

The database then knows how many rows each has, which it cannot guess of what joins and groups leave
and by which it orders its joins. The trap: a table stays until the last step that reads it, and not
longer, since all of them together are more than memory holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vedette.engine.database import Cursor, Result
from vedette.engine.sql.staged.intervals.steps import heading, making, over, showing
from vedette.engine.sql.staged.stage import mentioned
from vedette.engine.sql.staged.statement import without_passed
from vedette.engine.sql.value import identifier

Steps = Sequence[tuple[str, str]]


def stepwise(cursor: Cursor, steps: Steps, given: Mapping[str, str]) -> Result:
    """The rows of the last of ``steps``; those before are tables by name, each over the former.

    ``given`` are the SELECTs by name that any step may read.
    """
    texts = [sql for _, sql in steps]
    read = [without_passed(sql) for sql in texts]
    last_use = {name: _last_use(name, texts) for name, _ in steps[:-1]}
    sources = dict(given)
    for place, (name, sql) in enumerate(steps[:-1]):
        if last_use[name] <= place:
            continue
        whole = over(sources, sql)
        made = cursor.query(heading(whole))
        named = mentioned(made.names, read[place + 1 :])
        live = [column for column in made.names if column in named] or [made.names[0]]
        table = identifier(f"$step{place}")
        cursor.execute(making(table, whole, live))
        types = [type_.name for type_ in made.types]
        sources[name] = showing(table, list(zip(made.names, types, strict=True)), live)
        for earlier, (done, _) in enumerate(steps[:place]):
            if last_use[done] == place and done in sources:
                del sources[done]
                cursor.execute(f"DROP TABLE {identifier(f'$step{earlier}')}")
    return cursor.query(over(sources, texts[-1]))


def _last_use(name: str, texts: Sequence[str]) -> int:
    """The last of ``texts`` that reads the table ``name``; -1 if none does."""
    return max((n for n, text in enumerate(texts) if identifier(name) in text), default=-1)
