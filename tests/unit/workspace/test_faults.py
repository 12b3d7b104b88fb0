"""Faults that never strike, strike otherwise than asked for, or only pretend."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from vedette.model.faults import FaultKind, FaultPlan, FaultRule
from vedette.model.yaml import parse
from vedette.workspace.faults import Faults, known_operations, matches
from vedette.workspace.faults_file import load_faults, read_faults
from vedette.workspace.server import WorkspaceServer, start
from vedette.workspace.settings import Settings

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api

SESAME = "the-token"
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
PUT_RULE = "PUT alertRules/*"
META = {"properties": {"parentId": "/x", "kind": "AnalyticsRule"}}


def load(text: str) -> tuple[FaultPlan | None, list[str]]:
    document, problems = parse(text, PurePosixPath("faults.yaml"))
    assert document is not None, problems
    plan, findings = load_faults(document)
    return plan, [str(finding) for finding in findings]


def plan(
    operation: str,
    kind: FaultKind,
    *,
    written: bool = False,
    after: int = 0,
    times: int | None = None,
    probability: float = 1.0,
) -> FaultPlan:
    """A plan of one fault, which says to come again at once."""
    fault = FaultRule(operation, kind, written, after, times, probability, delay=0.0)
    return FaultPlan((fault,))


def test_a_file_is_read_with_everything_in_it() -> None:
    found, findings = load(
        "seed: 5\nfaults:\n"
        "  - {operation: PUT alertRules/*, fault: reset, written: true, after: 1, times: 2}\n"
        "  - {operation: '* *', fault: throttled, retryAfter: 0.5, probability: 0.25}\n"
    )
    assert findings == []
    assert found == FaultPlan(
        (
            FaultRule(PUT_RULE, FaultKind.RESET, written=True, after=1, times=2),
            FaultRule("* *", FaultKind.THROTTLED, probability=0.25, retry_after=0.5),
        ),
        seed=5,
    )


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("operation: PUT alertRules/*", "2:5: missing-key"),
        ("{operation: PUT alertRules/*, fault: rest}", "2:42: unknown-value"),
        ("{operation: PUT alertRule/*, fault: reset}", "2:17: unknown-value the workspace has no"),
        ("{operation: alertRules, fault: reset}", "2:17: bad-format"),
        ("{operation: '* *', fault: reset, probability: 2}", "2:51: out-of-range"),
        ("{operation: '* *', fault: reset, after: -1}", "2:45: out-of-range"),
        ("{operation: '* *', fault: slow, written: true}", "2:37: misplaced-key"),
        ("{operation: '* *', fault: stale-etag, retryAfter: 1}", "2:43: misplaced-key"),
        ("{operation: '* *', fault: reset, delay: 1}", "2:38: misplaced-key"),
        ("{operation: '* *', fault: reset, often: 1}", "2:38: unknown-key"),
    ],
)
def test_a_slip_is_found_at_its_place(line: str, finding: str) -> None:
    found, findings = load(f"faults:\n  - {line}\n")
    assert found is None
    assert any(text.startswith(f"faults.yaml:{finding}") for text in findings), findings


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    found, findings = read_faults(tmp_path / "none.yaml")
    assert found is None
    assert [finding.id for finding in findings] == ["unreadable-file"]


def test_every_operation_can_be_named() -> None:
    assert PUT_RULE in known_operations()
    assert "PUT savedSearches/*" in known_operations()
    assert "DELETE watchlists/*/watchlistItems/*" in known_operations()


@pytest.mark.parametrize(
    ("pattern", "operation", "expected"),
    [
        (PUT_RULE, "PUT alertrules/3f0c", True),
        (PUT_RULE, "GET alertRules/3f0c", False),
        ("GET alertRules", "GET alertRules/3f0c", False),
        ("* alertRules/3F*", "DELETE alertRules/3f0c", True),
        ("* *", "POST a/b/c/d", True),
        ("GET watchlists/*", "GET watchlists/a/watchlistItems", False),
    ],
)
def test_an_operation_is_told_from_its_neighbours(
    pattern: str, operation: str, expected: bool
) -> None:
    assert matches(pattern, operation) is expected


def test_counted_faults_strike_just_those_calls() -> None:
    faults = Faults(plan(PUT_RULE, FaultKind.ERROR, after=1, times=2))
    segments = ("providers", "Microsoft.SecurityInsights", "alertRules", "x")
    struck = [faults.next("PUT", segments) is not None for _ in range(5)]
    assert struck == [False, True, True, False, False]
    assert faults.struck == {f"error {PUT_RULE}": 2}


def test_chance_is_the_same_each_time_and_another_with_another_seed() -> None:
    def series(seed: int) -> list[bool]:
        rules = plan("* *", FaultKind.ERROR, probability=0.3).rules
        faults = Faults(FaultPlan(rules, seed))
        return [faults.next("GET", ("x",)) is not None for _ in range(400)]

    assert series(1) == series(1)
    assert series(1) != series(2)
    assert 80 < sum(series(1)) < 160


@pytest.mark.parametrize(
    ("kind", "status", "code", "headers"),
    [
        (FaultKind.THROTTLED, 429, "TooManyRequests", {"Retry-After": "1"}),
        (FaultKind.UNAVAILABLE, 503, "ServiceUnavailable", {"Retry-After": "1"}),
        (FaultKind.ERROR, 500, "InternalServerError", {}),
        (FaultKind.STALE_ETAG, 409, "Conflict", {}),
        (FaultKind.RECENTLY_DELETED, 400, "BadRequest", {}),
    ],
)
def test_a_refused_write_has_not_taken_effect(
    make_api: Callable[..., Api], kind: FaultKind, status: int, code: str, headers: dict[str, str]
) -> None:
    api = make_api(faults=plan("PUT metadata/*", kind, times=1))
    refused = api.send("PUT", "metadata/a", META)
    assert refused.status_code == status
    assert json.loads(refused.text)["error"]["code"] == code
    assert headers.items() <= dict(refused.headers).items()
    assert api.send("GET", "metadata/a").status_code == 404
    assert api.send("PUT", "metadata/a", META).status_code == 201


def test_a_write_whose_answer_is_an_error_has_taken_effect(make_api: Callable[..., Api]) -> None:
    api = make_api(faults=plan("PUT metadata/*", FaultKind.ERROR, written=True, times=1))
    assert api.send("PUT", "metadata/a", META).status_code == 500
    assert api.send("GET", "metadata/a").status_code == 200


def test_a_slow_answer_is_the_right_one(make_api: Callable[..., Api]) -> None:
    api = make_api(faults=plan("GET metadata", FaultKind.SLOW))
    assert api.get("metadata") == {"value": []}


@pytest.fixture(name="server", scope="module")
def _server() -> Iterator[WorkspaceServer]:
    with start(now=NOW, settings=Settings(token=SESAME)) as server:
        yield server


def put(server: WorkspaceServer, name: str, timeout: float | None = None) -> int:
    """The status of writing a metadata resource on a connection of its own."""
    connection = http.client.HTTPConnection(
        server.url.removeprefix("http://"), timeout=timeout or 30
    )
    try:
        connection.request(
            "PUT",
            f"{server.settings.scope.insights}/metadata/{name}?api-version=2025-09-01",
            json.dumps(META),
            {"Authorization": f"Bearer {server.token}"},
        )
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("written", [True, False])
def test_a_reset_ends_the_connection_and_the_write_is_as_asked_for(
    server: WorkspaceServer, written: bool
) -> None:
    name = f"reset-{written}"
    server.set_faults(plan(f"PUT metadata/{name}", FaultKind.RESET, written=written, times=1))
    with pytest.raises(ConnectionError):
        put(server, name)
    assert put(server, name) == (200 if written else 201)


@pytest.mark.parametrize("written", [True, False])
def test_silence_lasts_until_the_client_gives_up(server: WorkspaceServer, written: bool) -> None:
    name = f"silence-{written}"
    server.set_faults(plan(f"PUT metadata/{name}", FaultKind.TIMEOUT, written=written, times=1))
    with pytest.raises(TimeoutError):
        put(server, name, timeout=0.05)
    assert put(server, name) == (200 if written else 201)
