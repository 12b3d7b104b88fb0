"""What can be queried, as the Logs query API tells it: tables with columns, and functions."""

from __future__ import annotations

from typing import Any
from uuid import uuid5

from werkzeug.wrappers import Request, Response

from vedette.schema.catalogue import Catalogue
from vedette.schema.types import TableSchema
from vedette.workspace.logs.query import require_workspace
from vedette.workspace.messages import answer
from vedette.workspace.settings import NAMESPACE
from vedette.workspace.workspace import Workspace

_TIME = "TimeGenerated"


def get_metadata(workspace: Workspace, request: Request, workspace_id: str) -> Response:
    """Tables and functions by name, and the workspace itself; what there is not, is empty."""
    require_workspace(workspace, workspace_id)
    scope = workspace.settings.scope
    catalogue = workspace.definitions.catalogue()
    tables = [_table(catalogue.tables[name]) for name in sorted(catalogue.tables)]
    return answer(
        {
            "tables": tables,
            "functions": _functions(catalogue),
            "tableGroups": [],
            "categories": [],
            "solutions": [],
            "resourceTypes": [],
            "queries": [],
            "workspaces": [
                {
                    "id": str(scope.customer_id),
                    "resourceId": scope.path,
                    "name": scope.workspace,
                    "region": "local",
                    "related": {"tables": [table["id"] for table in tables]},
                }
            ],
            "permissions": {"workspaces": [{"resourceId": scope.path}]},
        }
    )


def _table(table: TableSchema) -> dict[str, Any]:
    columns = [{"name": column.name, "type": column.type} for column in table.columns]
    found: dict[str, Any] = {"id": f"t/{table.name}", "name": table.name, "columns": columns}
    if table.column(_TIME) is not None:
        found["timespanColumn"] = _TIME
    return found


def _functions(catalogue: Catalogue) -> list[dict[str, Any]]:
    found = []
    for name, function in sorted(catalogue.functions.items()):
        one = {
            "id": str(uuid5(NAMESPACE, f"function/{name.casefold()}")),
            "name": name,
            "displayName": name,
            "body": function.body,
        }
        if function.parameters:
            one["parameters"] = function.parameters
        found.append(one)
    return found
