"""What happened in the workspace, told apart by the mark, by the fields, and by who wrote last."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from vedette.deploy.audit import Editor, editor_in, editors_of
from vedette.deploy.drift import DriftReport, State, find_drift
from vedette.deploy.live import LiveState
from vedette.deploy.ownership import LiveMark, Mark, MarkState
from vedette.deploy.resource import Resource
from vedette.report.drift import render_json, render_markdown, render_text

DAY = date(2026, 1, 15)
TAG = "contoso"


def live(
    resource: Resource, mark: Mark | None = None, **properties: object
) -> tuple[LiveState, dict[str, Any]]:
    """The resource as it is there, with our mark and the properties that somebody changed."""
    body: dict[str, Any] = copy.deepcopy(dict(resource.body))
    body["properties"] |= properties
    own = mark or Mark(TAG, resource.kind, resource.id)
    return LiveState({resource.key: body}, {}, {resource.key: LiveMark(own, None)}), body


def drift(
    resource: Resource,
    state: LiveState,
    editors: Mapping[str, Editor] | None = None,
    unknown: str = "",
    account: str = "deployer",
) -> DriftReport:
    return find_drift(
        [resource],
        state,
        tag=TAG,
        account=account,
        environment="x",
        day=DAY,
        editors=editors or {},
        unknown=unknown,
    )


def states(report: DriftReport) -> list[State]:
    return [each.state for each in report.drifts]


def test_what_is_as_deployed_is_no_drift(make_rule: Callable[..., Resource]) -> None:
    rule = make_rule()
    report = drift(rule, live(rule)[0])
    assert (report.drifts, report.unchanged, report.open) == ((), 1, ())


def test_the_last_writer_tells_an_edit_from_a_newer_file(
    make_rule: Callable[..., Resource],
) -> None:
    rule = make_rule()
    state, body = live(rule, severity="High")
    assert states(drift(rule, state)) == [State.EDITED]
    by_us = {rule.id: Editor("DEPLOYER")}
    report = drift(rule, state, editors=by_us)
    assert (states(report), report.open) == ([State.NOT_DEPLOYED], ())
    # A person who deploys edits in the portal as well: then nobody's write is taken for ours.
    assert states(drift(rule, state, editors={rule.id: Editor("")}, account="")) == [State.EDITED]
    body["systemData"] = {"lastModifiedBy": "kim", "lastModifiedAt": "2026-01-14T00:00:00Z"}
    (one,) = drift(rule, state).drifts
    assert one.editor == Editor("kim", "2026-01-14T00:00:00Z")
    assert [(each.field, each.before, each.after) for each in one.fields] == [
        ("severity", "Medium", "High")
    ]


def test_without_our_mark_nothing_is_drift(make_rule: Callable[..., Resource]) -> None:
    rule = make_rule()
    assert states(drift(rule, LiveState())) == [State.NOT_DEPLOYED]
    state, _ = live(rule, Mark("another", rule.kind, rule.id), severity="High")
    assert states(drift(rule, state)) == [State.FOREIGN]
    gone = Mark(TAG, rule.kind, rule.id, MarkState.DELETED, datetime(2026, 1, 1, tzinfo=UTC))
    assert states(drift(rule, LiveState({}, {}, {rule.key: LiveMark(gone, None)}))) == [
        State.NOT_DEPLOYED
    ]


def test_a_mark_without_its_resource_is_a_deletion(make_rule: Callable[..., Resource]) -> None:
    rule = make_rule()
    mark = LiveMark(Mark(TAG, rule.kind, rule.id), None)
    report = drift(rule, LiveState({}, {}, {rule.key: mark}))
    assert states(report) == [State.DELETED]
    assert len(report.open) == 1


def test_what_we_switched_off_ourselves_waits_for_nobody(
    make_rule: Callable[..., Resource],
) -> None:
    rule = make_rule()
    held = Mark(TAG, rule.kind, rule.id, hold="It floods the SOC.")
    report = drift(rule, live(rule, held, enabled=False)[0])
    assert (states(report), report.open) == ([State.EDITED], ())
    assert "held by `vedette disable`: It floods the SOC." in render_text(report)
    more = drift(rule, live(rule, held, enabled=False, severity="High")[0])
    assert len(more.open) == 1, "whoever edits it besides has to be asked"


def test_the_audit_log_is_read_whether_a_cell_is_text_or_an_object() -> None:
    rows: list[dict[str, object]] = [
        {"RuleId": "a", "ExtendedProperties": '{"CallerName": "kim"}', "TimeGenerated": "t"},
        {"RuleId": "b", "ExtendedProperties": {"CallerName": "bob", "CallerIpAddress": "i"}},
        {"RuleId": "c", "ExtendedProperties": "no JSON"},
        {"RuleId": "d", "ExtendedProperties": None},
    ]
    assert editors_of(rows) == {"a": Editor("kim", "t"), "b": Editor("bob", address="i")}
    assert editor_in({}) is None


@pytest.mark.parametrize("render", [render_text, render_markdown, render_json])
def test_a_name_cannot_write_on_the_terminal_or_in_the_page(
    render: Callable[[DriftReport], str], make_rule: Callable[..., Resource]
) -> None:
    rule = make_rule(name="\x1b[2J<script>`|")
    report = drift(rule, live(rule, severity="High")[0], unknown="\x1b[2J")
    text = render(report)
    assert "\x1b" not in text
    if render is render_markdown:
        assert "<script>" not in text
    assert "vedette adopt" in text


def test_a_page_of_drift_is_what_a_reviewer_reads(make_rule: Callable[..., Resource]) -> None:
    rule = make_rule(query="A\n| where b")
    state, _ = live(rule, severity="High", query="A\n| where c", tactics=["Execution"])
    report = drift(rule, state, editors={rule.id: Editor("kim", "2026-01-14", address="192.0.2.7")})
    assert render_markdown(report) == (
        """\
## Drift of `x`

1 edited, 0 deleted, 0 auto-disabled, 0 not deployed, 0 foreign, 0 as deployed; 1 to decide about.

### Click on a link: edited

`6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05`, `detections/email/rule.yaml`

- by kim at 2026-01-14 from 192.0.2.7

~~~diff
query
@@ -1,2 +1,2 @@
 A
-| where b
+| where c
severity  Medium -> High
tactics
- InitialAccess
~~~

- `revert: vedette apply --env x`
- `adopt: vedette adopt 6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05 --env x`
- `lock: an entry in 'locks' of environments/x.yaml`
"""
    )
