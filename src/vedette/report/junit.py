"""JUnit XML, in the form that Jenkins, Azure Pipelines and GitLab read.

The trap: XML 1.0 has no way to write most control characters, not even escaped, and one in a
value of a test makes the whole file unreadable; here they become visible text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

#: Everything that XML 1.0's Char production leaves out.
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Type, message and text of a failure or an error.
Problem = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class JUnitCase:
    """A test case; without a problem it has passed."""

    name: str
    class_name: str
    failure: Problem | None = None
    error: Problem | None = None


@dataclass(frozen=True, slots=True)
class JUnitSuite:
    """A named group of test cases."""

    name: str
    cases: tuple[JUnitCase, ...]


def render_junit(suites: Sequence[JUnitSuite]) -> str:
    """The document, ending in a line break; without times, so that it is reproducible."""
    every = [case for suite in suites for case in suite.cases]
    root = Element("testsuites", {"name": "vedette", **_counts(every)})
    for suite in suites:
        counts = {**_counts(suite.cases), "skipped": "0"}
        element = SubElement(root, "testsuite", {"name": _text(suite.name), **counts})
        for case in suite.cases:
            _add_case(element, case)
    indent(root)
    body = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _add_case(suite: Element, case: JUnitCase) -> None:
    names = {"name": _text(case.name), "classname": _text(case.class_name)}
    element = SubElement(suite, "testcase", names)
    for tag, problem in (("failure", case.failure), ("error", case.error)):
        if problem is not None:
            kind, message, text = problem
            attributes = {"type": _text(kind), "message": _text(message)}
            SubElement(element, tag, attributes).text = _text(text)


def _counts(cases: Sequence[JUnitCase]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": str(sum(case.failure is not None for case in cases)),
        "errors": str(sum(case.error is not None for case in cases)),
    }


def _text(text: str) -> str:
    return _FORBIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
