"""What breaks when the workspace takes a body that the service refuses, or refuses one it takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "workspace" / "alert-rules.yaml").read_text("utf-8")
)
_MAPPING = {
    "entityType": "IP",
    "fieldMappings": [{"identifier": "Address", "columnName": "IPAddress"}],
}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_answer_differs_from_the_services(
    api: Api, rule: Callable[..., dict[str, Any]], case: dict[str, Any]
) -> None:
    changes = {name: _grown(value) for name, value in case.get("body", {}).items()}
    body = rule(case.get("kind", "Scheduled"), **changes)
    for name, value in case.get("envelope", {}).items():
        body[name] = value
    response = api.send(
        "PUT", "alertRules/a-rule", {k: v for k, v in body.items() if v is not None}
    )
    assert response.status_code == case["status"], response.text
    if case["status"] == 201:
        return
    assert response.json is not None
    error = response.json["error"]
    assert error["code"] == "BadRequest"
    assert case.get("text", error["message"]) == error["message"]
    assert case.get("contains", "") in error["message"]


def test_case_names_are_not_unique() -> None:
    names = [case["name"] for case in CASES]
    assert len(set(names)) == len(names)


def _grown(value: object) -> object:
    """``<a*257>`` in a text is 257 a; a whole ``<details*21>`` is so many custom details."""
    if isinstance(value, dict):
        return {name: _grown(item) for name, item in value.items()}
    if not isinstance(value, str):
        return value
    if whole := re.fullmatch(r"<(details|mappings)\*(\d+)>", value):
        numbers = range(int(whole[2]))
        if whole[1] == "details":
            return {f"Detail{number}": "Subject" for number in numbers}
        return [_MAPPING for _ in numbers]
    return re.sub(r"<(\w)\*(\d+)>", lambda match: match[1] * int(match[2]), value)
