"""Reads YAML text into a Document: plain data plus the place of every key and value.

The trap: no text whatever may raise or hang here. What is wrong with a file is a finding, and
everything else (schema, loader, compiler) leans on positions that only this module knows.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from vedette.finding import Finding
from vedette.model.compose import Composer
from vedette.model.construct import Constructor
from vedette.model.document import Document
from vedette.model.text import forbidden_characters, normalise


def parse(text: str, path: PurePosixPath) -> tuple[Document | None, list[Finding]]:
    """The document in ``text``, and what is wrong with it as YAML.

    Scalars are typed as in YAML 1.2 (``yes``, ``2026-11-02`` and ``1:30`` are strings), mapping
    keys are always strings, ``<<`` merges. The document is None if the text cannot be read at all;
    with duplicate keys or bad tags it is there, holding the first value of each key.
    """
    text = normalise(text)
    findings = forbidden_characters(text, path)
    if findings:
        return None, findings
    composer = Composer(text, path)
    root = composer.compose()
    if root is None:
        return None, composer.findings
    constructor = Constructor(path)
    data = constructor.construct(root)
    findings = sorted(set(constructor.findings))
    if constructor.exhausted:
        return None, findings
    document = Document(path, text, data, constructor.values, constructor.keys, constructor.scalars)
    return document, findings
