"""Which engine runs the cases: DuckDB here, a Kusto endpoint, or both, which have to agree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vedette.engine.both import FilledEngine
from vedette.errors import UsageError

DUCKDB, KUSTO, BOTH = "duckdb", "kusto", "both"

#: The database that a free cluster and the emulator begin with.
DEFAULT_DATABASE = "NetDefaultDB"


@contextmanager
def chosen_engine(kind: str, cluster: str | None, database: str) -> Iterator[FilledEngine]:
    """The engine ``kind``; ``cluster`` is the address of the Kusto endpoint.

    Raises:
        UsageError: an address without an engine that asks for it, or the other way round.
    """
    if (cluster is None) != (kind == DUCKDB):
        raise UsageError(f"--cluster goes with --engine {KUSTO} or {BOTH}, and they need it")
    # DuckDB and the Azure SDK take a moment to import each.
    if kind == KUSTO:
        with _kusto(cluster or "", database) as theirs:
            yield theirs
        return
    from vedette.engine.database import Database
    from vedette.engine.duck import DuckEngine

    with Database.open(None) as opened:
        ours = DuckEngine(opened)
        if kind == DUCKDB:
            yield ours
            return
        from vedette.engine.both import BothEngines

        with _kusto(cluster or "", database) as theirs:
            yield BothEngines(ours, theirs)


@contextmanager
def _kusto(cluster: str, database: str) -> Iterator[FilledEngine]:
    from vedette.deploy.kusto import KustoCluster
    from vedette.engine.kusto import KustoEngine

    with KustoCluster(cluster, database) as endpoint:
        yield KustoEngine(endpoint)
