"""Everything that can be said about a repository without running a query.

The trap: a function is used by many detections; its own mistakes are said once, at its file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from vedette.finding import Finding, Level, with_errors
from vedette.kql.accepted import check_accepting
from vedette.kql.binder import Binder
from vedette.kql.bound import BoundQuery
from vedette.kql.case_definitions import with_cases
from vedette.kql.check import FunctionText, check_result, query_findings, said_of
from vedette.kql.products.detection import WARNINGS, defender_query, rule_findings
from vedette.kql.products.watchlists import WatchlistRows, keyed_rows
from vedette.model.content import WorkspaceFunction
from vedette.model.detection import Detection
from vedette.model.product import Product
from vedette.project import Project
from vedette.schema.catalogue import Catalogue, catalogue_for


def catalogue_of(project: Project, product: Product = Product.SENTINEL) -> Catalogue:
    """What the queries of ``project`` may name in ``product``."""
    return catalogue_for(project.tables, project.functions, project.watchlists, product=product)


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one detection: ``own``, and ``through`` functions that its query calls.

    ``through`` goes with the function in whose body the reason stands: where that function's file
    has the finding already, this one is left out. ``functions`` are those that the query needs.
    """

    own: tuple[Finding, ...]
    through: tuple[tuple[str, Finding], ...]
    functions: tuple[str, ...]

    def without(self, broken: Collection[str]) -> Iterable[Finding]:
        """The findings that the functions of ``broken`` do not explain."""
        yield from self.own
        yield from (finding for culprit, finding in self.through if culprit not in broken)


@dataclass(frozen=True, eq=False)
class Linter:
    """Says what is wrong with the detections of ``project``, one by one; no slots: it keeps parts.

    ``catalogue`` is the project's, without what cases define.
    """

    project: Project
    catalogue: Catalogue
    binder: Binder

    def check(self, detection: Detection) -> Said:
        """What the compiler and the checks say of a detection, in every product that it is for."""
        cases = self.project.cases.get(detection.source.path)
        catalogue = with_cases(cases.cases if cases else (), self.catalogue)
        bound = self.binder.bind(detection.query, catalogue)
        said = list(said_of(detection.source, bound, catalogue))
        own = [finding for culprit, finding in said if not culprit]
        own += check_result(detection, bound)
        elsewhere: list[Finding] = []
        made = Product.DEFENDER not in detection.products
        if not made and bound.ok and not _has_error(own):
            elsewhere, made = self._elsewhere(detection, bound)
        unknown = () if made else WARNINGS
        own += check_accepting(detection, bound, catalogue, elsewhere, unknown=unknown)
        through = tuple((culprit, finding) for culprit, finding in said if culprit)
        return Said(tuple(own), through, tuple(sorted(bound.functions)))

    def _elsewhere(self, detection: Detection, bound: BoundQuery) -> tuple[list[Finding], bool]:
        """What is wrong with a detection in Defender XDR; whether all checks could be made."""
        query, findings = defender_query(
            detection, bound, self.binder, self._defender, self._watchlists
        )
        findings = findings if query is None else [*findings, *rule_findings(detection, query)]
        # A rule that cannot be one there has not been looked at to its end.
        return findings, query is not None and not _has_error(findings)

    @cached_property
    def _defender(self) -> Catalogue:
        # Another product's tables take a moment to read, and most repositories are for one.
        return catalogue_of(self.project, Product.DEFENDER)

    @cached_property
    def _watchlists(self) -> Mapping[str, WatchlistRows]:
        return {alias: keyed_rows(each) for alias, each in self.project.watchlists.items()}


def lint(project: Project, catalogue: Catalogue, binder: Binder) -> list[Finding]:
    """The findings of loading, of the functions, and of the selected detections' queries; sorted.

    Of the functions, those that the selected detections need, through others too; all if all
    detections are selected.
    """
    linter = Linter(project, catalogue, binder)
    said = [linter.check(detection) for detection in project.selected]
    needed = {alias for each in said for alias in each.functions}
    everything = len(project.selected) == len(project.detections)
    functions = [each for alias, each in project.functions.items() if everything or alias in needed]
    cases = (case for file in project.cases.values() for case in file.cases)
    checked = check_functions(functions, with_cases(cases, catalogue), binder)
    broken = with_errors(checked)  # what these break is no news
    findings = set(project.findings)
    findings.update(finding for found in checked.values() for finding in found)
    findings.update(finding for each in said for finding in each.without(broken))
    return sorted(findings)


def check_function(
    function: WorkspaceFunction, catalogue: Catalogue, binder: Binder
) -> list[Finding]:
    """The compiler's messages about a function's body, at their place in its file."""
    bound, body = _bind_function(function, catalogue, binder)
    return query_findings(function.source, bound, catalogue, function=body)


def check_functions(
    functions: Iterable[WorkspaceFunction], catalogue: Catalogue, binder: Binder
) -> dict[str, list[Finding]]:
    """By alias. What is wrong with one only because of another is said of that other."""
    bounds = {
        function.alias: (function, *_bind_function(function, catalogue, binder))
        for function in functions
    }
    broken = {
        alias
        for alias, (_, bound, body) in bounds.items()
        if any(
            item.severity == "Error" and item.function in {"", alias} and item.start <= body.end
            for item in bound.diagnostics
        )
    }
    return {
        alias: query_findings(
            function.source, bound, catalogue, function=body, broken=broken - {alias}
        )
        for alias, (function, bound, body) in bounds.items()
    }


def _bind_function(
    function: WorkspaceFunction, catalogue: Catalogue, binder: Binder
) -> tuple[BoundQuery, FunctionText]:
    head = f"let {function.alias} = ({function.parameters}) {{\n"
    # A function alone is no query; the print behind it makes one.
    bound = binder.bind(f"{head}{function.query}\n}};\nprint 1", catalogue)
    return bound, FunctionText(len(head), len(head) + len(function.query))


def _has_error(findings: Iterable[Finding]) -> bool:
    return any(finding.level is Level.ERROR for finding in findings)
