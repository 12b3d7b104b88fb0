"""Roles that would be taken for enough and are not, or the other way round."""

from __future__ import annotations

import pytest

from vedette.operate.permissions import READS, WRITES, Role, missing, needed


def role(*actions: str, but: tuple[str, ...] = ()) -> dict[str, object]:
    return {"actions": list(actions), "notActions": list(but), "dataActions": []}


@pytest.mark.parametrize(
    "granted",
    [
        [role("*")],
        [role("*/read", "Microsoft.SecurityInsights/*", "Microsoft.OperationalInsights/*")],
        [role(*(each.name.upper() for each in READS)), role(*(each.name for each in WRITES))],
    ],
)
def test_what_is_granted_by_any_role_is_not_missing(granted: list[object]) -> None:
    assert missing(Role.DEPLOYER, granted) == []


@pytest.mark.parametrize(
    ("granted", "lacks"),
    [
        ([], "Microsoft.SecurityInsights/alertRules/read"),
        ([role("*/read")], "Microsoft.SecurityInsights/alertRules/write"),
        (
            [role("Microsoft.SecurityInsights/alertRules")],
            "Microsoft.SecurityInsights/alertRules/read",
        ),
        # One table is not every table, and one level of a watchlist not all below it.
        (
            [role("Microsoft.OperationalInsights/workspaces/query/Usage/read")],
            "Microsoft.OperationalInsights/workspaces/query/*/read",
        ),
        (
            [role("*", but=("Microsoft.SecurityInsights/watchlists/*",))],
            "Microsoft.SecurityInsights/watchlists/write",
        ),
        ([{"actions": "*"}, None], "Microsoft.SecurityInsights/metadata/read"),
    ],
)
def test_what_no_role_grants_is_missing(granted: list[object], lacks: str) -> None:
    assert lacks in {each.name for each in missing(Role.DEPLOYER, granted)}


def test_what_one_role_excludes_another_may_grant() -> None:
    without = role("*", but=("Microsoft.SecurityInsights/*",))
    assert missing(Role.DEPLOYER, [without, role("Microsoft.SecurityInsights/*")]) == []


def test_a_reader_can_write_nothing() -> None:
    assert all(each.name.endswith("/read") for each in needed(Role.READER))
    assert set(needed(Role.READER)) < set(needed(Role.DEPLOYER))
