"""Everything that can be said about a repository without running a query.

The trap: a function is used by many detections; its own mistakes are said once, at its file.
"""

from __future__ import annotations

from collections.abc import Callable

from vedette.finding import Finding
from vedette.kql.binder import Binder
from vedette.kql.check import check_query, function_findings
from vedette.model.content import WorkspaceFunction
from vedette.model.detection import Detection
from vedette.project import Project
from vedette.schema.catalogue import Catalogue, catalogue_for
from vedette.schema.types import Product


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

    ``progress`` is called before each detection.
    """
    findings = set(project.findings)
    for function in project.functions.values():
        findings.update(check_function(function, catalogue, binder))
    for detection in project.selected:
        progress(detection)
        bound = binder.bind(detection.query, catalogue)
        findings.update(check_query(detection, bound, catalogue))
    return sorted(findings)


def check_function(
    function: WorkspaceFunction, catalogue: Catalogue, binder: Binder
) -> list[Finding]:
    """The compiler's messages about a function's body, at their place in its file."""
    head = f"let {function.alias} = ({function.parameters}) {{\n"
    # A function alone is no query; the print behind it makes one.
    bound = binder.bind(f"{head}{function.query}\n}};\nprint 1", catalogue)
    end = len(head) + len(function.query)
    return function_findings(function.source, bound, catalogue, len(head), end)
