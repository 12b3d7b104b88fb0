"""What breaks: a parser of ASIM does not bind, filters wrongly, or lacks an alias of its schema."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vedette.kql.binder import Binder
from vedette.schema.catalogue import Catalogue, catalogue_for, stock_functions

SCHEMAS = ("AuditEvent", "Authentication", "DhcpEvent", "Dns", "FileEvent", "NetworkSession",
           "Process", "ProcessCreate", "ProcessEvent", "ProcessTerminate", "Registry",
           "RegistryEvent", "UserManagement", "WebSession")  # fmt: skip


@pytest.fixture(scope="module")
def binder() -> Iterator[Binder]:
    with Binder() as started:
        yield started


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return catalogue_for()


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("prefix", ["_Im_", "im", "_ASim_", "ASim"])
def test_every_parser_binds(prefix: str, schema: str, binder: Binder, catalogue: Catalogue) -> None:
    bound = binder.bind(f"{prefix}{schema} | project TimeGenerated, EventSchema, Dvc", catalogue)

    assert [item.message for item in bound.diagnostics] == []
    assert len(bound.tables) == 1


@pytest.mark.parametrize(
    "query",
    [
        "_Im_Dns(domain_has_any=dynamic(['a']), responsecodename='NXDOMAIN') | project Domain",
        "imDns(starttime=ago(1d), endtime=now()) | project DnsResponseCodeName, User, IpAddr",
        "_Im_WebSession(url_has_any=dynamic(['x']), eventresult='Success') | project UserAgent",
        "imProcessCreate | project CommandLine, Process, User, Hash",
        "imFileEvent | project FilePath, FileName, Hash",
        "imAuthentication(targetappname_has_any=dynamic(['x'])) | project User, LogonTarget",
        "imNetworkSession(dstportnumber=53) | project Duration, Src, Dst",
    ],
)
def test_filters_and_aliases_are_those_of_the_documentation(
    query: str, binder: Binder, catalogue: Catalogue
) -> None:
    assert [item.message for item in binder.bind(query, catalogue).diagnostics] == []


def test_only_queries_are_dns_unless_another_type_is_asked_for() -> None:
    assert "eventtype: string = 'Query'" in stock_functions()["_Im_Dns"].parameters
