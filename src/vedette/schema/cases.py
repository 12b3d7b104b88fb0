"""The JSON Schema of a case file.

The trap: events and expectations come in two forms (a list, or a file or a count), and an ``anyOf``
of the two would only ever say that neither fits. Keywords for each type stand side by side instead:
JSON Schema applies them to values of that type alone.
"""

from __future__ import annotations

from vedette.model.attack import TACTICS
from vedette.model.detection import Severity
from vedette.model.entities import ENTITY_TYPES
from vedette.schema.shapes import (
    EXPECTS,
    FINDING,
    HINT,
    MESSAGE,
    Schema,
    choice,
    items,
    mapping,
    text,
)

CASE_NAME_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
NAME_PATTERN = r"^[A-Za-z_]\w*$"

_ROW: Schema = {"description": "Column: value.", "type": "object"}


def _rows_or_file(description: str) -> Schema:
    """A list of rows, or ``{file: …}``."""
    return {
        "description": description,
        "type": ["array", "object"],
        "items": _ROW,
        "properties": {
            "file": text("A .jsonl or .csv file, relative to this file."),
        },
        "required": ["file"],
        "additionalProperties": False,
        EXPECTS: "a list of rows, or {file: rows.jsonl}",
    }


def _by_name(description: str, value: Schema, names: str) -> Schema:
    key = text("", pattern=NAME_PATTERN, expects=names)
    return {
        "description": description,
        "type": "object",
        "propertyNames": key,
        "additionalProperties": value,
    }


def _count_or_list(description: str, item: Schema) -> Schema:
    return {
        "description": description,
        "type": ["integer", "array"],
        "minimum": 0,
        "items": item,
        EXPECTS: "a count, or a list of what is expected",
    }


def _entity() -> Schema:
    """An entity's type and identifiers; a branch a type completes and checks their names."""
    schema: Schema = {
        "description": "An entity that some entity of the alert must contain.",
        "type": "object",
        "properties": {
            "type": choice(
                "The type of the entity.",
                ENTITY_TYPES,
                expects="an entity type",
                finding="unknown-entity-type",
            )
        },
        "required": ["type"],
        "additionalProperties": {
            "description": "The value of the identifier.",
            "type": ["string", "number", "boolean"],
        },
    }
    return schema | {"allOf": [_identifiers_of(name) for name in ENTITY_TYPES]}


def _identifiers_of(name: str) -> Schema:
    names: Schema = {
        "enum": ["type", *ENTITY_TYPES[name].identifiers],
        EXPECTS: f"an identifier of the entity type {name}",
        FINDING: {"enum": "unknown-identifier"},
    }
    # The properties are what an editor completes; propertyNames is what is checked.
    known: Schema = {identifier: {} for identifier in ENTITY_TYPES[name].identifiers}
    return {
        "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
        "then": {"propertyNames": names, "properties": known},
    }


def _alert() -> Schema:
    # No booleans: whether True is "true" or "True" in an alert has to be written out.
    detail: Schema = {"type": ["string", "number"]}
    details: Schema = {
        "description": "The values of the custom detail.",
        "type": ["array", "string", "number"],
        "items": detail,
    }
    return mapping(
        "An alert; only what is given is compared.",
        {
            "title": text("The alert's name."),
            "description": text("The alert's description."),
            "severity": choice(
                "The alert's severity.",
                [severity.value for severity in Severity],
                expects="a severity",
                finding="unknown-severity",
            ),
            "tactics": items(
                "The alert's tactics, in any order.",
                choice(
                    "A tactic of ATT&CK.",
                    TACTICS,
                    expects="a tactic that Sentinel knows",
                    finding="unknown-tactic",
                ),
            ),
            "entities": items("Entities that the alert must contain.", _entity()),
            "customDetails": {
                "description": "Custom details that the alert must have.",
                "type": "object",
                "additionalProperties": details,
            },
        },
    )


def _incident() -> Schema:
    return mapping(
        "An incident; only what is given is compared.",
        {
            "title": text("The incident's title."),
            "severity": choice(
                "The incident's severity.",
                [severity.value for severity in Severity],
                expects="a severity",
                finding="unknown-severity",
            ),
            "alerts": {
                "description": "How many alerts the incident has.",
                "type": "integer",
                "minimum": 1,
            },
            "entities": items("Entities of the incident's alerts.", _entity()),
        },
    )


def _expect() -> Schema:
    elsewhere = mapping(
        "What Defender XDR makes of the same events, where that is something else: it looks back "
        "less far, and makes an alert of each row.",
        _results(),
        minProperties=1,
    )
    schema = mapping(
        "What the detection must make of the events.",
        {**_results(), "defender": _not_empty(elsewhere)},
        minProperties=1,
    )
    return _not_empty(schema)


def _results() -> dict[str, Schema]:
    return {
        "rows": _count_or_list(
            "The rows of the query: a count, or the rows with the columns that matter.", _ROW
        ),
        "alerts": _count_or_list(
            "The alerts of the run: a count, or the alerts with what matters of them.", _alert()
        ),
        "incidents": _count_or_list(
            "The incidents after the last run: a count, or the incidents with what matters of "
            "them.",
            _incident(),
        ),
    }


def _not_empty(schema: Schema) -> Schema:
    return schema | {
        FINDING: {"minProperties": "empty-expectation"},
        MESSAGE: {"minProperties": "the case expects nothing, so it proves nothing"},
        HINT: {"minProperties": "say how many rows or alerts there must be"},
    }


def _case() -> Schema:
    function = text("Parameters and body: (x:string) { … }.")
    return mapping(
        "One piece of evidence.",
        {
            "name": text(
                "What the case shows, unique in the file.",
                pattern=CASE_NAME_PATTERN,
                expects="a name in lower case and dashes such as click-before-delivery",
                findings={"pattern": "bad-case-name"},
            ),
            "why": text("One or two sentences: why the detection must, or must not, fire."),
            "now": text(
                "What now() returns; the run is the one that is scheduled for this time.",
                format="date-time",
            ),
            "runs": items(
                "The times for which runs are scheduled, in their order and relative to now: "
                "[-2h, -1h, now]. Without them there is one run, at now. Alerts and incidents are "
                "those of all runs, rows those of the last.",
                text("A time: now, -2h, or ISO 8601."),
                fewest=1,
                findings={"minItems": "no-runs"},
            ),
            "events": _by_name(
                "Events by table; a column that is left out is null. Datetimes are ISO 8601 or "
                "relative to now: -2h, -1d12h, +5m. _IngestionTime is when the event was ingested.",
                _rows_or_file("The events of the table."),
                "the name of a table",
            ),
            "watchlists": {
                "description": "Items by watchlist alias; they replace the repository's own.",
                "type": "object",
                "additionalProperties": _rows_or_file("The items of the watchlist."),
            },
            "externaldata": {
                "description": "Rows of what the query reads from outside, by the file name of its "
                "address: nothing is fetched.",
                "type": "object",
                "additionalProperties": _rows_or_file("The rows of the file."),
            },
            "functions": _by_name(
                "Functions that the repository does not define, by name.",
                function,
                "the name of a function",
            ),
            "expect": _expect(),
        },
        required=["name", "why", "now", "expect"],
    )


def _equivalent() -> Schema:
    return mapping(
        "A change, and why it changes nothing that could be seen.",
        {
            "change": text("The change as the command names it: 'A > 3 -> true'."),
            "reason": text("Why no events could tell the two apart."),
        },
        required=["change", "reason"],
    )


def build() -> Schema:
    """The schema of ``detections/**/*.cases.yaml``."""
    schema = mapping(
        "The evidence for a detection: events, a clock, and what the detection must make of them.",
        {
            "cases": items("The cases.", _case(), fewest=1, findings={"minItems": "no-cases"}),
            "equivalents": items(
                "Changes of the query that no case can notice: what 'vedette test --mutate' may "
                "pass over.",
                _equivalent(),
            ),
        },
        required=["cases"],
        patternProperties={"^x-": {"description": "Anchors for the cases below."}},
    )
    return {"title": "Cases"} | schema
