"""What breaks when the SDK has an operation that gets a wrong answer, or none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vedette.workspace.sdk_record import GENERATED, is_answered, record, render_module, render_page
from vedette.workspace.sdk_routes import OPERATIONS

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api

ROOT = Path(__file__).parents[3]
#: Bodies that no operation takes; none must make the workspace fail.
BODIES: tuple[object, ...] = ({}, [], {"properties": None}, {"properties": {"x": 1}})


def test_the_record_is_of_another_sdk() -> None:
    assert record() == OPERATIONS
    assert len(OPERATIONS) > 150
    assert len({name for name, _, _ in OPERATIONS}) == len(OPERATIONS)
    module = (ROOT / "src/vedette/workspace/sdk_routes.py").read_text(encoding="utf-8")
    assert module == render_module(OPERATIONS), "run python3 scripts/routes.py"


def test_the_page_says_something_else() -> None:
    page = (ROOT / "docs/workspace-operations.md").read_text(encoding="utf-8")
    assert GENERATED in page.splitlines()[0]
    assert page == render_page(OPERATIONS), "run python3 scripts/routes.py"


def test_what_is_answered_is_lost() -> None:
    answered = {name for name, _, _ in filter(is_answered, OPERATIONS)}
    groups = (
        *("alert_rules", "alert_rule_templates", "automation_rules", "incidents", "bookmarks"),
        *("incident_comments", "incident_tasks", "incident_relations", "bookmark_relations"),
        *("metadata", "watchlists", "watchlist_items", "actions", "alert_rule"),
        *("get_triggered_analytics_rule_run",),
    )
    missing = {
        name
        for name, _, _ in OPERATIONS
        if name.partition(".")[0] in groups and name not in answered
    }
    assert missing == set()


def test_an_operation_fails_or_is_answered_wrongly(api: Api) -> None:
    for name, method, path in OPERATIONS:
        target = path.format(*["x"] * path.count("{}"))
        bodies = BODIES if method in ("PUT", "POST", "PATCH") else (None,)
        for body in bodies:
            response = api.send(method, target, body)
            if is_answered((name, method, path)):
                assert response.status_code < 500, f"{name}: {response.text}"
            else:
                assert response.status_code == 501, f"{name}: {response.status_code}"
                if not path.startswith("/"):
                    assert f"the operation {name} (" in response.text


@pytest.mark.parametrize("path", ["nothing", "alertRules/x/y/z", "incidents/x/none/y"])
def test_what_the_sdk_does_not_have_either_is_answered(api: Api, path: str) -> None:
    response = api.send("GET", path)
    assert response.status_code == 501
    assert f"GET providers/Microsoft.SecurityInsights/{path}" in response.text
