"""What a detection says of itself for Defender XDR alone: ``vedette.defender``.

The trap: there is no free choice of a frequency there. Each of the four comes with its look-back.
"""

from __future__ import annotations

from vedette.finding import Finding
from vedette.model.defender import LOOK_BACKS, DefenderSettings
from vedette.model.document import Document
from vedette.model.durations import parse_duration, short_duration
from vedette.model.load_about import products_of
from vedette.model.load_alert import check_placeholders
from vedette.model.product import Product
from vedette.model.reading import value_at
from vedette.model.shape import mapping, text
from vedette.source import ValuePath

#: Where the settings stand in the file.
PATH: ValuePath = ("vedette", "defender")


def load_defender(document: Document) -> tuple[DefenderSettings, list[Finding]]:
    """The settings, empty where the file has none."""
    data = mapping(value_at(document, PATH))
    findings: list[Finding] = []
    for key in ("alertDisplayNameFormat", "alertDescriptionFormat"):
        findings += check_placeholders(document, (*PATH, key), text(data.get(key)))
    written = text(data.get("queryFrequency"))
    frequency = parse_duration(written) if written else None
    if frequency is not None and frequency not in LOOK_BACKS:
        known = ", ".join(short_duration(each) for each in LOOK_BACKS)
        message = f"Defender XDR runs no rule every {short_duration(frequency)}"
        place = document.locate((*PATH, "queryFrequency"))
        findings.append(
            Finding(place, "defender-frequency", message, f"it runs them every {known}")
        )
    if data and Product.DEFENDER not in products_of(document):
        message = "the detection is not for Defender XDR, and nothing reads what it has there"
        place = document.locate_key(PATH)
        hint = "add defender to vedette.products, or take it away"
        findings.append(Finding(place, "defender-settings-unused", message, hint))
    parameters = {
        name: value
        for name, value in mapping(data.get("parameters")).items()
        if isinstance(value, str)
    }
    settings = DefenderSettings(
        frequency,
        parameters,
        text(data.get("alertDisplayNameFormat")) or None,
        text(data.get("alertDescriptionFormat")) or None,
    )
    return settings, findings
