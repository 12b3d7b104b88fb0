"""``tables`` of the Log Analytics workspace: what queries may read, with columns.

The trap: a table that a workspace does not have is not listed, and one without a single row is.
"""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from vedette.schema.types import TableSchema
from vedette.workspace.messages import answer
from vedette.workspace.workspace import Workspace


def list_tables(workspace: Workspace, request: Request) -> Response:
    """All tables by name; this list has no pages."""
    tables = workspace.definitions.catalogue().tables
    scope = workspace.settings.scope.path
    return answer({"value": [_render(scope, tables[name]) for name in sorted(tables)]})


def _render(scope: str, table: TableSchema) -> dict[str, Any]:
    columns = [{"name": column.name, "type": column.type} for column in table.columns]
    return {
        "id": f"{scope}/tables/{table.name}",
        "name": table.name,
        "type": "Microsoft.OperationalInsights/workspaces/tables",
        "properties": {
            "plan": "Analytics",
            "schema": {"name": table.name, "columns": columns, "standardColumns": []},
        },
    }
