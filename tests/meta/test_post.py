"""What a pipeline tells people: one comment or issue a key, and never the token."""

from __future__ import annotations

import importlib.util
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from werkzeug import Request, Response
from werkzeug.serving import make_server

ROOT = Path(__file__).resolve().parents[2]
BEARER = "t0k3n-that-nobody-may-see"
MARK = "<!-- vedette: plan-test -->"


class Service:
    """Answers what it was told to, and keeps what it was asked: method, path, body."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], tuple[int, object]] = {}
        self.asked: list[tuple[str, str, Any]] = []
        self.tokens: set[str | None] = set()
        self._server = make_server("127.0.0.1", 0, Request.application(self._answer))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def _answer(self, request: Request) -> Response:
        path = request.full_path.removesuffix("?")
        self.asked.append((request.method, path, request.get_json(force=True, silent=True)))
        self.tokens.add(request.headers.get("Authorization"))
        status, content = self.answers.get((request.method, path), (404, {}))
        place = {"Location": f"{self.url}/elsewhere"} if 300 <= status < 400 else {}
        return Response(json.dumps(content), status, place)

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def written(self) -> list[tuple[str, str, Any]]:
        """What was asked beside reading."""
        return [asked for asked in self.asked if asked[0] != "GET" and "wiql" not in asked[1]]


@pytest.fixture(name="service")
def _service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


@pytest.fixture(scope="module")
def post() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("post", ROOT / "scripts" / "post.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Call = Callable[..., int]


@pytest.fixture
def call(post: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """``call(variables, "comment")``: post ``plan.md`` under the key plan-test; the exit code."""
    file = tmp_path / "plan.md"
    file.write_text("## Plan\n", encoding="utf-8")

    def run(variables: Mapping[str, str], *arguments: str | Path) -> int:
        for name in ("TF_BUILD", "GITHUB_ACTIONS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ending:
            post.main([*map(str, arguments or ("comment", file)), "--key", "plan-test"])
        assert isinstance(ending.value.code, int)
        return ending.value.code

    return run


def azure(service: Service, **more: str) -> dict[str, str]:
    """The variables of a run in Azure Pipelines."""
    return {
        "TF_BUILD": "True",
        "SYSTEM_COLLECTIONURI": f"{service.url}/contoso/",
        "SYSTEM_TEAMPROJECTID": "project-1",
        "SYSTEM_ACCESSTOKEN": BEARER,
        "BUILD_REPOSITORY_ID": "repository-1",
        "SYSTEM_PULLREQUEST_PULLREQUESTID": "7",
    } | more


def github(service: Service, tmp_path: Path, event: object = None) -> dict[str, str]:
    """The variables of a run in GitHub Actions."""
    file = tmp_path / "event.json"
    file.write_text(json.dumps(event or {"pull_request": {"number": 7}}), encoding="utf-8")
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": service.url,
        "GITHUB_REPOSITORY": "contoso/detections",
        "GITHUB_TOKEN": BEARER,
        "GITHUB_EVENT_PATH": str(file),
    }


THREADS = "/contoso/project-1/_apis/git/repositories/repository-1/pullRequests/7/threads"
VERSION = "?api-version=7.1"
ITEMS = "/contoso/project-1/_apis/wit"
COMMENTS = "/repos/contoso/detections/issues/7/comments?per_page=100&page="
ISSUES = "/repos/contoso/detections/issues?state=open&labels=plan-test&per_page=100"


def thread(number: int, content: str, *, deleted: bool = False) -> dict[str, object]:
    """A thread of a pull request with one comment."""
    return {"id": number, "isDeleted": deleted, "comments": [{"id": 1, "content": content}]}


def test_the_first_plan_of_a_pull_request_is_a_closed_thread(service: Service, call: Call) -> None:
    service.answers[("GET", THREADS + VERSION)] = (200, {"value": [thread(1, "A question")]})
    service.answers[("POST", THREADS + VERSION)] = (200, {"id": 2})
    assert call(azure(service)) == 0
    ((_, _, body),) = service.written()
    assert body["comments"][0]["content"] == f"{MARK}\n## Plan\n"
    # An open thread would hold up a pull request whose comments must be resolved.
    assert body["status"] == "closed"
    assert service.tokens == {f"Bearer {BEARER}"}


def test_the_next_plan_changes_the_thread_that_is_there(service: Service, call: Call) -> None:
    there = [
        thread(1, f"{MARK}\nold", deleted=True),
        thread(2, f"I read {MARK}"),
        thread(3, "<!-- vedette: plan-production -->\nanother"),
        thread(4, f"{MARK}\nold"),
    ]
    service.answers[("GET", THREADS + VERSION)] = (200, {"value": there})
    service.answers[("PATCH", f"{THREADS}/4/comments/1{VERSION}")] = (200, {})
    assert call(azure(service)) == 0
    assert [asked[:2] for asked in service.written()] == [
        ("PATCH", f"{THREADS}/4/comments/1{VERSION}")
    ]


def test_on_github_the_comment_is_found_on_a_later_page(
    service: Service, call: Call, tmp_path: Path
) -> None:
    service.answers[("GET", f"{COMMENTS}1")] = (200, [{"id": 1, "body": None}])
    service.answers[("GET", f"{COMMENTS}2")] = (200, [{"id": 9, "body": f"{MARK}\nold"}])
    service.answers[("PATCH", "/repos/contoso/detections/issues/comments/9")] = (200, {"id": 9})
    assert call(github(service, tmp_path)) == 0
    assert [asked[2] for asked in service.written()] == [{"body": f"{MARK}\n## Plan\n"}]


def test_on_github_the_first_comment_is_written(
    service: Service, call: Call, tmp_path: Path
) -> None:
    service.answers[("GET", f"{COMMENTS}1")] = (200, [])
    path = "/repos/contoso/detections/issues/7/comments"
    service.answers[("POST", path)] = (201, {"id": 1})
    assert call(github(service, tmp_path)) == 0
    assert [asked[:2] for asked in service.written()] == [("POST", path)]


@pytest.mark.parametrize("is_open", [False, True])
def test_drift_is_one_work_item_for_as_long_as_it_is_open(
    service: Service, call: Call, tmp_path: Path, is_open: bool
) -> None:
    found = [{"id": 5}] if is_open else []
    service.answers[("POST", f"{ITEMS}/wiql{VERSION}")] = (200, {"workItems": found})
    service.answers[("POST", f"{ITEMS}/workitems/$Issue{VERSION}")] = (200, {"id": 6})
    service.answers[("PATCH", f"{ITEMS}/workitems/5{VERSION}")] = (200, {"id": 5})
    assert call(azure(service), "issue", tmp_path / "plan.md", "--title", "Drift") == 0
    ((method, _, patch),) = service.written()
    assert method == ("PATCH" if is_open else "POST")
    assert {each["path"]: each["value"] for each in patch} == {
        "/fields/System.Title": "Drift",
        "/fields/System.Description": "<pre>## Plan\n</pre>",
        "/fields/System.Tags": "plan-test",
    }


@pytest.mark.parametrize("is_open", [False, True])
def test_drift_is_one_issue_for_as_long_as_it_is_open(
    service: Service, call: Call, tmp_path: Path, is_open: bool
) -> None:
    found = [
        {"number": 4, "body": f"{MARK}\nold", "pull_request": {}},
        {"number": 5, "body": f"{MARK}\nold"},
    ]
    service.answers[("GET", ISSUES)] = (200, found[: 1 + is_open])
    service.answers[("POST", "/repos/contoso/detections/issues")] = (201, {"number": 6})
    service.answers[("PATCH", "/repos/contoso/detections/issues/5")] = (200, {"number": 5})
    assert call(github(service, tmp_path), "issue", tmp_path / "plan.md", "--title", "Drift") == 0
    ((method, _, body),) = service.written()
    assert method == ("PATCH" if is_open else "POST")
    assert (body["title"], body.get("labels")) == ("Drift", None if is_open else ["plan-test"])


@pytest.mark.parametrize("status", [203, 302, 401, 403, 500])
def test_a_refusal_is_said_and_the_token_goes_nowhere_else(
    service: Service, call: Call, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    # A token that is not accepted gets the sign-in page: by redirection, or as a success of 203.
    answer: object = "<html>" if status == 203 else {}
    service.answers[("GET", THREADS + VERSION)] = (status, answer)
    assert call(azure(service)) == 3
    said = capsys.readouterr()
    assert BEARER not in said.out + said.err
    assert "threads" in said.err
    assert [asked[1] for asked in service.asked] == [THREADS + VERSION]


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("SYSTEM_ACCESSTOKEN", "SYSTEM_ACCESSTOKEN is not set"),
        ("SYSTEM_PULLREQUEST_PULLREQUESTID", "no pull request"),
        ("TF_BUILD", "nowhere to post"),
    ],
)
def test_where_nothing_can_be_posted_nothing_is_asked(
    service: Service, call: Call, missing: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(azure(service, **{missing: ""})) == 2
    assert said in capsys.readouterr().err
    assert service.asked == []


def test_a_run_for_no_pull_request_has_no_comment_on_github(
    service: Service, call: Call, tmp_path: Path
) -> None:
    assert call(github(service, tmp_path, {"schedule": "30 5 * * *"})) == 2
    assert service.asked == []


def test_a_long_plan_is_cut_at_a_line_and_its_block_closed(post: ModuleType) -> None:
    text = "# Plan\n\n````diff\n" + "+ a line of the plan\n" * 10_000
    kept = post.shortened(text)
    assert len(kept) <= post.MOST
    assert kept.endswith(f"+ a line of the plan\n````{post.CUT}")
    assert post.shortened("short") == "short"


def test_a_report_that_is_no_markdown_is_a_block_that_it_cannot_end(
    post: ModuleType, tmp_path: Path
) -> None:
    file = tmp_path / "health.txt"
    file.write_text("a ```` b\n", encoding="utf-8")
    assert post.text_of(file) == "`````text\na ```` b\n`````\n"
