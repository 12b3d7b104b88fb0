"""What breaks when the compiler is asked how a query goes on."""

from __future__ import annotations

import pytest

from vedette.kql.binder import Binder
from vedette.kql.completion import Completion, matching, word_after, word_before
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, FunctionDefinition, TableSchema


def _table(name: str, *columns: str) -> TableSchema:
    return TableSchema(name, tuple(Column(column, "string") for column in columns), "a test")


CATALOGUE = Catalogue(
    tables={
        "EmailEvents": _table("EmailEvents", "Subject", "SenderFromDomain", "To"),
        "UrlClickEvents": _table("UrlClickEvents", "Url", "ActionType"),
    },
    functions={"IsPhish": FunctionDefinition("IsPhish", "threats: string", "threats has 'Phish'")},
)


@pytest.fixture(scope="module")
def offered() -> dict[str, list[Completion]]:
    """What is offered at the bar of each text: one compiler for all, as in the workspace."""
    found = {}
    with Binder() as binder:
        for text in (
            "Ema|",
            "EmailEvents | whe|",
            "EmailEvents | where send| == 'x'",
            "EmailEvents | where Subject == '\U0001f600' and Send|",
            "EmailEvents | extend y = to|",
            "EmailEvents | where Is|",
            "EmailEvents | project-|",
            "EmailEvents | extend gap = now()-Sub|",
            "EmailEvents | join kind=lefta| UrlClickEvents on Url",
            "EmailEvents | summarize cou|",
        ):
            at = text.rindex("|")
            before, after = text[:at], text[at + 1 :]
            word = word_before(before)
            start = len(before) - len(word)
            whole = before[:start] + after[len(word_after(after)) :]
            items = binder.complete(whole, start, CATALOGUE)
            found[text] = matching(items, word, 20)
        assert binder.bind("EmailEvents | take 1", CATALOGUE).ok
        deep = "print " + "(" * 20_000
        assert binder.complete(deep, len(deep), CATALOGUE) == ()
        assert binder.bind("EmailEvents | take 1", CATALOGUE).ok
    return found


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Ema|", Completion("Table", "EmailEvents", "EmailEvents\n| ")),
        ("EmailEvents | whe|", Completion("QueryPrefix", "where", "where ")),
        (
            "EmailEvents | where send| == 'x'",
            Completion("Column", "SenderFromDomain", "SenderFromDomain "),
        ),
        (
            "EmailEvents | where Subject == '\U0001f600' and Send|",
            Completion("Column", "SenderFromDomain", "SenderFromDomain "),
        ),
        ("EmailEvents | extend y = to|", Completion("Column", "To", "To")),
        ("EmailEvents | where Is|", Completion("DatabaseFunction", "IsPhish", "IsPhish(", ")")),
        ("EmailEvents | project-|", Completion("QueryPrefix", "project-away", "project-away ")),
        ("EmailEvents | extend gap = now()-Sub|", Completion("Column", "Subject", "Subject")),
        (
            "EmailEvents | join kind=lefta| UrlClickEvents on Url",
            Completion("Syntax", "leftanti", "leftanti "),
        ),
        ("EmailEvents | summarize cou|", Completion("AggregateFunction", "count", "count()")),
    ],
)
def test_what_is_meant_is_not_offered_first(
    offered: dict[str, list[Completion]], text: str, first: Completion
) -> None:
    assert offered[text][0] == first


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("EmailEvents | where Sen", "Sen"),
        ("on $le", "$le"),
        ("x | project-aw", "project-aw"),
        ("now()-Time", "Time"),
        ("Count-Time", "Time"),
        ("take 10", ""),
        ("a == ", ""),
        ("", ""),
    ],
)
def test_the_word_is_another(text: str, word: str) -> None:
    assert word_before(text) == word


def test_a_table_without_events_comes_before_one_with_them() -> None:
    items = [Completion("Table", name, name) for name in ("EmailA", "EmailB", "MyEmail", "Other")]
    found = matching([*items, Completion("Punctuation", "(", "(")], "email", 3, {"EmailB", "Other"})
    assert [item.name for item in found] == ["EmailB", "EmailA", "MyEmail"]
