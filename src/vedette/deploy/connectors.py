"""Whether the connectors that a rule names bring its data: looked up, never guessed.

The trap: a table that is there and gets nothing. The rule deploys, runs, and never fires. And the
other way round: agents and diagnostic settings bring data that no connector resource tells of, so a
rule counts as connected by its tables as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from vedette.deploy.policy import Held
from vedette.deploy.preflight import disabled
from vedette.deploy.resource import Body, Key, Resource, ResourceKind
from vedette.model.detection import Detection
from vedette.model.environment import OnMissing, OnUnconnected
from vedette.model.shape import mapping, text

#: What a query asks the logs: the tables that got anything in two weeks.
QUERY = "Usage | where Quantity > 0 | distinct DataType"
TIMESPAN = "P14D"


class Sources(Protocol):
    """What a workspace tells of where its data comes from; None where it does not tell."""

    def connectors(self) -> frozenset[str] | None:
        """What the workspace's data connectors are called, in lower case."""

    def receiving(self) -> frozenset[str] | None:
        """The tables that have got data lately, in lower case."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The resources as they may be deployed, what is held back, and what is to be said."""

    resources: tuple[Resource, ...]
    held: Mapping[Key, Held]
    warnings: tuple[str, ...]


def names_of(connector: Body) -> frozenset[str]:
    """By what a rule may name a data connector: its kind, its name, its definition's name."""
    properties = mapping(connector.get("properties"))
    every = (
        connector.get("kind"),
        connector.get("name"),
        properties.get("connectorDefinitionName"),
        mapping(properties.get("connectorUiConfig")).get("id"),
    )
    return frozenset(text(each).casefold() for each in every) - {""}


def check_connectors(
    resources: Sequence[Resource],
    detections: Iterable[Detection],
    sources: Sources,
    what: OnUnconnected | None,
) -> Connected:
    """Hold back, or report, the rules that none of their connectors brings data.

    One of the connectors that a rule names is enough: published rules list the ways in which their
    tables can be filled. What cannot be looked up counts as not connected, unless it is only to be
    reported.

    Raises:
        ServiceError: a lookup failed for a reason that concerns more than this.
    """
    if what is None:
        return Connected(tuple(resources), {}, ())
    needs = {str(each.id): each for each in detections if each.is_rule and each.connectors}
    rules = [r for r in resources if r.kind is ResourceKind.RULE and r.id in needs]
    known = sources.connectors() if rules else frozenset()
    waiting = [r for r in rules if known is None or not _names(needs[r.id]) & known]
    receiving = sources.receiving() if waiting else frozenset()
    reasons = {
        rule.key: _reason(needs[rule.id], known, receiving)
        for rule in waiting
        if receiving is None or not _tables(needs[rule.id]) & receiving
    }
    if what is OnUnconnected.REPORT:
        said = [f"{r.label}: {reasons[r.key]}" for r in waiting if r.key in reasons]
        return Connected(tuple(resources), {}, tuple(said))
    how = OnMissing(what.value)
    kept = tuple(
        disabled(r) if r.key in reasons and how is OnMissing.DISABLE else r for r in resources
    )
    return Connected(kept, {key: Held(how, reason) for key, reason in reasons.items()}, ())


def _names(detection: Detection) -> frozenset[str]:
    return frozenset(each.connector_id.casefold() for each in detection.connectors)


def _tables(detection: Detection) -> frozenset[str]:
    """The tables of its connectors; ``SecurityAlert (MDE)`` is a part of a table."""
    found = (each for connector in detection.connectors for each in connector.data_types)
    return frozenset(each.partition("(")[0].strip().casefold() for each in found)


def _reason(
    detection: Detection, known: frozenset[str] | None, receiving: frozenset[str] | None
) -> str:
    names = ", ".join(dict.fromkeys(each.connector_id for each in detection.connectors))
    if known is None or receiving is None:
        what = "its data connectors" if known is None else "which tables receive data"
        return f"the workspace does not tell {what}: {names} could not be looked up"
    return f"none of its connectors is there and none of their tables received data: {names}"
