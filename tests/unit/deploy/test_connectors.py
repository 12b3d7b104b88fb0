"""Which rules have no data coming in, and what becomes of them, also where nobody tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.unit.deploy.conftest import MemoryWorkspace, members

from vedette.deploy.connectors import Connected, check_connectors, names_of
from vedette.deploy.payload import resource_of_detection
from vedette.errors import ServiceError
from vedette.model.detection import DataConnector, Detection
from vedette.model.environment import OnMissing, OnUnconnected

MAIL = DataConnector("MicrosoftThreatProtection", ("EmailEvents",))
ALERTS = DataConnector("Defender", ("SecurityAlert (MDE)",))

Check = Callable[..., Connected]


@pytest.fixture(name="check")
def _check(make_detection: Callable[..., Detection], workspace: MemoryWorkspace) -> Check:
    def check(what: OnUnconnected | None, *connectors: DataConnector) -> Connected:
        detection = make_detection(connectors=connectors)
        return check_connectors([resource_of_detection(detection)], [detection], workspace, what)

    return check


def tells(workspace: MemoryWorkspace, connectors: set[str], receiving: set[str]) -> None:
    workspace.known_connectors = frozenset(connectors)
    workspace.known_receiving = frozenset(receiving)


@pytest.mark.parametrize(
    ("connectors", "receiving"),
    [
        ({"microsoftthreatprotection"}, set()),
        (set(), {"emailevents"}),
        (set(), {"securityalert"}),
        ({"defender"}, set()),
    ],
)
def test_one_connector_or_one_table_is_enough(
    check: Check, workspace: MemoryWorkspace, connectors: set[str], receiving: set[str]
) -> None:
    tells(workspace, connectors, receiving)
    found = check(OnUnconnected.BLOCK, MAIL, ALERTS)
    assert (found.held, found.warnings) == ({}, ())


@pytest.mark.parametrize("what", [OnUnconnected.BLOCK, OnUnconnected.DISABLE, OnUnconnected.SKIP])
def test_a_rule_without_data_is_held_as_the_environment_says(
    check: Check, workspace: MemoryWorkspace, what: OnUnconnected
) -> None:
    tells(workspace, {"office365"}, {"signinlogs"})
    found = check(what, MAIL)
    (held,) = found.held.values()
    assert held.what is OnMissing(what.value)
    assert held.reason == (
        "none of its connectors is there and none of their tables received data: "
        "MicrosoftThreatProtection"
    )
    (resource,) = found.resources
    assert members(resource.body)["enabled"] is (what is not OnUnconnected.DISABLE)


def test_it_may_be_said_and_no_more(check: Check, workspace: MemoryWorkspace) -> None:
    tells(workspace, set(), set())
    found = check(OnUnconnected.REPORT, MAIL)
    assert found.held == {}
    (said,) = found.warnings
    assert said.startswith("rule: none of its connectors is there")


@pytest.mark.parametrize(
    ("connectors", "receiving", "untold"),
    [
        (None, frozenset(), "its data connectors"),
        (frozenset(), None, "which tables receive data"),
        (None, None, "its data connectors"),
    ],
)
def test_t15_what_cannot_be_looked_up_holds_the_rule(
    check: Check,
    workspace: MemoryWorkspace,
    connectors: frozenset[str] | None,
    receiving: frozenset[str] | None,
    untold: str,
) -> None:
    workspace.known_connectors, workspace.known_receiving = connectors, receiving
    (held,) = check(OnUnconnected.BLOCK, MAIL).held.values()
    assert held.what is OnMissing.BLOCK
    assert f"does not tell {untold}" in held.reason


def test_who_does_not_ask_is_asked_nothing(
    make_detection: Callable[..., Detection], workspace: MemoryWorkspace
) -> None:
    class Silent(MemoryWorkspace):
        def connectors(self) -> frozenset[str] | None:
            raise ServiceError("asked")

    detection = replace(make_detection(), connectors=(MAIL,))
    rule = resource_of_detection(detection)
    assert check_connectors([rule], [detection], Silent(), None).held == {}
    with pytest.raises(ServiceError, match="asked"):
        check_connectors([rule], [detection], Silent(), OnUnconnected.BLOCK)


def test_a_rule_that_names_none_needs_none(check: Check, workspace: MemoryWorkspace) -> None:
    tells(workspace, set(), set())
    assert check(OnUnconnected.BLOCK).held == {}


def test_a_connector_is_known_by_its_kind_its_name_and_its_definition() -> None:
    connector = {
        "kind": "GenericUI",
        "name": "One",
        "properties": {"connectorDefinitionName": "Two", "connectorUiConfig": {"id": "Three"}},
    }
    assert names_of(connector) == {"genericui", "one", "two", "three"}
