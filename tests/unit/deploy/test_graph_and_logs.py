"""What the readers of Graph and of the logs make of answers that no service should give."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest
from tests.unit.deploy.conftest import document

from vedette.deploy.graph import graph_host, list_custom_detections
from vedette.deploy.logs import Logs, LogsSession, logs_host
from vedette.deploy.sign_in import SignedIn, sign_in
from vedette.errors import ServiceError, UsageError
from vedette.model.environment import Environment

BEARER = "t0k3n-that-nobody-may-see"
RULES = "/v1.0/security/rules/detectionRules"


@dataclass
class Service:
    """Answers in order with what it is told, and remembers what it was asked."""

    url: str = ""
    answers: list[tuple[int, object]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)

    def then(self, body: object, status: int = 200) -> Service:
        self.answers.append((status, body))
        return self


@pytest.fixture(name="service")
def _service() -> Iterator[Service]:
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            service.asked.append(f"{self.command} {self.path}")
            service.bodies.append(json.loads(content) if content else None)
            assert self.headers["Authorization"] == f"Bearer {BEARER}"
            status, body = service.answers.pop(0) if service.answers else (404, {})
            text = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            if status == 429:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    for verb in ("GET", "POST", "PATCH", "DELETE"):
        setattr(Handler, f"do_{verb}", Handler.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield service
    server.shutdown()
    server.server_close()
    thread.join()


def environment(endpoint: str) -> Environment:
    return Environment(
        name="x",
        tenant=UUID("11111111-1111-4111-8111-111111111111"),
        subscription=UUID("11111111-1111-4111-8111-111111111111"),
        resource_group="rg",
        workspace="law-test",
        endpoint=endpoint,
        source=document("environments/x.yaml"),
    )


def signed_in(service: Service) -> tuple[Environment, SignedIn]:
    place = environment(service.url)
    return place, sign_in(place, {"VEDETTE_TOKEN": BEARER})


def test_every_page_of_the_custom_detections_is_read(service: Service) -> None:
    link = f"{service.url}{RULES}?$skiptoken=2"
    service.then({"value": [{"id": "a"}], "@odata.nextLink": link}).then({"value": [{"id": "b"}]})
    assert list_custom_detections(*signed_in(service)) == [{"id": "a"}, {"id": "b"}]
    assert service.asked == [f"GET {RULES}", f"GET {RULES}?$skiptoken=2"]


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("https://evil.example/x", "another host"),
        ("{url}" + RULES + "?again", "the same page again and again"),
    ],
)
def test_t26_a_link_to_another_host_or_to_itself_stops_the_run(
    link: str, said: str, service: Service
) -> None:
    page = {"value": [], "@odata.nextLink": link.replace("{url}", service.url)}
    service.then(page).then(page).then(page)
    with pytest.raises(ServiceError, match=said):
        list_custom_detections(*signed_in(service))
    assert len(service.asked) <= 2


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, {}), (200, []), (200, {"value": ["x"]}), (200, "<html>"), (403, {"error": {}})],
)
def test_what_is_no_list_is_never_an_empty_tenant(
    status: int, body: object, service: Service
) -> None:
    service.then(body, status)
    with pytest.raises(ServiceError):
        list_custom_detections(*signed_in(service))


def test_rows_are_records_by_column(service: Service) -> None:
    columns = [{"name": "A", "type": "string"}, {"name": "B", "type": "long"}]
    service.then({"tables": [{"name": "P", "columns": columns, "rows": [["x", 1], [None, 2]]}]})
    found = Logs(*signed_in(service)).query("T", timespan="P1D")
    assert found == [{"A": "x", "B": 1}, {"A": None, "B": 2}]
    (asked,) = service.asked
    assert asked.startswith("POST /v1/subscriptions/")
    assert asked.endswith("/workspaces/law-test/query")
    assert service.bodies == [{"query": "T", "timespan": "P1D"}]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, {"tables": [], "error": {"message": "Only a part."}}, "Only a part."),
        (200, {"tables": []}, "without a table"),
        (400, {"error": {"message": "Bad.", "innererror": {"message": "No T."}}}, "No T."),
        (403, {"error": {"message": f"Bearer {BEARER} may not."}}, "may not"),
    ],
)
def test_a_part_of_an_answer_is_none(
    status: int, body: object, said: str, service: Service
) -> None:
    service.then(body, status)
    with pytest.raises(ServiceError, match=said) as caught:
        Logs(*signed_in(service)).query("T", timespan="P1D")
    assert BEARER not in str(caught.value)


@pytest.fixture(name="host_of")
def _host_of() -> Callable[[str], tuple[str, str]]:
    return lambda endpoint: (graph_host(environment(endpoint)), logs_host(environment(endpoint)))


def test_each_cloud_has_its_own_hosts(host_of: Callable[[str], tuple[str, str]]) -> None:
    assert host_of("https://management.azure.com") == (
        "https://graph.microsoft.com",
        "https://api.loganalytics.io",
    )
    assert host_of("http://127.0.0.1:1") == ("http://127.0.0.1:1", "http://127.0.0.1:1")
    assert logs_host(environment("https://management.usgovcloudapi.net")).endswith(".us")
    with pytest.raises(UsageError, match="no API"):
        host_of("https://management.chinacloudapi.cn")


def test_a_session_returns_types_and_refuses_a_part(
    service: Service,
) -> None:
    there, who = signed_in(service)
    table = {"columns": [{"name": "N", "type": "long"}], "rows": [[1]]}
    inner = {"innererror": {"message": "500000 records"}, "message": "on the server"}
    part = {"code": "PartialError", "message": "some errors", "details": [inner]}
    service.then({"tables": [table]}).then({"tables": [table], "error": part})
    taken: list[None] = []
    with LogsSession(there, who, longest=600, take=lambda: taken.append(None)) as logs:
        answer = logs.ask("T", "PT1H")
        assert (answer.columns, answer.rows) == ((("N", "long"),), [[1]])
        with pytest.raises(ServiceError, match="not answer whole: 500000 records"):
            logs.ask("T", "PT1H")
    assert len(taken) == 2
    assert service.bodies[0] == {"query": "T", "timespan": "PT1H"}
