"""A refusal that does not say what has moved."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from vedette.deploy.live import read_live
from vedette.deploy.moved import Move, moves_since
from vedette.deploy.plan import Plan
from vedette.deploy.resource import Resource
from vedette.model.detection import Severity
from vedette.report.apply import render_moves
from vedette.report.plan import render_json

if TYPE_CHECKING:
    from tests.unit.deploy.conftest import MemoryWorkspace

Make = Callable[..., Resource]
Since = Callable[[Plan, Plan], tuple[Move, ...]]


@pytest.fixture(name="since")
def _since(workspace: MemoryWorkspace) -> Since:
    """What differs between an approved plan and a later one, as the file of the first has it."""
    return lambda then, now: moves_since(
        json.loads(render_json(then)), now, read_live(workspace, ())
    )


def test_t10_an_edit_since_the_approval_is_named_with_field_and_person(
    plan_of: Callable[..., Plan], workspace: MemoryWorkspace, make_rule: Make, since: Since
) -> None:
    workspace.own(make_rule(severity=Severity.LOW))
    approved = plan_of(make_rule())
    workspace.properties(make_rule())["severity"] = "Informational"
    body = workspace.bodies[make_rule().key]
    body["systemData"] = {
        "lastModifiedBy": "bob@contoso.example",
        "lastModifiedAt": "2026-11-02T12:00:00Z",
    }
    (move,) = since(approved, plan_of(make_rule()))
    assert move.kind == "rule"
    assert move.what == "severity was 'Low' in the workspace, is 'Informational' now"
    assert move.who == "by bob@contoso.example at 2026-11-02T12:00:00Z"


def test_a_field_that_was_not_in_the_plan_is_named(
    plan_of: Callable[..., Plan], workspace: MemoryWorkspace, make_rule: Make, since: Since
) -> None:
    workspace.own(make_rule(severity=Severity.LOW))
    approved = plan_of(make_rule())
    workspace.properties(make_rule())["description"] = "Edited."
    (move,) = since(approved, plan_of(make_rule()))
    assert move.what == "description is 'Edited.' in the workspace, and was as in the repository"


def test_what_was_deleted_since_is_named(
    plan_of: Callable[..., Plan], workspace: MemoryWorkspace, make_rule: Make, since: Since
) -> None:
    workspace.own(make_rule(severity=Severity.LOW))
    approved = plan_of(make_rule())
    del workspace.bodies[make_rule().key]
    whats = [move.what for move in since(approved, plan_of(make_rule()))]
    assert "was to be 'update', is 'create' now" in whats


def test_a_change_of_the_repository_is_told_from_one_of_the_workspace(
    plan_of: Callable[..., Plan], workspace: MemoryWorkspace, make_rule: Make, since: Since
) -> None:
    workspace.own(make_rule(severity=Severity.LOW))
    (move,) = since(plan_of(make_rule()), plan_of(make_rule(severity=Severity.HIGH)))
    assert move.what == "severity is another in the repository now"


def test_a_write_that_changed_nothing_is_named_as_one(
    plan_of: Callable[..., Plan], workspace: MemoryWorkspace, make_rule: Make, since: Since
) -> None:
    workspace.own(make_rule(severity=Severity.LOW))
    approved = plan_of(make_rule())
    workspace.properties(make_rule())
    (move,) = since(approved, plan_of(make_rule()))
    assert move.what == "was written since, with the same content"


def test_equal_plans_have_no_differences(
    plan_of: Callable[..., Plan], workspace: MemoryWorkspace, make_rule: Make, since: Since
) -> None:
    workspace.own(make_rule(severity=Severity.LOW))
    assert since(plan_of(make_rule()), plan_of(make_rule())) == ()


def test_it_is_shown_with_what_to_do_and_without_what_a_terminal_obeys() -> None:
    move = Move("rule", "bad\x1b[2J", "severity was 'Low', is 'High' now", "by bob")
    text = render_moves([move], "plan.json")
    assert text.splitlines() == [
        "This is not the plan in plan.json:",
        "  rule bad\\x1b[2J: severity was 'Low', is 'High' now (last written by bob)",
        "Nothing was written; plan again.",
    ]
    assert "the repository has changed" in render_moves([], "plan.json")
