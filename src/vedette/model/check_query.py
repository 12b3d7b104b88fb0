"""What the service refuses in a rule's query before it runs it: forms that its text shows.

The trap: all of these are legal KQL, so the compiler is silent about them.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from vedette.finding import Finding
from vedette.model.document import Document
from vedette.model.entities import LEGACY_COLUMNS
from vedette.model.query_text import code_of

#: MD scheduled-rules-overview. Form → finding's id, message, hint.
_REFUSED = (
    (
        re.compile(r"\bsearch\s+\*"),
        "search-star",
        "a rule must not search all tables with 'search *'",
        "name the tables: search in (TableA, TableB) …",
    ),
    (
        re.compile(r"\bunion\s+\*"),
        "union-star",
        "a rule must not read all tables with 'union *'",
        "name the tables: union TableA, TableB",
    ),
    (
        re.compile(r"\badx\s*\("),
        "adx-query",
        "a rule cannot query Azure Data Explorer with adx()",
        "read the data from a table of the workspace",
    ),
)

_LEGACY = re.compile(rf"\b(?:{'|'.join(LEGACY_COLUMNS)})\b")


def check_rule_query(
    document: Document, query: str, entity_types: Collection[str]
) -> list[Finding]:
    """Findings at the first place of each refused form; ``entity_types`` are the mapped ones."""
    code = code_of(query)
    findings: list[Finding] = []
    for form, finding_id, message, hint in _REFUSED:
        if match := form.search(code):
            place = document.locate_in(("query",), match.start())
            findings.append(Finding(place, finding_id, message, hint))
    seen: set[str] = set()
    for match in _LEGACY.finditer(code):
        entity_type = LEGACY_COLUMNS[match[0]]
        if entity_type in entity_types or entity_type in seen:
            continue
        seen.add(entity_type)
        place = document.locate_in(("query",), match.start())
        message = f"'{match[0]}' maps nothing any more, and no {entity_type} is mapped"
        hint = f"map {entity_type} in 'entityMappings'"
        findings.append(Finding(place, "legacy-entity-column", message, hint))
    return findings
