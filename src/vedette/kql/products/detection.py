"""A detection for Defender XDR: its query, and what keeps it from being a custom detection.

The trap: what only changes how an alert looks is a warning, what changes whether it comes is an
error; a rule that ran with another threshold would be another rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from vedette.finding import Finding, Level, did_you_mean
from vedette.kql.bound import BoundQuery, Node
from vedette.kql.desugar.tree import walk
from vedette.kql.named_columns import PLACEHOLDER, named_columns
from vedette.kql.parameters import misfits, parameters_of
from vedette.kql.products.render import differences, render_for
from vedette.kql.products.required import missing_columns, with_required
from vedette.kql.products.result import NotAvailable, RenderedQuery
from vedette.kql.products.watchlists import WatchlistRows
from vedette.model.defender import DYNAMIC_COLUMNS, ENTITY_COLLECTIONS, LOOK_BACKS
from vedette.model.detection import AggregationKind, Detection, Kind, TriggerOperator
from vedette.model.durations import short_duration
from vedette.model.load_defender import PATH as SETTINGS
from vedette.model.product import Product
from vedette.model.query_text import code_of
from vedette.schema.catalogue import Catalogue
from vedette.source import ValuePath

#: Findings that a file may accept with a reason: the rule runs, and something is otherwise.
WARNINGS = frozenset(
    {
        "defender-alert-details",
        "defender-entity",
        "defender-incident",
        "defender-look-back",
        "defender-single-alert",
        "defender-suppression",
    }
)


class QueryBinder(Protocol):
    """What rendering needs of ``kql.binder.Binder``."""

    def bind(self, text: str, catalogue: Catalogue) -> BoundQuery:
        """The query with its names resolved in ``catalogue``."""
        ...


@dataclass(frozen=True, slots=True)
class DefenderQuery:
    """A detection's query for Defender XDR: the text, bound there, and where its parts are from."""

    rendered: RenderedQuery
    bound: BoundQuery

    @property
    def columns(self) -> Mapping[str, str]:
        """The result columns' names by those that they have in Sentinel."""
        return self.rendered.columns


def defender_query(
    detection: Detection,
    bound: BoundQuery,
    binder: QueryBinder,
    catalogue: Catalogue,
    watchlists: Mapping[str, WatchlistRows],
) -> tuple[DefenderQuery | None, list[Finding]]:
    """The query of ``detection``, ``bound`` for Sentinel, for Defender XDR; None if there is none.

    ``catalogue`` is Defender's, ``watchlists`` the rows to write out. The findings are about the
    query alone; ``rule_findings`` are about the rest.
    """
    parameters = detection.defender.parameters
    rendered = render_for(bound, Product.DEFENDER, catalogue, watchlists, parameters)
    if isinstance(rendered, NotAvailable):
        return None, [_finding(detection, "not-in-defender", rendered)]
    there = binder.bind(rendered.text, catalogue)
    if misfitting := _parameters(detection, bound, there):
        return None, misfitting
    if (difference := differences(bound, rendered, there)) is not None:
        return None, [_finding(detection, "not-in-defender", difference)]
    findings: list[Finding] = []
    if detection.is_rule:
        completed = with_required(rendered, there)
        if completed is not None:
            rendered, there = completed, binder.bind(completed.text, catalogue)
        findings = [
            _finding(detection, "defender-required-column", one)
            for one in missing_columns(rendered, there)
        ]
    query = DefenderQuery(rendered, there)
    return query, [*findings, *_named(detection, query)]


def rule_findings(detection: Detection, query: DefenderQuery) -> list[Finding]:
    """What of the rule a custom detection cannot be; empty for a hunting query."""
    if not detection.is_rule:
        return []
    there = detection.in_defender
    return [
        *_schedule(there, query),
        *_entities(detection),
        *_alert(there),
        *_incident(detection),
    ]


def _parameters(detection: Detection, bound: BoundQuery, there: BoundQuery) -> list[Finding]:
    """The parameters for Defender XDR that the query does not take."""
    values, findings = detection.defender.parameters, []
    if bound.tree is None or not values:
        return []
    known = parameters_of(bound.tree)
    for name in misfits(bound.tree, there.tree or bound.tree, there.text, values):
        at = detection.source.locate((*SETTINGS, "parameters", name))
        if name in known:
            message = f"'{values[name]}' is no {known[name].type} literal, which '{name}' is"
            hint = f"write it as the query does: {_text_of(bound, known[name])}"
        else:
            message = f"the query has no 'let {name} =' with a literal"
            hint = did_you_mean(name, known) or f"it has {', '.join(sorted(known)) or 'none'}"
        findings.append(Finding(at, "defender-parameter", message, hint))
    return findings


def _text_of(bound: BoundQuery, node: Node) -> str:
    return bound.text[node.start : node.end]


def _finding(detection: Detection, finding_id: str, problem: NotAvailable) -> Finding:
    at = detection.source.locate_in(("query",), problem.offset)
    return Finding(at, finding_id, problem.reason, problem.hint)


def _named(detection: Detection, query: DefenderQuery) -> Iterator[Finding]:
    for named in named_columns(detection):
        if named.column not in query.columns and not query.bound.open:
            at = detection.source.locate_in(named.at, named.offset)
            message = f"'{named.column}', which {named.purpose} names, is not in Defender XDR"
            yield Finding(at, "not-in-defender", message)


def _schedule(detection: Detection, query: DefenderQuery) -> Iterator[Finding]:
    source, schedule = detection.source, detection.schedule
    if detection.kind is Kind.NRT:
        yield from _continuous(detection, query)
    if schedule is not None and schedule.frequency not in LOOK_BACKS:
        # Of a frequency for Defender XDR alone, loading has said so.
        if detection.defender.frequency is None:
            known = ", ".join(short_duration(each) for each in LOOK_BACKS)
            message = f"Defender XDR runs no rule every {short_duration(schedule.frequency)}"
            at = source.locate(("queryFrequency",))
            yield Finding(at, "defender-frequency", message, f"it runs them every {known}")
    elif schedule is not None and schedule.period > LOOK_BACKS[schedule.frequency]:
        look_back = short_duration(LOOK_BACKS[schedule.frequency])
        message = (
            f"the rule looks back {short_duration(schedule.period)}, in Defender XDR only "
            f"{look_back} when it runs every {short_duration(schedule.frequency)}"
        )
        hint = (
            "show with cases what it finds there, or give vedette.defender a queryFrequency "
            "that sees more (24h sees 30d)"
        )
        at = source.locate(("queryPeriod",))
        yield Finding(at, "defender-look-back", message, hint, Level.WARNING)
    if schedule is not None:
        anything = schedule.threshold == 0 and schedule.operator in {
            TriggerOperator.GREATER_THAN,
            TriggerOperator.NOT_EQUAL,
        }
        if not anything:
            message = "Defender XDR fires on any row and knows no threshold"
            hint = "count in the query, and fire on more than 0 rows"
            at = source.locate(("triggerThreshold",))
            yield Finding(at, "defender-threshold", message, hint)
    if detection.aggregation is AggregationKind.SINGLE_ALERT:
        message = "Defender XDR makes an alert of each row, not one of them all"
        hint = "set aggregationKind to AlertPerResult"
        at = source.locate(("eventGroupingSettings",))
        yield Finding(at, "defender-single-alert", message, hint, Level.WARNING)
    yield from _suppression(detection)


def _suppression(detection: Detection) -> Iterator[Finding]:
    if detection.suppression.enabled:
        message = "Defender XDR pauses no rule after an alert"
        at = detection.source.locate_key(("suppressionEnabled",))
        yield Finding(at, "defender-suppression", message, "", Level.WARNING)


def _continuous(detection: Detection, query: DefenderQuery) -> Iterator[Finding]:
    """What a continuous rule may not have: it is a stream's filter."""
    text = query.rendered.text
    forbidden = {
        "JoinOperator": "join",
        "LookupOperator": "lookup",
        "UnionOperator": "union",
        "ExternalDataExpression": "externaldata",
        "LetStatement": "let (what it calls is written out with let)",
    }
    found = [
        forbidden[node.kind]
        for node in (walk(query.bound.tree) if query.bound.tree is not None else ())
        if node.kind in forbidden
    ]
    if "//" in text and re.search("//", _without_strings(text)):
        found.append("a comment")
    if len(query.bound.tables) > 1:
        found.append("a second table")
    for what in dict.fromkeys(found):
        message = f"a near-real-time rule of Defender XDR must not have {what}"
        yield Finding(detection.source.locate(("query",)), "defender-nrt", message)


def _without_strings(text: str) -> str:
    """``text`` with its strings blanked but its comments left."""
    blanked = code_of(text)
    return "".join(
        one if two == " " and one == "/" else two for one, two in zip(text, blanked, strict=True)
    )


def _entities(detection: Detection) -> Iterator[Finding]:
    source = detection.source
    for index, mapping in enumerate(detection.entity_mappings):
        at: ValuePath = ("entityMappings", index)
        collection = ENTITY_COLLECTIONS.get(mapping.entity_type)
        known = collection.properties if collection is not None else {}
        for number, field in enumerate(mapping.fields):
            if field.identifier in known:
                continue
            message = f"a custom detection of Defender XDR has no {mapping.entity_type}"
            hint = ""
            if known:
                message += f" {field.identifier}"
                hint = f"it has {', '.join(sorted(known))}"
            place = source.locate((*at, "fieldMappings", number, "identifier"))
            yield Finding(place, "defender-entity", message, hint, Level.WARNING)
    if detection.sentinel_entities:
        place = source.locate_key(("sentinelEntitiesMappings",))
        message = "a custom detection of Defender XDR has no sentinelEntitiesMappings"
        yield Finding(place, "defender-entity", message, "map the entities", Level.WARNING)


def _alert(detection: Detection) -> Iterator[Finding]:
    source, details = detection.source, detection.alert_details
    texts = (details.name_format or "", details.description_format or "")
    columns = dict.fromkeys(found[1] for text in texts for found in PLACEHOLDER.finditer(text))
    if len(columns) > DYNAMIC_COLUMNS:
        message = (
            f"title and description name {len(columns)} columns, in Defender XDR at most "
            f"{DYNAMIC_COLUMNS} together: {', '.join(columns)}"
        )
        at = source.locate(("alertDetailsOverride",))
        hint = "leave some out, or give vedette.defender texts of its own"
        yield Finding(at, "defender-dynamic-columns", message, hint)
    fixed: tuple[tuple[str, object, str], ...] = (
        ("alertSeverityColumnName", details.severity_column, "severity"),
        ("alertTacticsColumnName", details.tactics_column, "tactics"),
        ("alertDynamicProperties", details.dynamic_properties, "properties"),
    )
    for key, value, what in fixed:
        if value:
            at = source.locate_key(("alertDetailsOverride", key))
            message = f"no column gives an alert of Defender XDR its {what}: the rule's own stand"
            yield Finding(at, "defender-alert-details", message, "", Level.WARNING)


def _incident(detection: Detection) -> Iterator[Finding]:
    incident = detection.incident
    if incident.grouping.enabled or not incident.create:
        at = detection.source.locate_key(("incidentConfiguration",))
        message = "Defender XDR puts alerts into incidents by its own rules"
        yield Finding(at, "defender-incident", message, "", Level.WARNING)
