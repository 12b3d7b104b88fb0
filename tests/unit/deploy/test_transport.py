"""What goes over the wire, and what the client makes of answers that no service should give.

The SDK talks to a server on the loopback that answers by a script.
"""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.unit.deploy.scripted import API, BEARER, INSIGHTS, WORKSPACE, Script, environment

from vedette.deploy.pacing import Pacer
from vedette.deploy.resource import Collection
from vedette.deploy.sign_in import sign_in
from vedette.deploy.transport import ArmWorkspace
from vedette.errors import ServiceError
from vedette.model.environment import WriteBudget


def rule(number: int) -> dict[str, Any]:
    return {"name": f"rule-{number}", "kind": "Scheduled", "properties": {"severity": "High"}}


def test_a_rule_goes_to_its_id_with_its_kind_and_the_token(
    arm: ArmWorkspace, script: Script
) -> None:
    script.then(rule(1), 201)
    arm.put(Collection.RULES, "rule-1", {"kind": "Scheduled", "properties": {"a": None, "b": 1}})
    assert script.asked == [("PUT", f"{INSIGHTS}/alertRules/rule-1?{API}")]
    assert script.bodies == [{"kind": "Scheduled", "properties": {"a": None, "b": 1}}]
    assert script.authorizations == {f"Bearer {BEARER}"}


def test_a_saved_search_goes_to_log_analytics_through_the_same_pipeline(
    arm: ArmWorkspace, script: Script
) -> None:
    script.then({"name": "s"}).then({"name": "s", "etag": "1"})
    arm.put(Collection.SEARCHES, "s", {"properties": {"query": "T"}})
    assert arm.get(Collection.SEARCHES, "s") == {"name": "s", "etag": "1"}
    url = f"{WORKSPACE}/savedSearches/s?api-version=2020-08-01"
    assert script.asked == [("PUT", url), ("GET", url)]
    assert script.bodies == [{"properties": {"query": "T"}}, None]
    assert script.authorizations == {f"Bearer {BEARER}"}


def test_a_body_comes_back_as_it_was_answered(arm: ArmWorkspace, script: Script) -> None:
    body = {
        "name": "rule-1",
        "kind": "Scheduled",
        "etag": '"1"',
        "properties": {"queryFrequency": "PT01H00M00S", "novelty": {"x": None}},
    }
    script.then(body).then({"value": [body]})
    assert arm.get(Collection.RULES, "rule-1") == body
    assert arm.list(Collection.RULES) == [body]


def test_what_is_not_there_is_none(arm: ArmWorkspace, script: Script) -> None:
    gone = {"error": {"code": "NotFound", "message": "gone"}}
    for _ in Collection:
        script.then(gone, 404)
    assert [arm.get(collection, "x") for collection in Collection] == [None] * len(Collection)


@pytest.mark.parametrize("collection", list(Collection))
def test_every_page_of_a_list_is_read(
    arm: ArmWorkspace, script: Script, collection: Collection
) -> None:
    following = f"{script.url}{INSIGHTS}/{collection}?{API}&$skipToken=a%2Bb"
    script.then({"value": [rule(1), rule(2)], "nextLink": following})
    script.then({"value": [rule(3)], "nextLink": None})
    names = [body["name"] for body in arm.list(collection)]
    assert names == ["rule-1", "rule-2", "rule-3"]
    assert "skipToken=a%2Bb" in script.asked[1][1]


def test_every_page_of_a_watchlists_items_is_read(arm: ArmWorkspace, script: Script) -> None:
    place = f"{INSIGHTS}/watchlists/Senders/watchlistItems"
    script.then({"value": [{"name": "1"}], "nextLink": f"{script.url}{place}?{API}&$skipToken=2"})
    script.then({"value": [{"name": "2"}]})
    assert [item["name"] for item in arm.list_items("Senders")] == ["1", "2"]
    assert script.asked[0] == ("GET", f"{place}?{API}")


LISTS: dict[str, Callable[[ArmWorkspace], object]] = {
    "rules": lambda arm: arm.list(Collection.RULES),
    "searches": lambda arm: arm.list(Collection.SEARCHES),
    "watchlists": lambda arm: arm.list(Collection.WATCHLISTS),
    "items": lambda arm: arm.list_items("Senders"),
}


@pytest.fixture(name="read", params=LISTS)
def _read(request: pytest.FixtureRequest) -> Callable[[ArmWorkspace], object]:
    return LISTS[request.param]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ({}, "application/json"),
        ({"value": None}, "application/json"),
        ({"value": {"name": "x"}}, "application/json"),
        ({"value": ["x"]}, "application/json"),
        ([], "application/json"),
        ("", "application/json"),
        ('{"value": [', "application/json"),
        ("<html>Please sign in to the network</html>", "text/html"),
        ("<html>Please sign in to the network</html>", "application/json"),
    ],
)
def test_t21_an_answer_that_is_no_list_is_not_an_empty_workspace(
    arm: ArmWorkspace,
    script: Script,
    read: Callable[[ArmWorkspace], object],
    body: object,
    content_type: str,
) -> None:
    script.then(body, Content_Type=content_type)
    with pytest.raises(ServiceError):
        read(arm)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/next?$skipToken=2",
        "http://127.0.0.1:9/next",
        "http://localhost:{port}/next",
        "https://127.0.0.1:{port}/next",
    ],
)
def test_t26_a_page_on_another_host_is_not_followed(
    arm: ArmWorkspace, script: Script, read: Callable[[ArmWorkspace], object], link: str
) -> None:
    port = script.url.rpartition(":")[2]
    script.then({"value": [], "nextLink": link.replace("{port}", port)})
    with pytest.raises(ServiceError, match="another host"):
        read(arm)
    assert len(script.asked) == 1


def test_t26_a_page_that_leads_to_itself_ends_the_run(
    arm: ArmWorkspace, script: Script, read: Callable[[ArmWorkspace], object]
) -> None:
    link = f"{script.url}/next?$skipToken=2"
    for _ in range(4):
        script.then({"value": [], "nextLink": link})
    with pytest.raises(ServiceError, match="the same page again"):
        read(arm)
    assert len(script.asked) <= 3


def test_a_redirect_is_not_followed(arm: ArmWorkspace, script: Script) -> None:
    script.then(status=307, Location="https://evil.example/")
    with pytest.raises(ServiceError, match="HTTP 307"):
        arm.list(Collection.RULES)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412])
@pytest.mark.parametrize("collection", list(Collection))
def test_a_refusal_carries_the_services_own_words(
    arm: ArmWorkspace, script: Script, collection: Collection, status: int
) -> None:
    message = "Failed to run the analytics rule query.\nOne of the tables does not exist."
    script.then({"error": {"code": "BadRequest", "message": message}}, status)
    with pytest.raises(ServiceError) as caught:
        arm.put(collection, "x", {"kind": "Scheduled", "properties": {}})
    assert str(caught.value) == " ".join(message.split())
    assert (caught.value.status, caught.value.code) == (status, "BadRequest")
    assert not caught.value.outcome_unknown
    assert len(script.asked) == 1


def test_a_refusal_without_words_names_its_status(arm: ArmWorkspace, script: Script) -> None:
    script.then("<html>Bad gateway</html>", 418, Content_Type="text/html")
    with pytest.raises(
        ServiceError, match="cannot write alertRules/x: the service answered HTTP 418"
    ) as caught:
        arm.put(Collection.RULES, "x", {})
    assert caught.value.status == 418


@pytest.mark.parametrize("collection", list(Collection))
@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_t11_a_write_that_failed_over_there_is_not_repeated(
    arm: ArmWorkspace, script: Script, collection: Collection, status: int
) -> None:
    script.then({"error": {"code": "InternalServerError", "message": "sorry"}}, status)
    with pytest.raises(ServiceError) as caught:
        arm.put(collection, "x", {"kind": "Scheduled", "properties": {}})
    assert caught.value.outcome_unknown
    assert len(script.asked) == 1


@pytest.mark.parametrize("collection", list(Collection))
def test_t11_a_write_without_an_answer_is_not_repeated(
    arm: ArmWorkspace, script: Script, collection: Collection
) -> None:
    script.then_silence()
    with pytest.raises(ServiceError) as caught:
        arm.put(collection, "x", {"kind": "Scheduled", "properties": {}})
    assert caught.value.outcome_unknown
    assert caught.value.status is None
    assert len(script.asked) == 1


def test_a_read_without_an_answer_is_repeated(arm: ArmWorkspace, script: Script) -> None:
    script.then_silence().then({"value": [rule(1)]})
    assert len(arm.list(Collection.RULES)) == 1
    assert len(script.asked) == 2


def test_a_throttled_write_is_repeated_when_the_service_says_so(
    arm: ArmWorkspace, script: Script, waits: list[float]
) -> None:
    throttled = {"error": {"code": "TooManyRequests", "message": "slow down"}}
    script.then(throttled, 429, Retry_After="7").then(rule(1))
    arm.put(Collection.RULES, "rule-1", {"kind": "Scheduled", "properties": {}})
    assert waits == [7.0]


def test_a_service_that_asks_for_an_hour_is_not_waited_for(
    arm: ArmWorkspace, script: Script, waits: list[float]
) -> None:
    throttled = {"error": {"code": "TooManyRequests", "message": "come back later"}}
    script.then(throttled, 429, Retry_After="3600")
    with pytest.raises(ServiceError, match="come back later") as caught:
        arm.put(Collection.RULES, "rule-1", {"kind": "Scheduled", "properties": {}})
    assert caught.value.status == 429
    assert waits == []


def test_all_waiting_of_a_run_comes_out_of_one_budget(
    arm: ArmWorkspace, script: Script, waits: list[float]
) -> None:
    throttled = {"error": {"code": "TooManyRequests", "message": "slow down"}}
    for _ in range(2):
        script.then(throttled, 429, Retry_After="80").then({"value": []})
        arm.list(Collection.RULES)
    script.then(throttled, 429, Retry_After="80")
    with pytest.raises(ServiceError, match="slow down"):
        arm.list(Collection.RULES)
    assert waits == [80.0, 80.0]


def test_no_provider_is_registered_unasked(arm: ArmWorkspace, script: Script) -> None:
    message = "The subscription is not registered to use namespace 'Microsoft.SecurityInsights'"
    script.then({"error": {"code": "MissingSubscriptionRegistration", "message": message}}, 409)
    with pytest.raises(ServiceError, match="not registered"):
        arm.put(Collection.RULES, "x", {"kind": "Scheduled", "properties": {}})
    assert len(script.asked) == 1


WATCHLIST = {"properties": {"displayName": "x", "rawContent": "A\n1\n"}}


class TestWatchlist:
    """A watchlist is taken in later than it is accepted."""

    def test_it_is_waited_for(self, arm: ArmWorkspace, script: Script) -> None:
        for state in ("InProgress", "InProgress", "Succeeded"):
            script.then({"name": "Senders", "properties": {"provisioningState": state}})
        arm.put(Collection.WATCHLISTS, "Senders", WATCHLIST)
        place = f"{INSIGHTS}/watchlists/Senders?{API}"
        assert script.asked[0] == ("PUT", place)
        assert script.asked[1:3] == [("GET", place), ("GET", place)]

    def test_a_failed_upload_is_a_refusal(self, arm: ArmWorkspace, script: Script) -> None:
        script.then({"name": "Senders", "properties": {"provisioningState": "InProgress"}})
        script.then({"name": "Senders", "properties": {"provisioningState": "Failed"}})
        with pytest.raises(ServiceError, match="accepted it and failed to carry it out"):
            arm.put(Collection.WATCHLISTS, "Senders", WATCHLIST)

    def test_waiting_has_an_end(
        self, arm: ArmWorkspace, script: Script, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("vedette.deploy.transport.PROVISION_TIMEOUT", 0.01)
        for _ in range(1000):
            script.then({"name": "Senders", "properties": {"provisioningState": "InProgress"}})
        with pytest.raises(ServiceError, match="still not ready") as caught:
            arm.put(Collection.WATCHLISTS, "Senders", WATCHLIST)
        assert caught.value.code == "NotProvisioned"
        script.answers[:] = []

    def test_an_item_is_removed(self, arm: ArmWorkspace, script: Script) -> None:
        script.then(status=200).then(status=204)
        arm.delete_item("Senders", "item-1")
        arm.delete_item("Senders", "item-1")
        place = f"{INSIGHTS}/watchlists/Senders/watchlistItems/item-1?{API}"
        assert script.asked == [("DELETE", place)] * 2


def test_a_workspace_that_is_not_there_says_so_in_one_line(unused_port: int) -> None:
    where = environment(f"http://127.0.0.1:{unused_port}")
    signed_in = sign_in(where, {"VEDETTE_TOKEN": BEARER})
    with ArmWorkspace(where, signed_in) as arm, pytest.raises(ServiceError) as caught:
        arm.list(Collection.RULES)
    message = str(caught.value)
    assert message.startswith(f"cannot list alertRules: no answer from {where.endpoint} (")
    # What the operating system says, without the addresses of objects that wrap it.
    assert " at 0x" not in message
    assert "\n" not in message
    assert caught.value.status is None
    assert not caught.value.outcome_unknown


def test_a_proxy_of_this_machine_does_not_see_the_loopbacks_token(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    where = environment(script.url)
    script.then({"value": []})
    with ArmWorkspace(where, sign_in(where, {"VEDETTE_TOKEN": BEARER})) as arm:
        assert arm.list(Collection.RULES) == []


@pytest.fixture(name="unused_port")
def _unused_port() -> int:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return server.server_port


@pytest.mark.parametrize("status", [400, 401, 500])
@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_a_token_that_the_service_echoes_is_not_shown(
    arm: ArmWorkspace, script: Script, status: int, content_type: str
) -> None:
    echo = {"error": {"code": "Bad", "message": f"got Authorization: Bearer {BEARER} from you"}}
    for _ in range(9):
        script.then(echo, status, Content_Type=content_type)
    for call in (
        lambda: arm.put(Collection.RULES, "x", {}),
        lambda: arm.get(Collection.SEARCHES, "x"),
        lambda: arm.list(Collection.WATCHLISTS),
    ):
        with pytest.raises(ServiceError) as caught:
            call()
        assert BEARER not in f"{caught.value!r} {caught.value} {caught.value.code}"


class TestCreateAndDelete:
    """T10: create only if absent, delete only if unchanged."""

    def test_what_is_there_is_not_created(self, arm: ArmWorkspace, script: Script) -> None:
        script.then(rule(1))
        with pytest.raises(ServiceError, match="is there already") as caught:
            arm.create(Collection.RULES, "rule-1", {})
        assert caught.value.status == 409
        assert [method for method, _ in script.asked] == ["GET"]

    @pytest.mark.parametrize("collection", list(Collection))
    def test_the_service_is_asked_to_create_only(
        self, arm: ArmWorkspace, script: Script, collection: Collection
    ) -> None:
        done = {"name": "x", "properties": {"provisioningState": "Succeeded"}}
        script.then(status=404).then(done, 201).then(done)
        arm.create(collection, "x", {"kind": "Scheduled", "properties": {}})
        assert [method for method, _ in script.asked][:2] == ["GET", "PUT"]
        assert script.headers[1].get("If-None-Match") == "*"

    @pytest.mark.parametrize("collection", list(Collection))
    def test_another_version_is_not_deleted(
        self, arm: ArmWorkspace, script: Script, collection: Collection
    ) -> None:
        script.then({"name": "x", "etag": '"2"'})
        with pytest.raises(ServiceError, match="no longer the version") as caught:
            arm.delete(collection, "x", etag='"1"')
        assert caught.value.status == 409
        assert [method for method, _ in script.asked] == ["GET"]

    @pytest.mark.parametrize("collection", list(Collection))
    def test_the_version_that_was_meant_is_deleted(
        self, arm: ArmWorkspace, script: Script, collection: Collection
    ) -> None:
        script.then({"name": "x", "etag": '"1"'}).then(status=204)
        arm.delete(collection, "x", etag='"1"')
        assert [method for method, _ in script.asked] == ["GET", "DELETE"]
        assert script.headers[1].get("If-Match") == '"1"'


def test_a_throttled_write_makes_all_writes_wait(script: Script, waits: list[float]) -> None:
    pacer = Pacer(WriteBudget(), sleep=waits.append)
    where = environment(script.url)
    throttled = {"error": {"code": "TooManyRequests", "message": "slow down"}}
    script.then(throttled, 429, Retry_After="3600")
    signed_in = sign_in(where, {"VEDETTE_TOKEN": BEARER})
    with ArmWorkspace(where, signed_in, pacer=pacer) as arm, pytest.raises(ServiceError) as caught:
        arm.put(Collection.RULES, "rule-1", {"kind": "Scheduled"})
    assert caught.value.retry_after == 3600
    assert pacer.writes == 1
    assert pacer.bucket("PUT")._try() == pytest.approx(3600, abs=5)


def test_what_the_service_says_is_left_bounds_the_run(script: Script) -> None:
    pacer = Pacer(WriteBudget())
    where = environment(script.url)
    script.then(rule(1), x_ms_ratelimit_remaining_subscription_writes="0")
    with ArmWorkspace(where, sign_in(where, {"VEDETTE_TOKEN": BEARER}), pacer=pacer) as arm:
        arm.put(Collection.RULES, "rule-1", {"kind": "Scheduled"})
    assert 0 < pacer.bucket("PUT")._try() <= 0.1
