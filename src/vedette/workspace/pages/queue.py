"""Which incidents the queue shows, by status, severity, rule, words and time, and which page.

The trap: "open" is no status of an incident. It is what an analyst asks for: New and Active.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from vedette.model.detection import Severity
from vedette.simulate.types import Incident
from vedette.workspace.entity_view import display_name
from vedette.workspace.evidence_view import incident_entities
from vedette.workspace.pages.address import addressed
from vedette.workspace.pages.time_range import TimeRange, time_range

PAGE_SIZE = 50
STATUSES = {"": "Any", "Open": "Open", "New": "New", "Active": "Active", "Closed": "Closed"}
SEVERITIES = tuple(severity.value for severity in Severity)


@dataclass(frozen=True, slots=True)
class QueueView:
    """``incidents`` of a page, of ``found`` that the filter lets through and ``total`` in all.

    ``rules``: ids and names of the rules that have incidents; ``pages`` counts from 1.
    """

    range: TimeRange
    incidents: tuple[Incident, ...]
    found: int
    total: int
    open: int
    rules: tuple[tuple[str, str], ...]
    page: int
    status: str = ""
    severity: str = ""
    rule: str = ""
    text: str = ""

    @property
    def filtered(self) -> bool:
        """Whether anything is asked for."""
        return bool(
            self.status or self.severity or self.rule or self.text or self.range.span != "all"
        )

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.found // PAGE_SIZE))

    def address(self, page: int) -> str:
        """Where another page of the same is."""
        return addressed(
            (),
            [
                ("status", self.status),
                ("severity", self.severity),
                ("rule", self.rule),
                ("text", self.text),
                *(() if self.range.span == "all" else self.range.arguments),
                ("page", str(page) if page > 1 else ""),
            ],
        )


def queue_view(incidents: Sequence[Incident], given: Mapping[str, str], now: datetime) -> QueueView:
    """The page of the queue that an address asks for, the newest incident first."""
    span = time_range(given, now, "all")
    rules = {
        alert.rule_id: alert.rule_name for incident in incidents for alert in incident.alerts[:1]
    }
    status = given.get("status", "")
    severity = given.get("severity", "")
    rule, text = given.get("rule", ""), given.get("text", "").strip()
    status = status if status in STATUSES else ""
    severity = severity if severity in SEVERITIES else ""
    rule = rule if rule in rules else ""
    found = [
        incident
        for incident in reversed(incidents)
        if _has_status(incident, status)
        and severity in ("", incident.severity.value)
        and (not rule or any(alert.rule_id == rule for alert in incident.alerts))
        and (not text or _holds(incident, text.casefold()))
        and _is_within(incident, span)
    ]
    page = given.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() else 1
    number = min(max(number, 1), max(1, -(-len(found) // PAGE_SIZE)))
    return QueueView(
        range=span,
        incidents=tuple(found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]),
        found=len(found),
        total=len(incidents),
        open=sum(incident.status != "Closed" for incident in incidents),
        rules=tuple(sorted(rules.items(), key=lambda pair: (pair[1].casefold(), pair[0]))),
        page=number,
        status=status,
        severity=severity,
        rule=rule,
        text=text,
    )


def _has_status(incident: Incident, status: str) -> bool:
    if status == "Open":
        return incident.status != "Closed"
    return status in ("", incident.status)


def _is_within(incident: Incident, span: TimeRange) -> bool:
    if span.window is None:
        # A range that makes no sense is told on the page, and lets nothing be missed.
        return True
    return span.window.start <= incident.created <= span.window.end


def _holds(incident: Incident, text: str) -> bool:
    """Whether a text is in its title, description, number, owner, labels or entities."""
    told = [incident.title, incident.description, incident.owner or "", *incident.labels]
    if text == str(incident.number) or any(text in one.casefold() for one in told):
        return True
    return any(
        text in display_name(entity).casefold()
        or any(text in value.casefold() for _, value in entity.identifiers)
        for _, group in incident_entities(incident)
        for entity in group
    )
