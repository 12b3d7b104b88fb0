"""What a rule needs and the workspace lacks is found before it is written, or is said unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from vedette.deploy.live import LiveState, read_live
from vedette.deploy.policy import Held
from vedette.deploy.preflight import NOT_CHECKED, Requirements, hold, link
from vedette.deploy.resource import Body, Collection, Key, Resource, ResourceKind
from vedette.kql.dependencies import Missing, Needs
from vedette.model.detection import DataConnector, Detection, Kind
from vedette.model.environment import OnMissing

if TYPE_CHECKING:
    from tests.unit.deploy.conftest import MemoryWorkspace

Make = Callable[..., Resource]

NEEDS = Requirements(
    tables=("EmailEvents", "Custom_CL"), functions=("TheirParser",), watchlists=("TheirList",)
)
CONNECTORS = (DataConnector("MicrosoftThreatProtection"), DataConnector("Custom"))


@pytest.fixture(name="rule")
def _rule(make_rule: Make) -> Resource:
    return make_rule()


def enabled(resource: Resource) -> object:
    properties: Any = resource.body["properties"]
    return properties["enabled"]


def search(alias: str) -> Body:
    return {"properties": {"displayName": alias, "functionAlias": alias, "query": "print 1"}}


def check(
    workspace: MemoryWorkspace,
    rule: Resource,
    what: OnMissing,
    needs: Requirements = NEEDS,
    detections: tuple[Detection, ...] = (),
) -> tuple[list[Resource], dict[Key, Held], list[str]]:
    live = read_live(workspace, [rule])
    return hold([rule], {rule.key: needs}, detections, live, workspace, what)


@pytest.mark.parametrize("what", list(OnMissing))
def test_everything_that_is_missing_is_named_with_the_connectors_that_bring_it(
    workspace: MemoryWorkspace,
    make_detection: Callable[..., Detection],
    rule: Resource,
    what: OnMissing,
) -> None:
    workspace.known_tables = frozenset({"EmailEvents"})
    detections = (make_detection(connectors=CONNECTORS),)
    (kept,), held, warnings = check(workspace, rule, what, detections=detections)
    assert held == {
        rule.key: Held(
            what,
            "the workspace has no watchlist 'TheirList', no function 'TheirParser',"
            " no table 'Custom_CL' (its connectors: MicrosoftThreatProtection, Custom)",
        )
    }
    assert warnings == []
    assert enabled(kept) is (what is not OnMissing.DISABLE)


def test_what_is_there_holds_nothing_back_whatever_its_case(
    workspace: MemoryWorkspace, rule: Resource
) -> None:
    workspace.known_tables = frozenset({"emailevents", "CUSTOM_CL"})
    workspace.store(Collection.SEARCHES, "p", search("theirparser"))
    workspace.store(Collection.WATCHLISTS, "THEIRLIST", {"properties": {}})
    kept, held, warnings = check(workspace, rule, OnMissing.BLOCK)
    assert (kept, held, warnings) == ([rule], {}, [])


def test_t15_tables_that_cannot_be_listed_are_said_to_be_unchecked(
    workspace: MemoryWorkspace, rule: Resource
) -> None:
    workspace.known_tables = None
    needs = Requirements(tables=("EmailEvents",))
    kept, held, warnings = check(workspace, rule, OnMissing.BLOCK, needs)
    assert (kept, held) == ([rule], {})
    assert warnings == [NOT_CHECKED]


def test_t15_a_workspace_without_a_single_table_has_none(
    workspace: MemoryWorkspace, rule: Resource
) -> None:
    workspace.known_tables = frozenset()
    _, held, _ = check(workspace, rule, OnMissing.BLOCK, Requirements(tables=("EmailEvents",)))
    assert "no table 'EmailEvents'" in held[rule.key].reason


def test_a_hunting_query_is_deployed_all_the_same_with_a_note(
    workspace: MemoryWorkspace, make_rule: Make
) -> None:
    hunt = make_rule(kind=Kind.HUNTING)
    workspace.known_tables = frozenset()
    (kept,), held, _ = check(workspace, hunt, OnMissing.BLOCK, Requirements(tables=("T",)))
    assert kept == hunt
    assert held[hunt.key].what is OnMissing.DISABLE


def test_nothing_is_asked_where_nothing_is_needed(
    workspace: MemoryWorkspace, rule: Resource
) -> None:
    hold([rule], {rule.key: Requirements()}, (), LiveState(), workspace, OnMissing.BLOCK)
    assert workspace.calls == []


def test_needs_become_an_order_among_ours_and_requirements_of_the_workspace(
    make_rule: Make, make_watchlist: Make
) -> None:
    rule, watchlist = make_rule(), make_watchlist("a.example")
    needs = Needs(
        "rule",
        "rule",
        "detections/email/rule.yaml",
        tables=("EmailEvents",),
        watchlists=("Senders",),
        missing=(
            Missing("_Im_Dns", "function"),
            Missing("Theirs", "function"),
            Missing("List", "watchlist"),
            Missing("Unknown_CL", "table or function"),
        ),
    )
    linked, requirements = link([rule, watchlist], [needs])
    assert linked[0].needs == (watchlist.key,)
    assert linked[1].needs == ()
    assert requirements[rule.key] == Requirements(
        ("EmailEvents",), ("Theirs",), ("List",), ("Unknown_CL",)
    )


def test_a_parser_that_the_catalogue_knows_must_be_in_the_workspace(rule: Resource) -> None:
    own = ("_Im_Dns", "imDns")
    _, requirements = link([rule], [Needs("rule", "rule", str(rule.path), functions=own)])

    assert requirements[rule.key].functions == ("imDns",)


def test_a_table_or_function_may_be_either(workspace: MemoryWorkspace, rule: Resource) -> None:
    workspace.known_tables = frozenset({"A_CL"})
    workspace.store(Collection.SEARCHES, "b", search("BParser"))
    needs = Requirements(either=("A_CL", "BParser", "Neither"))
    _, held, _ = check(workspace, rule, OnMissing.SKIP, needs)
    assert held[rule.key].reason == "the workspace has no table or function 'Neither'"


def test_held_resources_are_planned_as_the_environment_says(
    plan_of: Callable[..., Any], make_rule: Make
) -> None:
    rules = [make_rule(f"r{n}", id=UUID(int=n), name=f"R{n}") for n in (1, 2, 3)]
    ways = (OnMissing.BLOCK, OnMissing.SKIP, OnMissing.DISABLE)
    held = {rule.key: Held(way, "no table") for rule, way in zip(rules, ways, strict=True)}
    plan = plan_of(*rules, held=held)
    assert [(each.action.value, each.reason, each.note) for each in plan.changes] == [
        ("blocked", "no table", ""),
        ("skip", "no table", ""),
        ("create", "", "no table"),
    ]
    assert rules[0].kind is ResourceKind.RULE
