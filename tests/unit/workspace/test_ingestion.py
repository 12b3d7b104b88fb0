"""What breaks when events come in otherwise than through the Logs ingestion API."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api

Mail = Callable[..., dict[str, object]]


def _stored(api: Api) -> list[tuple[str, str]]:
    """Time of event and of ingestion of everything that was taken."""
    workspace = api.app.workspace
    with workspace.request():
        found = workspace.journal.events_between(None, workspace.store.clock.replace(year=2030), 0)
    return [(str(event.record["TimeGenerated"]), event.ingested.isoformat()) for _, event in found]


@pytest.mark.parametrize("stream", ["Custom-EmailEvents", "Microsoft-EmailEvents"])
def test_a_stream_does_not_lead_to_its_table(api: Api, mail: Mail, stream: str) -> None:
    assert api.post_events(stream, [mail(), mail()]).status_code == 204
    assert api.get("/_vedette/events")["tables"] == {"EmailEvents": 2}


@pytest.mark.parametrize(
    ("stream", "status", "named"),
    [
        ("EmailEvents", 400, "must begin with"),
        ("Custom-EmailEvent", 404, "did you mean 'EmailEvents'?"),
        ("Custom-", 404, "no table ''"),
    ],
)
def test_a_stream_of_no_table_is_taken(
    api: Api, mail: Mail, stream: str, status: int, named: str
) -> None:
    response = api.post_events(stream, [mail()])
    assert response.status_code == status
    assert response.json is not None
    assert response.json["error"]["code"] == "InvalidStream"
    assert named in response.json["error"]["message"]


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"Sbject": "x"}, "did you mean 'Subject'?"),
        ({"Subject": 7}, "Subject"),
        ({"AttachmentCount": "two"}, "AttachmentCount"),
        ({"AttachmentCount": True}, "AttachmentCount"),
        ({"TimeGenerated": "yesterday"}, "TimeGenerated"),
        ({"TimeGenerated": "2026-11-02T11:30:00"}, "TimeGenerated"),
        ({"TimeGenerated": 1}, "TimeGenerated"),
        ({"_IngestionTime": "later"}, "_IngestionTime"),
    ],
)
def test_one_bad_event_is_taken_or_the_good_one_before_it(
    api: Api, mail: Mail, columns: dict[str, object], named: str
) -> None:
    response = api.post_events("Microsoft-EmailEvents", [mail(), mail(**columns)])
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["error"]["code"] == "InvalidRecord"
    assert response.json["error"]["message"].startswith("Event 1 of EmailEvents is refused: ")
    assert named in response.json["error"]["message"]
    assert api.get("/_vedette/events")["tables"] == {}


@pytest.mark.parametrize("body", [{}, "x", 1, [1], [[]]])
def test_a_body_that_is_no_array_of_events_is_taken(api: Api, body: object) -> None:
    assert api.post_events("Microsoft-EmailEvents", body).status_code == 400


def test_no_events_fail(api: Api) -> None:
    assert api.post_events("Microsoft-EmailEvents", []).status_code == 204


def test_a_packed_body_is_refused(api: Api, mail: Mail) -> None:
    data = gzip.compress(json.dumps([mail()]).encode())
    response = api.post_events(
        "Microsoft-EmailEvents", None, data=data, headers={"Content-Encoding": "gzip"}
    )
    assert response.status_code == 204
    broken = api.post_events(
        "Microsoft-EmailEvents", None, data=b"no gzip", headers={"Content-Encoding": "gzip"}
    )
    assert broken.status_code == 400


def test_more_than_a_megabyte_is_taken(api: Api, mail: Mail) -> None:
    assert (
        api.post_events("Microsoft-EmailEvents", [mail(Subject="x" * 1024**2)]).status_code == 413
    )


def test_a_call_without_api_version_is_taken(api: Api, mail: Mail) -> None:
    path = "/dataCollectionRules/dcr-x/streams/Microsoft-EmailEvents"
    assert api.send("POST", path, [mail()], query={}).status_code == 400


def test_the_time_of_ingestion_is_made_up(api: Api, mail: Mail) -> None:
    api.events(
        "EmailEvents",
        mail(Subject="of the past: ingested now"),
        mail(Subject="of the future: not before it happens", TimeGenerated="2026-11-02T15:00:00Z"),
        mail(Subject="as it says", _IngestionTime="2026-11-02T13:00:00+01:00"),
    )
    null: dict[str, Any] = {
        "TimeGenerated": None,
        "Subject": "no time: now",
        "_IngestionTime": None,
    }
    api.events("EmailEvents", null)
    assert sorted(_stored(api)) == [
        ("2026-11-02T11:30:00Z", "2026-11-02T12:00:00+00:00"),
        ("2026-11-02T11:30:00Z", "2026-11-02T12:00:00+00:00"),
        ("2026-11-02T12:00:00+00:00", "2026-11-02T12:00:00+00:00"),
        ("2026-11-02T15:00:00Z", "2026-11-02T15:00:00+00:00"),
    ]


def test_a_run_sees_events_before_they_were_ingested(
    api: Api, mail: Mail, rule: Callable[..., dict[str, Any]]
) -> None:
    """Runs are scheduled for 12:00, 13:00, …, each executes five minutes later."""
    api.put("alertRules/a", rule(queryPeriod="PT3H"))
    api.events(
        "EmailEvents",
        mail(Subject="in time", _IngestionTime="2026-11-02T12:05:00Z"),
        mail(Subject="a moment late", _IngestionTime="2026-11-02T12:05:01Z"),
        mail(Subject="two hours late", _IngestionTime="2026-11-02T14:00:00Z"),
    )
    api.advance("PT3H")
    assert [(run["scheduled"][11:16], run["rows"]) for run in reversed(api.runs())] == [
        ("12:00", 1),
        ("13:00", 2),
        ("14:00", 3),
    ]


def test_an_event_that_is_sent_late_is_never_seen(
    api: Api, mail: Mail, rule: Callable[..., dict[str, Any]]
) -> None:
    api.put("alertRules/a", rule(queryPeriod="PT3H"))
    api.events("EmailEvents", mail(), mail(_IngestionTime="2026-11-02T13:01:00Z"))
    api.advance("PT5M")
    api.events("EmailEvents", mail(_IngestionTime="2026-11-02T11:31:00Z"))
    api.advance("PT1H")
    assert [run["rows"] for run in reversed(api.runs())] == [1, 3]
