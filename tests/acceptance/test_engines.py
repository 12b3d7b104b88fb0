"""``vedette test`` on a Kusto endpoint: a server on the loopback that speaks its protocol."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import duckdb
import pytest
from duckdb_kql.server import KustoRestServer

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with duckdb.connect() as connection, KustoRestServer(connection, port=0, quiet=True) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.url
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("engine", ["kusto", "both"])
def test_cases_pass_on_a_kusto_endpoint_as_they_do_here(engine: str, url: str, here: Here) -> None:
    rule = "detections/mail/phish-delivered.yaml"
    offline = here("test", rule)
    there = here("test", rule, "--engine", engine, "--cluster", url, "--database", "memory")

    assert offline.code == 0, offline.out + offline.err
    assert there.code == 0, there.out + there.err
    assert there.out == offline.out


@pytest.mark.parametrize(
    "options",
    [
        ["--engine", "kusto"],
        ["--engine", "both"],
        ["--cluster", "http://127.0.0.1:1"],
        ["--engine", "kusto", "--cluster", "https://example.com"],
    ],
)
def test_an_engine_without_its_address_is_a_usage_error(options: list[str], here: Here) -> None:
    done = here("test", *options)

    assert done.code == 2
    assert done.err.startswith("vedette: ")


def test_no_endpoint_is_a_failure_of_the_run_and_no_failed_case(here: Here) -> None:
    done = here("test", "--engine", "kusto", "--cluster", "http://127.0.0.1:1")

    assert done.code == 3
    assert "no answer from http://127.0.0.1:1" in done.err
