"""The unifying parsers of ASIM, over the tables that hold events already normalised.

In a workspace ``_Im_Dns`` and its kin (``imDns`` where they were deployed by hand) unite a parser
for each source with the native table of the schema. Here they are the native table alone, with its
filters and aliases: a case gives normalised events, and what a source's parser makes of raw events
is not this repository's to test. The trap: a filter that is left at its default lets everything
pass, and each schema names and types its own.

Filters, defaults and aliases: learn.microsoft.com/azure/sentinel/normalization-about-parsers and
the page of each schema, read 2026-11-24.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vedette.schema.types import FunctionDefinition, TableSchema


@dataclass(frozen=True, slots=True)
class _Filter:
    """A parameter, its type and default as KQL, and the condition on a row (``{0}``: itself)."""

    name: str
    type: str
    default: str
    test: str

    def declared(self) -> str:
        return f"{self.name}: {self.type} = {self.default}"

    def condition(self) -> str:
        return self.test.format(self.name)


def _equals(name: str, column: str) -> _Filter:
    return _Filter(name, "string", "'*'", f"({{0}} == '*' or {column} == {{0}})")


def _has(name: str, column: str) -> _Filter:
    return _Filter(name, "string", "'*'", f"({{0}} == '*' or {column} has {{0}})")


def _list(name: str, test: str) -> _Filter:
    return _Filter(name, "dynamic", "dynamic([])", f"(array_length({{0}}) == 0 or {test})")


def _has_any(name: str, *columns: str) -> _Filter:
    return _list(name, " or ".join(f"{column} has_any ({{0}})" for column in columns))


def _in(name: str, *columns: str) -> _Filter:
    return _list(name, " or ".join(f"{column} in ({{0}})" for column in columns))


def _prefix(name: str, *columns: str) -> _Filter:
    return _list(name, " or ".join(f"has_any_ipv4_prefix({column}, {{0}})" for column in columns))


_TIMES = (
    _Filter("starttime", "datetime", "datetime(null)", "(isnull({0}) or TimeGenerated >= {0})"),
    _Filter("endtime", "datetime", "datetime(null)", "(isnull({0}) or TimeGenerated <= {0})"),
)
_DISABLED = _Filter("disabled", "bool", "false", "not({0})")
_RESULT = _equals("eventresult", "EventResult")


@dataclass(frozen=True, slots=True)
class _Parser:
    """A schema's names without prefix, its table, filters and aliases.

    ``only``: a condition that is not the caller's. ``event_type``: the default of ``eventtype``.
    """

    names: tuple[str, ...]
    table: str
    schema: str
    filters: tuple[_Filter, ...]
    aliases: Mapping[str, str]
    only: str = ""


_DVC = {"Dvc": "coalesce(DvcFQDN, DvcHostname, DvcIpAddr, DvcId)"}
_SRC = {"IpAddr": "SrcIpAddr", "Src": "coalesce(SrcFQDN, SrcHostname, SrcIpAddr, SrcDvcId)"}
_DST = {"Dst": "coalesce(DstFQDN, DstHostname, DstIpAddr, DstDvcId)"}
_ACTOR = {"User": "ActorUsername", "Process": "ActingProcessName"}
_NETWORK = {"Duration": "NetworkDuration", "SessionId": "NetworkSessionId"}
_RULE = {"Rule": "coalesce(RuleName, tostring(RuleNumber))"}
_PROCESS = (
    _has_any("commandline_has_any", "TargetProcessCommandLine"),
    _list("commandline_has_all", "TargetProcessCommandLine has_all ({0})"),
    _prefix("commandline_has_any_ip_prefix", "TargetProcessCommandLine"),
    _has_any("actingprocess_has_any", "ActingProcessName"),
    _has_any("targetprocess_has_any", "TargetProcessName"),
    _has_any("parentprocess_has_any", "ParentProcessName"),
    _has("targetusername_has", "TargetUsername"),
    _has("actorusername_has", "ActorUsername"),
    _prefix("dvcipaddr_has_any_prefix", "DvcIpAddr"),
    _has_any("dvchostname_has_any", "DvcHostname"),
    _equals("eventtype", "EventType"),
    _in("hashes_has_any", "TargetProcessSHA512", "TargetProcessSHA256", "TargetProcessMD5",
        "TargetProcessSHA1", "TargetProcessIMPHASH"),
)  # fmt: skip
_PROCESS_ALIASES = {
    **_DVC,
    **_RULE,
    "User": "TargetUsername",
    "Process": "TargetProcessName",
    "CommandLine": "TargetProcessCommandLine",
    "Hash": "coalesce(TargetProcessSHA512, TargetProcessSHA256, TargetProcessMD5,"
    " TargetProcessSHA1, TargetProcessIMPHASH)",
}

_PARSERS = (
    _Parser(
        ("Dns",),
        "ASimDnsActivityLogs",
        "Dns",
        (
            _equals("srcipaddr", "SrcIpAddr"),
            _has_any("domain_has_any", "DnsQuery"),
            _equals("responsecodename", "EventResultDetails"),
            _Filter("response_has_ipv4", "string", "'*'",
                    "({0} == '*' or has_ipv4(DnsResponseName, {0}))"),
            _prefix("response_has_any_prefix", "DnsResponseName"),
            # "lookup" is an older word for a query.
            _Filter("eventtype", "string", "'Query'",
                    "({0} == '*' or EventType == iff({0} == 'lookup', 'Query', {0}))"),
        ),
        {
            **_DVC, **_SRC, **_DST,
            "DnsResponseCodeName": "EventResultDetails",
            "Domain": "DnsQuery",
            "Duration": "DnsNetworkDuration",
            "Hostname": "SrcHostname",
            "Process": "SrcProcessName",
            "SessionId": "DnsSessionId",
            "User": "SrcUsername",
        },
    ),
    _Parser(
        ("Authentication",),
        "ASimAuthenticationEventLogs",
        "Authentication",
        (
            _has_any("username_has_any", "TargetUsername", "ActorUsername"),
            _has_any("targetappname_has_any", "TargetAppName"),
            _prefix("srcipaddr_has_any_prefix", "SrcIpAddr"),
            _has_any("srchostname_has_any", "SrcHostname"),
            _in("eventtype_in", "EventType"),
            _in("eventresultdetails_in", "EventResultDetails"),
            _RESULT,
        ),
        {
            **_DVC, **_SRC, **_RULE,
            "Application": "TargetAppName",
            "Dst": "coalesce(TargetHostname, TargetIpAddr, TargetAppName)",
            "LogonTarget": "coalesce(TargetAppName, TargetHostname)",
            "User": "TargetUsername",
        },
    ),
    _Parser(("ProcessEvent", "Process"), "ASimProcessEventLogs", "ProcessEvent", _PROCESS,
            _PROCESS_ALIASES),
    _Parser(("ProcessCreate",), "ASimProcessEventLogs", "ProcessEvent", _PROCESS,
            _PROCESS_ALIASES, "EventType == 'ProcessCreated'"),
    _Parser(("ProcessTerminate",), "ASimProcessEventLogs", "ProcessEvent", _PROCESS,
            _PROCESS_ALIASES, "EventType == 'ProcessTerminated'"),
    _Parser(
        ("FileEvent",),
        "ASimFileEventLogs",
        "FileEvent",
        (
            _in("eventtype_in", "EventType"),
            _prefix("srcipaddr_has_any_prefix", "SrcIpAddr"),
            _has_any("actorusername_has_any", "ActorUsername"),
            _has_any("targetfilepath_has_any", "TargetFilePath"),
            _has_any("srcfilepath_has_any", "SrcFilePath"),
            _in("hashes_has_any", "TargetFileSHA512", "TargetFileSHA256", "TargetFileMD5",
                "TargetFileSHA1"),
            _has_any("dvchostname_has_any", "DvcHostname"),
        ),
        {
            **_DVC, **_SRC, **_ACTOR, **_RULE,
            "Application": "TargetAppName",
            "CommandLine": "ActingProcessCommandLine",
            "FileName": "TargetFileName",
            "FilePath": "TargetFilePath",
            "Hash": "coalesce(TargetFileSHA512, TargetFileSHA256, TargetFileMD5, TargetFileSHA1)",
            "Url": "TargetUrl",
        },
    ),
    _Parser(
        ("RegistryEvent", "Registry"),
        "ASimRegistryEventLogs",
        "RegistryEvent",
        (
            _in("eventtype_in", "EventType"),
            _has_any("actorusername_has_any", "ActorUsername"),
            _has_any("registrykey_has_any", "RegistryKey"),
            _has_any("registryvalue_has_any", "RegistryValue"),
            _has_any("registryvaluedata_has_any", "RegistryValueData"),
            _has_any("dvchostname_has_any", "DvcHostname"),
        ),
        {**_DVC, **_ACTOR, **_RULE},
    ),
    _Parser(
        ("NetworkSession",),
        "ASimNetworkSessionLogs",
        "NetworkSession",
        (
            _prefix("srcipaddr_has_any_prefix", "SrcIpAddr"),
            _prefix("dstipaddr_has_any_prefix", "DstIpAddr"),
            _prefix("ipaddr_has_any_prefix", "SrcIpAddr", "DstIpAddr"),
            _Filter("dstportnumber", "int", "int(null)", "(isnull({0}) or DstPortNumber == {0})"),
            _has_any("hostname_has_any", "SrcHostname", "DstHostname"),
            _in("dvcaction", "DvcAction"),
            _RESULT,
        ),
        {**_DVC, **_SRC, **_DST, **_RULE, **_NETWORK, "Hostname": "DstHostname",
         "User": "DstUsername"},
    ),
    _Parser(
        ("WebSession",),
        "ASimWebSessionLogs",
        "WebSession",
        (
            _prefix("srcipaddr_has_any_prefix", "SrcIpAddr"),
            _prefix("ipaddr_has_any_prefix", "SrcIpAddr", "DstIpAddr"),
            _has_any("url_has_any", "Url"),
            _has_any("httpuseragent_has_any", "HttpUserAgent"),
            _in("eventresultdetails_in", "EventResultDetails"),
            _RESULT,
        ),
        {
            **_DVC, **_SRC, **_DST, **_RULE, **_NETWORK,
            "Hostname": "DstHostname",
            "HttpStatusCode": "EventResultDetails",
            "User": "SrcUsername",
            "UserAgent": "HttpUserAgent",
        },
    ),
    _Parser(
        ("AuditEvent",),
        "ASimAuditEventLogs",
        "AuditEvent",
        (
            _prefix("srcipaddr_has_any_prefix", "SrcIpAddr"),
            _in("eventtype_in", "EventType"),
            _RESULT,
            _has_any("actorusername_has_any", "ActorUsername"),
            _has_any("operation_has_any", "Operation"),
            _has_any("object_has_any", "Object"),
            _has_any("newvalue_has_any", "NewValue"),
        ),
        {**_DVC, **_SRC, **_RULE, "Application": "TargetAppName", "User": "ActorUsername",
         "Value": "NewValue"},
    ),
    _Parser(
        ("UserManagement",),
        "ASimUserManagementActivityLogs",
        "UserManagement",
        (
            _prefix("srcipaddr_has_any_prefix", "SrcIpAddr"),
            _has_any("targetusername_has_any", "TargetUsername"),
            _has_any("actorusername_has_any", "ActorUsername"),
            _in("eventtype_in", "EventType"),
        ),
        {**_DVC, **_SRC, **_RULE, "UpdatedPropertyName": "EventSubType", "User": "ActorUsername"},
    ),
    _Parser(
        ("DhcpEvent",),
        "ASimDhcpEventLogs",
        "DhcpEvent",
        (
            _prefix("srcipaddr_has_any_prefix", "SrcIpAddr"),
            _has_any("srchostname_has_any", "SrcHostname"),
            _has_any("srcusername_has_any", "SrcUsername"),
            _RESULT,
        ),
        {**_DVC, **_SRC, **_RULE, "Hostname": "SrcHostname", "User": "SrcUsername"},
    ),
)  # fmt: skip


def asim_functions(tables: Mapping[str, TableSchema]) -> dict[str, FunctionDefinition]:
    """The parsers of every schema whose table is known: ``_Im_Dns``, ``imDns``, ``ASimDns``, …"""
    return {each.name: each for parser in _PARSERS for each in _functions(parser, tables)}


def _functions(parser: _Parser, tables: Mapping[str, TableSchema]) -> Iterator[FunctionDefinition]:
    table = tables.get(parser.table)
    if table is None:
        return
    body = _body(parser, table)
    filters = (*_TIMES, *parser.filters, _DISABLED)
    declared = ", ".join(each.declared() for each in filters)
    tests = "\n| where ".join(each.condition() for each in filters)
    filtered = body.replace("\n", f"\n| where {tests}\n", 1)
    for name in parser.names:
        for prefix in ("_Im_", "im"):
            yield FunctionDefinition(f"{prefix}{name}", declared, filtered)
        for prefix in ("_ASim_", "ASim"):
            yield FunctionDefinition(f"{prefix}{name}", "disabled: bool = false", body)


def _body(parser: _Parser, table: TableSchema) -> str:
    columns = {column.name for column in table.columns}
    known = (
        f"{alias} = {source}"
        for alias, source in parser.aliases.items()
        if _has_all(source, columns)
    )
    only = f"| where {parser.only}\n" if parser.only else ""
    fixed = f"EventSchema = '{parser.schema}'"
    return f"{parser.table}\n{only}| extend {', '.join([fixed, *known])}"


def _has_all(source: str, columns: set[str]) -> bool:
    """True if the table has every column that an alias is made of."""
    words = source.replace("coalesce", "").replace("tostring", "")
    return set("".join(c if c.isalnum() or c == "_" else " " for c in words).split()) <= columns
