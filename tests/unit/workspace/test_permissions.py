"""A caller whose role lacks an operation, and who would be let through here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vedette.workspace.permissions import operation_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.workspace.conftest import Api

_INSIGHTS = ("providers", "Microsoft.SecurityInsights")


@pytest.mark.parametrize(
    ("method", "rest", "operation"),
    [
        ("GET", (), "Microsoft.OperationalInsights/workspaces/read"),
        ("GET", ("savedSearches",), "Microsoft.OperationalInsights/workspaces/savedSearches/read"),
        ("PUT", (*_INSIGHTS, "alertRules", "x"), "Microsoft.SecurityInsights/alertRules/write"),
        (
            "DELETE",
            (*_INSIGHTS, "watchlists", "x", "watchlistItems", "y"),
            "Microsoft.SecurityInsights/watchlists/watchlistItems/delete",
        ),
        (
            "POST",
            (*_INSIGHTS, "incidents", "x", "runPlaybook"),
            "Microsoft.SecurityInsights/incidents/runPlaybook/action",
        ),
    ],
)
def test_an_operation_is_named_by_types_and_verb(
    method: str, rest: tuple[str, ...], operation: str
) -> None:
    assert operation_of(method, rest) == operation


def test_what_the_role_lacks_is_refused_in_arms_words(make_api: Callable[..., Api]) -> None:
    api = make_api(actions=("*/read",))
    scope = api.app.workspace.settings.scope
    asked = api.send("GET", f"{scope.path}/providers/Microsoft.Authorization/permissions")
    assert (asked.json or {})["value"][0]["actions"] == ["*/read"]
    refused = api.send("PUT", f"{scope.insights}/metadata/x", {})
    assert refused.status_code == 403
    error = (refused.json or {})["error"]
    assert error["code"] == "AuthorizationFailed"
    assert "to perform action 'Microsoft.SecurityInsights/metadata/write'" in error["message"]
    blind = make_api(actions=())
    query = blind.send("POST", f"/v1/workspaces/{scope.customer_id}/query", {"query": "print 1"})
    assert query.status_code == 403
