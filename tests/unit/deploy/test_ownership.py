"""What is ours may be deleted: a mark counts only if everything about it is right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from tests.unit.deploy.conftest import NOW, TAG

from vedette.deploy.ownership import Mark, MarkState, mark_body, parse_mark, read_marks
from vedette.deploy.plan import Action, Plan
from vedette.deploy.resource import Collection, Resource, ResourceKind
from vedette.errors import ServiceError

if TYPE_CHECKING:
    from tests.unit.deploy.conftest import MemoryWorkspace

Make = Callable[..., Resource]
PlanOf = Callable[..., Plan]

WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w"
ID = "6A2F4D0E-1c7b-4c39-9e46-8d5b0f3a2c05"
SINCE = datetime(2026, 2, 1, 8, 30, 5, tzinfo=UTC)
MARK = Mark(TAG, ResourceKind.RULE, ID, MarkState.RETIRED, SINCE)


def body(mark: Mark = MARK) -> dict[str, Any]:
    return {"name": mark.name, "etag": '"1"', **mark_body(mark, WORKSPACE)}


@pytest.mark.parametrize("kind", list(ResourceKind))
@pytest.mark.parametrize(
    ("state", "since"),
    [(MarkState.ACTIVE, None), (MarkState.RETIRED, SINCE), (MarkState.DELETED, SINCE)],
)
def test_what_is_written_is_read(
    kind: ResourceKind, state: MarkState, since: datetime | None
) -> None:
    mark = Mark(TAG, kind, ID, state, since)
    assert parse_mark(body(mark)) == mark


def test_it_names_its_resource_by_the_full_id() -> None:
    insights = f"{WORKSPACE}/providers/Microsoft.SecurityInsights"
    parents = {kind: body(Mark(TAG, kind, "x"))["properties"]["parentId"] for kind in ResourceKind}
    assert parents == {
        ResourceKind.RULE: f"{insights}/alertRules/x",
        ResourceKind.HUNTING: f"{WORKSPACE}/savedSearches/x",
        ResourceKind.FUNCTION: f"{WORKSPACE}/savedSearches/x",
        ResourceKind.WATCHLIST: f"{insights}/watchlists/x",
        ResourceKind.AUTOMATION: f"{insights}/automationRules/x",
        ResourceKind.CUSTOM_DETECTION: f"{insights}/detectionRules/x",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"parentId": f"{WORKSPACE}/providers/Microsoft.SecurityInsights/alertRules/another"},
        {"parentId": f"{WORKSPACE}/savedSearches/{ID}"},
        {"parentId": ""},
        {"parentId": None},
        {"kind": "Workbook"},
        {"customVersion": "retired"},
        {"customVersion": "active 2026-02-01T08:30:05Z"},
        {"customVersion": "retired yesterday"},
        {"customVersion": "1.0.0"},
        {"customVersion": None},
        {"source": {"kind": "SourceRepository"}},
        {"source": {"kind": "SourceRepository", "name": ""}},
        {"source": None},
    ],
)
def test_t06_what_is_not_understood_is_no_mark(change: dict[str, object]) -> None:
    damaged = body()
    damaged["properties"] |= change
    assert parse_mark(damaged) is None


def test_t06_the_services_own_metadata_is_no_mark() -> None:
    assert parse_mark(body() | {"name": f"analyticsrule-{ID}"}) is None
    assert parse_mark({"name": MARK.name}) is None
    assert parse_mark({}) is None


def test_a_mark_that_is_listed_twice_ends_the_run() -> None:
    with pytest.raises(ServiceError, match="twice"):
        read_marks([body(), body()])


@pytest.mark.parametrize("state", [MarkState.ACTIVE, MarkState.RETIRED])
def test_t06_what_carries_anothers_tag_is_neither_changed_nor_removed(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make, state: MarkState
) -> None:
    since = None if state is MarkState.ACTIVE else datetime(2020, 1, 1, tzinfo=UTC)
    workspace.own(make_rule(name="Theirs"), tag="fabrikam", state=state, since=since)
    (change,) = plan_of(make_rule()).changes
    assert change.action is Action.BLOCKED
    assert "with the mark of 'fabrikam'" in change.reason
    other = plan_of(make_rule("mine", id=UUID(int=8), name="Mine"))
    assert [each.action for each in other.changes] == [Action.CREATE, Action.FOREIGN]
    assert other.changes[1].reason == "it carries the mark of 'fabrikam'"


class TestAdoption:
    """What has our id and no mark becomes ours when somebody says so, and only then."""

    def test_without_a_word_it_is_blocked(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        rule = make_rule()
        workspace.store(Collection.RULES, rule.id, rule.body)
        (change,) = plan_of(rule).changes
        assert change.action is Action.BLOCKED
        assert f"--adopt {rule.id}" in change.reason

    @pytest.mark.parametrize("adopt", ["all", "6A2F4D0E-1C7B-4C39-9E46-8D5B0F3A2C05"])
    def test_it_gets_a_mark_and_what_differs_is_shown(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make, adopt: str
    ) -> None:
        rule = make_rule()
        workspace.store(Collection.RULES, rule.id, make_rule(name="Old").body)
        (change,) = plan_of(rule, adopt=frozenset({adopt.casefold()})).changes
        assert change.action is Action.ADOPT
        assert change.mark == Mark(TAG, rule.kind, rule.id)
        assert change.mark_etag is None
        assert [field.field for field in change.fields] == ["displayName"]
        assert change.etag == '"1"'

    def test_all_does_not_take_what_another_has_marked(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        rule = make_rule()
        workspace.own(rule, tag="fabrikam")
        (change,) = plan_of(rule, adopt=frozenset({"all"})).changes
        assert change.action is Action.BLOCKED
        (change,) = plan_of(rule, adopt=frozenset({rule.id})).changes
        assert (change.action, change.mark_etag) == (Action.ADOPT, '"2"')

    def test_a_rule_of_another_id_is_never_adopted(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        other = make_rule(id=UUID(int=3), name="Other")
        workspace.store(Collection.RULES, other.id, other.body)
        plan = plan_of(make_rule(), adopt=frozenset({"all", other.id}))
        assert [change.action for change in plan.changes] == [Action.CREATE, Action.FOREIGN]


def test_a_rule_that_was_deleted_by_hand_is_made_again_and_that_is_said(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    rule = make_rule()
    workspace.mark(Mark(TAG, rule.kind, rule.id))
    (change,) = plan_of(rule).changes
    assert change.action is Action.CREATE
    assert "deleted in the workspace" in change.note
    assert change.mark is None


def test_an_id_that_another_has_marked_is_not_taken(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    rule = make_rule()
    workspace.mark(Mark("fabrikam", rule.kind, rule.id))
    (change,) = plan_of(rule, now=NOW).changes
    assert change.action is Action.BLOCKED
    assert "fabrikam" in change.reason
