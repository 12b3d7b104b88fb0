"""Turns a query and some keys into a rule, and gives what the checks say about it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import pytest
import yaml

from vedette.finding import Finding
from vedette.kql.binder import Binder
from vedette.kql.checks.base import run_checks
from vedette.model.load import load_detection
from vedette.model.product import Product
from vedette.model.yaml import parse
from vedette.schema.catalogue import Catalogue, stock_tables
from vedette.schema.types import Column

SCHEDULED: Mapping[str, object] = {
    "id": "2f4e1c1a-7a39-4d51-9d41-1f4b8c7d0a01",
    "name": "Rule",
    "description": "A rule.",
    "kind": "Scheduled",
    "severity": "Low",
    "queryFrequency": "1h",
    "queryPeriod": "1h",
    "triggerOperator": "gt",
    "triggerThreshold": 0,
    "version": "1.0.0",
}
#: What a rule of another kind must not have.
SCHEDULE = ("queryFrequency", "queryPeriod", "triggerOperator", "triggerThreshold")
#: And a hunting query neither.
ALERTING = (*SCHEDULE, "severity", "kind", "version")


@dataclass(frozen=True, slots=True)
class Linted:
    """The text of the rule's file and the findings of all checks."""

    text: str
    findings: tuple[Finding, ...]

    def place(self, text: str) -> tuple[int, int]:
        """Line and column of the only occurrence of ``text`` in the file."""
        assert self.text.count(text) == 1, f"{text!r} stands {self.text.count(text)} times"
        before = self.text[: self.text.index(text)]
        return before.count("\n") + 1, len(before) - before.rfind("\n")


Lint = Callable[[str, Mapping[str, object]], Linted]


@pytest.fixture(scope="session")
def workspace() -> Catalogue:
    """The stock tables of Microsoft Sentinel, one of Defender XDR's alone, and two watchlists."""
    own = {"OwnTenants": (Column("TenantId", "string"),)}
    addresses = {"OfficeAddresses": (Column("SearchKey", "string"),)}
    preview = {"BehaviorInfo": stock_tables(Product.DEFENDER)["BehaviorInfo"]}
    return Catalogue({**stock_tables(), **preview}, {}, own | addresses)


@pytest.fixture(scope="session")
def compiler() -> Iterator[Binder]:
    """One compiler for all examples."""
    with Binder() as ready:
        yield ready


@pytest.fixture(scope="session")
def lint(workspace: Catalogue, compiler: Binder) -> Lint:
    """``lint(query, keys)``: a rule that runs hourly, with ``keys`` instead of its own."""

    def run(query: str, keys: Mapping[str, object]) -> Linted:
        values = {**SCHEDULED, **keys}
        left_out = {"Scheduled": (), "NRT": SCHEDULE, "Hunting": ALERTING}[str(values["kind"])]
        kept = {key: value for key, value in values.items() if key not in left_out}
        text = yaml.safe_dump(kept, sort_keys=False, width=1000, default_flow_style=False)
        text += f"query: |\n{textwrap.indent(query.rstrip(), '  ')}\n"
        document, problems = parse(text, PurePosixPath("rule.yaml"))
        assert document is not None
        assert problems == []
        detection, findings = load_detection(document)
        assert detection is not None, findings
        bound = compiler.bind(detection.query, workspace)
        assert bound.ok, bound.diagnostics
        return Linted(text, tuple(run_checks(detection, bound, workspace)))

    return run
