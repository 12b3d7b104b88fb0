"""The simple values of a detection: what it is, how grave, where its data comes from.

The trap: community files have their habits. No kind means a hunting query unless there is a
schedule, kinds and severities come in any case, and descriptions carry quotes inside the block.
"""

from __future__ import annotations

from vedette.model.assumptions import named, unquoted
from vedette.model.detection import (
    SCHEDULE_KEYS,
    AcceptedCheck,
    AggregationKind,
    DataConnector,
    Kind,
    Severity,
)
from vedette.model.document import Document
from vedette.model.product import Product
from vedette.model.reading import texts_at, value_at
from vedette.model.shape import items, mapping, text


def text_at(document: Document, key: str) -> str:
    """The text of a key at the root, empty if it is absent or no text."""
    return text(value_at(document, (key,)))


def kind_of(document: Document) -> Kind | None:
    """The kind as written, in any case; without one, what the presence of a schedule says."""
    data = mapping(document.data)
    if "kind" not in data:
        return Kind.SCHEDULED if any(key in data for key in SCHEDULE_KEYS) else Kind.HUNTING
    return named(text(data["kind"]), Kind)


def severity_of(document: Document) -> Severity | None:
    """The severity as written, in any case."""
    return named(text_at(document, "severity"), Severity)


def description_of(document: Document) -> str:
    """The description as it is shown, empty if there is none."""
    return unquoted(text_at(document, "description"))


def is_enabled(document: Document) -> bool:
    """False only where the file says so; our own key counts before the community's."""
    ours = value_at(document, ("vedette", "enabled"))
    return (value_at(document, ("enabled",)) if ours is None else ours) is not False


def products_of(document: Document) -> tuple[Product, ...]:
    """The products that the detection is for; Sentinel, for which it is written, is one of them."""
    named_ones = {text for _, text in texts_at(document, ("vedette", "products"))}
    return tuple(
        product for product in Product if product is Product.SENTINEL or product in named_ones
    )


def aggregation_of(document: Document) -> AggregationKind:
    """SingleAlert unless the file says otherwise."""
    written = text(value_at(document, ("eventGroupingSettings", "aggregationKind")))
    known = {each.value: each for each in AggregationKind}
    return known.get(written, AggregationKind.SINGLE_ALERT)


def connectors_of(document: Document) -> tuple[DataConnector, ...]:
    """The connectors that have an id; ``datatypes`` is tolerated for ``dataTypes``."""
    connectors: list[DataConnector] = []
    for index, value in enumerate(items(value_at(document, ("requiredDataConnectors",)))):
        data = mapping(value)
        if name := text(data.get("connectorId")):
            key = "dataTypes" if "dataTypes" in data else "datatypes"
            types = texts_at(document, ("requiredDataConnectors", index, key))
            connectors.append(DataConnector(name, tuple(each for _, each in types)))
    return tuple(connectors)


def accepted_of(document: Document) -> tuple[AcceptedCheck, ...]:
    """The checks that the file suppresses; one without a reason suppresses nothing."""
    accepted = []
    for index, value in enumerate(items(value_at(document, ("vedette", "suppress")))):
        data = mapping(value)
        check, reason = text(data.get("check")).strip(), text(data.get("reason")).strip()
        if check and reason:
            accepted.append(AcceptedCheck(check, reason, index))
    return tuple(accepted)
