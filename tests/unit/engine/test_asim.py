"""What breaks: a parser of ASIM lets through what its filters exclude, or loses what they want."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.kql.binder import Binder
from vedette.schema.catalogue import Catalogue, catalogue_for

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
QUERIES = [
    {"TimeGenerated": "2026-01-01T11:00:00Z", "EventType": "Query", "DnsQuery": "a.example.com",
     "SrcIpAddr": "10.0.0.1", "EventResultDetails": "NXDOMAIN", "DnsResponseName": "192.0.2.7"},
    {"TimeGenerated": "2026-01-01T10:00:00Z", "EventType": "Query", "DnsQuery": "b.test",
     "SrcIpAddr": "10.0.0.2", "EventResultDetails": "NOERROR", "DnsResponseName": "198.51.100.9"},
    {"TimeGenerated": "2026-01-01T09:00:00Z", "EventType": "response", "DnsQuery": "c.test",
     "SrcIpAddr": "10.0.0.2", "EventResultDetails": "NOERROR", "DnsResponseName": ""},
]  # fmt: skip


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return catalogue_for()


@pytest.fixture(scope="module")
def binder() -> Iterator[Binder]:
    with Binder() as started:
        yield started


@pytest.fixture(scope="module")
def engine(catalogue: Catalogue) -> Iterator[DuckEngine]:
    with Database.open() as database:
        made = DuckEngine(database)
        made.load_events(catalogue.tables["ASimDnsActivityLogs"], QUERIES)
        yield made


@pytest.mark.parametrize(
    ("call", "domains"),
    [
        ("imDns", {"a.example.com", "b.test"}),
        ("_Im_Dns(eventtype='*')", {"a.example.com", "b.test", "c.test"}),
        ("_Im_Dns(eventtype='lookup')", {"a.example.com", "b.test"}),
        ("_Im_Dns(domain_has_any=dynamic(['example.com', 'x.y']))", {"a.example.com"}),
        ("_Im_Dns(responsecodename='NXDOMAIN')", {"a.example.com"}),
        ("_Im_Dns(srcipaddr='10.0.0.2')", {"b.test"}),
        ("_Im_Dns(starttime=ago(90m))", {"a.example.com"}),
        ("_Im_Dns(endtime=ago(90m))", {"b.test"}),
        ("_Im_Dns(response_has_any_prefix=dynamic(['198.51.']))", {"b.test"}),
        ("_Im_Dns(response_has_ipv4='192.0.2.7')", {"a.example.com"}),
        ("_Im_Dns(disabled=true)", set()),
        ("ASimDns", {"a.example.com", "b.test", "c.test"}),
    ],
)
def test_filters_choose_rows(
    call: str, domains: set[str], engine: DuckEngine, binder: Binder, catalogue: Catalogue
) -> None:
    query = binder.bind(f"{call} | project Domain", catalogue)

    rows = engine.run(query, now=NOW).rows

    assert {row[0] for row in rows} == domains


def test_aliases_repeat_what_they_stand_for(
    engine: DuckEngine, binder: Binder, catalogue: Catalogue
) -> None:
    text = "imDns(srcipaddr='10.0.0.1') | project IpAddr, Src, DnsResponseCodeName, EventSchema"

    rows = engine.run(binder.bind(text, catalogue), now=NOW).rows

    assert rows == (("10.0.0.1", "10.0.0.1", "NXDOMAIN", "Dns"),)
