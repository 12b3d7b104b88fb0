"""Somebody approves what a plan shows: it must show all of it, and nothing may hide in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from vedette.deploy.diff import FieldChange
from vedette.deploy.outcome import Applied, Outcome, Status
from vedette.deploy.ownership import Mark, MarkState
from vedette.deploy.plan import Action, Change, Plan, Target
from vedette.deploy.resource import NO_FILE, Collection, Resource, ResourceKind
from vedette.errors import ServiceError
from vedette.report.apply import render_outcome, render_summary
from vedette.report.plan import render_json, render_markdown, render_text

TARGET = Target(
    environment="production",
    tenant="aaaaaaaa-0000-4000-8000-000000000000",
    subscription="bbbbbbbb-0000-4000-8000-000000000000",
    resource_group="rg-sentinel",
    workspace="law-sentinel",
    endpoint="https://management.azure.com",
    account="alice@contoso.example",
    method="azure-cli",
)


def resource(kind: ResourceKind, label: str, name: str, rows: int = 0) -> Resource:
    path = PurePosixPath(f"detections/email/{label}.yaml")
    cells = tuple({"Sender": str(number)} for number in range(rows))
    return Resource(kind, f"id-of-{label}", name, label, path, {"properties": {}}, cells)


RULE = resource(ResourceKind.RULE, "clicked", "Click on a link")
FIELDS = (
    FieldChange("customDetails.Sender", None, "SenderFromAddress"),
    FieldChange("enabled", False, True),
    FieldChange("query", "T\n| where a\n| take 1", "T\n| where b\n| take 1"),
    FieldChange("tactics", ("Execution", "Impact"), ("Execution", "InitialAccess")),
)
UPDATE = Change(Action.UPDATE, RULE, FIELDS, '"1"', "the service had switched this rule off")


def plan(
    *changes: Change,
    foreign: Mapping[Collection, int] | None = None,
    warnings: tuple[str, ...] = (),
) -> Plan:
    kinds = {kind.collection: kind for kind in ResourceKind}
    others = tuple(
        Change(Action.FOREIGN, resource(kinds[collection], f"other-{number}", f"Other {number}"))
        for collection, count in (foreign or {}).items()
        for number in range(count)
    )
    return Plan(TARGET, "1.0", (*changes, *others), warnings)


FULL = plan(
    Change(Action.CREATE, resource(ResourceKind.WATCHLIST, "Senders", "Known senders", rows=1)),
    UPDATE,
    Change(Action.NO_OP, resource(ResourceKind.HUNTING, "find", "Find it")),
    foreign={Collection.RULES: 1, Collection.SEARCHES: 12, Collection.WATCHLISTS: 0},
)


def test_a_plan_on_a_terminal() -> None:
    assert (
        render_text(FULL)
        == """\
Plan for 'production': rg-sentinel/law-sentinel
  subscription bbbbbbbb-0000-4000-8000-000000000000, tenant aaaaaaaa-0000-4000-8000-000000000000
  at https://management.azure.com as alice@contoso.example (azure-cli)

+ create  watchlist  Senders  Known senders (1 row)
~ update  rule       clicked  Click on a link
    ! the service had switched this rule off
    customDetails.Sender  (not set) -> SenderFromAddress
    enabled               false -> true
    query
      @@ -1,3 +1,3 @@
       T
      -| where a
      +| where b
       | take 1
    tactics
      - Impact
      + InitialAccess

1 to create, 1 to update, 1 unchanged.
Not of this repository, and left alone: 1 rule, 12 saved searches.
    rule          other-0  Other 0
    saved search  other-0  Other 0
    saved search  other-1  Other 1
    saved search  other-2  Other 2
    saved search  other-3  Other 3
    saved search  other-4  Other 4
    saved search  other-5  Other 5
    saved search  other-6  Other 6
    saved search  other-7  Other 7
    saved search  other-8  Other 8
    and 3 more (--format json names them all)
"""
    )


def test_a_plan_in_a_pipelines_summary() -> None:
    assert (
        render_markdown(FULL)
        == """\
## Plan for `production`

`rg-sentinel/law-sentinel` as `alice@contoso.example` (azure-cli).

**1 to create, 1 to update, 1 unchanged.** Not of this repository, and left alone: 1 rule, \
12 saved searches.

| | kind | resource | name |
|---|---|---|---|
| create | watchlist | `Senders` | Known senders |
| update | rule | `clicked` | Click on a link |

### update `clicked`

the service had switched this rule off.

~~~diff
customDetails.Sender  (not set) -> SenderFromAddress
enabled               false -> true
query
@@ -1,3 +1,3 @@
 T
-| where a
+| where b
 | take 1
tactics
- Impact
+ InitialAccess
~~~
"""
    )


def test_a_plan_for_a_program() -> None:
    content = json.loads(render_json(FULL))
    assert content["fingerprint"] == FULL.fingerprint
    assert {action: number for action, number in content["counts"].items() if number} == {
        "create": 1,
        "update": 1,
        "no-op": 1,
        "foreign": 13,
    }
    assert set(content["counts"]) == {action.value for action in Action}
    assert content["foreign"] == {
        "alertRules": 1,
        "savedSearches": 12,
        "watchlists": 0,
        "automationRules": 0,
        "detectionRules": 0,
    }
    assert content["target"]["workspace"] == "law-sentinel"
    actions = [change["action"] for change in content["changes"]]
    assert actions == ["create", "update", "no-op", *["foreign"] * 13]
    assert content["changes"][1] == {
        "action": "update",
        "kind": "rule",
        "id": "id-of-clicked",
        "name": "Click on a link",
        "source": "detections/email/clicked.yaml",
        "etag": '"1"',
        "reason": "",
        "mark": None,
        "note": "the service had switched this rule off",
        "fields": [
            {"field": "customDetails.Sender", "before": None, "after": "SenderFromAddress"},
            {"field": "enabled", "before": False, "after": True},
            {
                "field": "query",
                "before": "T\n| where a\n| take 1",
                "after": "T\n| where b\n| take 1",
            },
            {"field": "tactics", "removed": ["Impact"], "added": ["InitialAccess"]},
        ],
    }


RETIRED = datetime(2026, 1, 1, tzinfo=UTC)
HELD = plan(
    Change(
        Action.ADOPT,
        resource(ResourceKind.HUNTING, "find", "Find it"),
        reason="until now without a mark",
    ),
    Change(
        Action.BLOCKED,
        RULE,
        reason="'x' in the workspace, not ours, has the same name",
    ),
    Change(
        Action.SKIP,
        resource(ResourceKind.RULE, "waits", "Waits"),
        reason="the workspace has no table 'T'",
    ),
    Change(
        Action.DISABLE,
        replace(resource(ResourceKind.RULE, "old", "Old"), path=NO_FILE),
        (FieldChange("enabled", True, False),),
        '"2"',
        reason="no file defines it",
        mark=Mark(
            "t", ResourceKind.RULE, "old", MarkState.RETIRED, datetime(2026, 1, 1, tzinfo=UTC)
        ),
    ),
    warnings=("tables were not checked",),
)


def test_a_plan_that_is_blocked_says_why_and_that_nothing_is_written() -> None:
    text = render_text(HELD)
    assert (
        text.partition("(azure-cli)\n\n")[2]
        == """\
~ adopt    hunting query  find     Find it
    until now without a mark
! blocked  rule           clicked  Click on a link
    'x' in the workspace, not ours, has the same name
! skip     rule           waits    Waits
    the workspace has no table 'T'
~ disable  rule           old      Old
    no file defines it
    enabled  true -> false
! tables were not checked

0 to create, 0 to update, 1 to disable, 1 to adopt, 1 skipped, 1 blocked, 0 unchanged.
Nothing else is in the workspace.
Blocked: nothing is written until what is blocked is put right.
"""
    )


def test_a_blocked_plan_in_a_summary_shows_its_reasons_and_what_was_not_checked() -> None:
    text = render_markdown(HELD)
    assert "\n**Blocked: nothing is written until what is blocked is put right.**\n" in text
    assert "\ntables were not checked\n" in text
    assert "### blocked `clicked`\n\n'x' in the workspace, not ours, has the same name.\n" in text


def test_a_program_is_told_of_marks_and_of_what_has_no_file() -> None:
    content = json.loads(render_json(HELD, adopt=["all"]))
    old = content["changes"][3]
    assert (old["source"], old["mark"], old["etag"]) == (None, "retired", '"2"')
    assert content["adopt"] == ["all"]
    assert content["warnings"] == ["tables were not checked"]


def test_t21_counts_are_of_the_plans_own_entries() -> None:
    empty = plan()
    assert "0 to create, 0 to update, 0 unchanged." in render_text(empty)
    assert "Nothing else is in the workspace." in render_text(empty)


def test_colours_mark_what_is_new_gone_and_changed() -> None:
    text = render_text(FULL, colour=True)
    assert "\x1b[32m      +| where b\x1b[0m" in text
    assert "\x1b[31m      -| where a\x1b[0m" in text
    assert "\x1b[33m~ update" in text
    assert "\x1b" not in render_text(FULL)


@pytest.mark.parametrize(
    "evil",
    ["\x1b[2K\x1b[1A", "\r", "\x9b2J", "\u202e", "\u2028", "\x07"],
)
def test_what_a_terminal_would_obey_is_shown_instead(evil: str) -> None:
    change = Change(
        Action.UPDATE,
        resource(ResourceKind.RULE, "x", f"a{evil}b"),
        (
            FieldChange("displayName", f"c{evil}d", "e"),
            FieldChange("query", f"f\n{evil}g", "f\nh"),
            FieldChange("tactics", (f"{evil}i",), ()),
        ),
        note=f"{evil}j",
    )
    written = plan(change)
    for text in (render_text(written), render_markdown(written)):
        assert not set(evil) & set("\x1b\r\x9b\u202e\u2028\x07") & set(text)
        assert evil.encode("unicode_escape").decode()[:4] in text


def test_a_name_cannot_write_markdown_or_html() -> None:
    name = "<img src=x onerror=alert(1)> | **bold** [link](https://evil.example) `tick`"
    change = Change(
        Action.UPDATE,
        resource(ResourceKind.RULE, "a`|b", name),
        (FieldChange("query", "T\n~~~\n# heading", "T\n~~~~\n<b>"),),
    )
    lines = render_markdown(plan(change)).splitlines()
    (row,) = [line for line in lines if line.startswith("| update")]
    assert row == (
        "| update | rule | `` a`\\|b `` | &lt;img src=x onerror=alert(1)&gt; \\| "
        "\\*\\*bold\\*\\* \\[link\\](https://evil.example) \\`tick\\` |"
    )
    fences = [number for number, line in enumerate(lines) if line.startswith("~~~~~")]
    assert len(fences) == 2
    assert lines.index("-# heading") in range(*fences)
    assert lines.index("+<b>") in range(*fences)


def outcome(status: Status, message: str = "") -> Outcome:
    return Outcome(UPDATE, status, message)


def test_a_refusal_shows_the_services_words_below_the_resource() -> None:
    assert render_outcome(outcome(Status.REFUSED, "One of the tables does not exist.")) == (
        "refused     rule clicked\n    One of the tables does not exist."
    )
    assert render_outcome(outcome(Status.WRITTEN)) == "written     rule clicked"
    assert "\x1b" not in render_outcome(outcome(Status.REFUSED, "a\x1b[2Jb"))
    assert render_outcome(outcome(Status.FAILED), colour=True).startswith("\x1b[31m")


@pytest.mark.parametrize(
    ("statuses", "stopped", "text"),
    [
        ([], None, "Nothing to write.\n"),
        ([Status.WRITTEN] * 2, None, "2 of 2 written and read back.\n"),
        (
            [Status.WRITTEN, Status.REFUSED, Status.UNVERIFIED],
            None,
            "1 of 3 written and read back, 1 refused, 1 unverified.\n",
        ),
        ([Status.REFUSED], None, "0 of 1 written and read back, 1 refused.\n"),
        (
            [Status.FAILED, Status.NOT_TRIED],
            "no answer",
            """\
0 of 2 written and read back, 1 failed, 1 not tried.
The run ended early: no answer
""",
        ),
    ],
)  # fmt: skip
def test_the_end_of_a_run_counts_every_ending(
    statuses: list[Status], stopped: str | None, text: str
) -> None:
    error = None if stopped is None else ServiceError(stopped)
    outcomes = tuple(outcome(status) for status in statuses)
    assert render_summary(Applied(plan(), outcomes, error)) == text
