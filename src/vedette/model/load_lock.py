"""Reads the locks of an environment.

The trap: a lock that cannot be read must not be dropped, or what it holds is overwritten. What is
wrong with one is a finding of the gravest level, and nothing is deployed then.
"""

from __future__ import annotations

from vedette.finding import Finding
from vedette.model.document import Document
from vedette.model.lock import Lock
from vedette.model.reading import date_at, texts_at, value_at
from vedette.model.shape import items, mapping, text
from vedette.source import ValuePath

KEY = "locks"


def load_locks(document: Document) -> tuple[tuple[Lock, ...], list[Finding]]:
    """The entries of ``locks``; one that lacks something is left out, which the schema reports."""
    locks: list[Lock] = []
    findings: list[Finding] = []
    for index, value in enumerate(items(value_at(document, (KEY,)))):
        path: ValuePath = (KEY, index)
        data = mapping(value)
        until, of_date = date_at(document, (*path, "until"))
        findings += of_date
        rules = tuple(name for _, name in texts_at(document, (*path, "rules")))
        owner, reason = text(data.get("owner")).strip(), text(data.get("reason")).strip()
        if rules and owner and reason and until is not None:
            locks.append(Lock(rules, owner, reason, until, path, source=document))
    return tuple(locks), findings
