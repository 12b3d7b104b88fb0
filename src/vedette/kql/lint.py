"""Everything that can be said about a repository without running a query.

The trap: a function is used by many detections; its own mistakes are said once, at its file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from vedette.finding import Finding, Level
from vedette.kql.accepted import check_accepting
from vedette.kql.binder import Binder
from vedette.kql.bound import BoundQuery
from vedette.kql.check import FunctionText, check_query, query_findings
from vedette.kql.products.detection import defender_query, rule_findings
from vedette.kql.products.watchlists import keyed_rows
from vedette.model.content import WorkspaceFunction
from vedette.model.detection import Detection
from vedette.model.product import Product
from vedette.project import Project
from vedette.schema.catalogue import Catalogue, catalogue_for


def catalogue_of(project: Project, product: Product = Product.SENTINEL) -> Catalogue:
    """What the queries of ``project`` may name in ``product``."""
    return catalogue_for(project.tables, project.functions, project.watchlists, product=product)


def lint(
    project: Project,
    catalogue: Catalogue,
    binder: Binder,
    *,
    progress: Callable[[Detection], None] = lambda detection: None,
) -> list[Finding]:
    """The findings of loading, of the functions, and of the selected detections' queries; sorted.

    Of the functions, those that the selected detections need, through others too; all if all
    detections are selected. ``progress`` is called before each detection.
    """
    findings = set(project.findings)
    bounds = []
    for detection in project.selected:
        progress(detection)
        bounds.append(binder.bind(detection.query, catalogue))
    checked = _check_functions(_functions(project, bounds), catalogue, binder)
    for found in checked.values():
        findings.update(found)
    broken = {alias for alias, found in checked.items() if _has_error(found)}
    there = _defender_catalogue(project)
    for detection, bound in zip(project.selected, bounds, strict=True):
        found = check_query(detection, bound, catalogue, broken=broken)
        findings.update(found)
        elsewhere: list[Finding] = []
        if there is not None and bound.ok and not _has_error(found):
            elsewhere = _check_defender(project, detection, bound, binder, there)
        findings.update(check_accepting(detection, bound, catalogue, elsewhere))
    return sorted(findings)


def _defender_catalogue(project: Project) -> Catalogue | None:
    """Defender's tables, if a selected detection is for it: another product's, read only then."""
    wanted = any(Product.DEFENDER in detection.products for detection in project.selected)
    return catalogue_of(project, Product.DEFENDER) if wanted else None


def _check_defender(
    project: Project,
    detection: Detection,
    bound: BoundQuery,
    binder: Binder,
    catalogue: Catalogue,
) -> list[Finding]:
    """What is wrong with a detection for Defender XDR that declares it."""
    if Product.DEFENDER not in detection.products:
        return []
    rows = {alias: keyed_rows(watchlist) for alias, watchlist in project.watchlists.items()}
    query, findings = defender_query(detection, bound, binder, catalogue, rows)
    return findings if query is None else [*findings, *rule_findings(detection, query)]


def check_function(
    function: WorkspaceFunction, catalogue: Catalogue, binder: Binder
) -> list[Finding]:
    """The compiler's messages about a function's body, at their place in its file."""
    bound, body = _bind_function(function, catalogue, binder)
    return query_findings(function.source, bound, catalogue, function=body)


def _functions(project: Project, bounds: Iterable[BoundQuery]) -> list[WorkspaceFunction]:
    if len(project.selected) == len(project.detections):
        return list(project.functions.values())
    needed = {alias for bound in bounds for alias in bound.functions}
    return [function for alias, function in project.functions.items() if alias in needed]


def _check_functions(
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
