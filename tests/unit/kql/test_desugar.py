"""What breaks: a rewrite means something else, touches what it must not, or loses its place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vedette.errors import UnsupportedError
from vedette.kql.binder import Binder
from vedette.kql.desugar.desugar import Desugared, desugar
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, FunctionDefinition, TableSchema

T = TableSchema(
    "T",
    tuple(
        Column(name, type_)
        for name, type_ in {
            "TimeGenerated": "datetime",
            "S": "string",
            "N": "long",
            "R": "real",
            "P": "timespan",
            "D": "dynamic",
        }.items()
    ),
    "here",
)
U = TableSchema("U", (Column("S", "string"), Column("V", "string"), Column("W", "long")), "here")
CATALOGUE = Catalogue(
    {"T": T, "U": U},
    {
        "Twice": FunctionDefinition("Twice", "n:long", "Once(n) * 2 // twice"),
        "Once": FunctionDefinition("Once", "n:long", "n"),
        "Gap": FunctionDefinition("Gap", "a:long = 1, b:long = 2", "a + b"),
        "Since": FunctionDefinition(
            "Since", "span:timespan, least:long = 0", "T | where N >= least"
        ),
    },
    {"Known": (Column("SearchKey", "string"),)},
)


@pytest.fixture(scope="module")
def binder() -> Iterator[Binder]:
    with Binder() as started:
        yield started


def rewritten(binder: Binder, text: str) -> Desugared:
    bound = binder.bind(text, CATALOGUE)
    assert bound.ok, bound.diagnostics
    return desugar(bound)


@pytest.mark.parametrize(
    "text",
    [
        "T | where N > 1 and TimeGenerated > ago(1h) // a comment\n| take 5",
        "let t = 1h; // why\nT\n| summarize Rows = count() by bin(TimeGenerated, t)",
        "T | where D.a.b[0] == 'x' | project D.a, N",
        "T | where S == 'a' and S in ('b', 'c')",
        "T | join kind=inner U on S | project S, V",
        "T | extend X = strcat('//', N) | sort by X desc",
        "print dynamic({'a': [1, 2]}), datetime(2026-01-01), 1d",
    ],
)
def test_what_no_rule_knows_is_copied_to_the_letter(text: str, binder: Binder) -> None:
    result = rewritten(binder, text)
    assert result.body.text == text
    assert result.functions == ()
    assert not result.ingestion


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("_GetWatchlist('Known') | take 1", "['$Watchlist_Known'] | take 1"),
        ('_GetWatchlist("Known") | take 1', "['$Watchlist_Known'] | take 1"),
        ('table("T") | take 1', "['T'] | take 1"),
        ('workspace("w").T | take 1', "T | take 1"),
        ("(T | take 2) | take 1", "T | take 2 | take 1"),
        ("((T)) // why\n| take 1", "T // why\n| take 1"),
        ("T | where isnull(S) or isnotnull(S)", "T | where false or true"),
        ("T | where isnull(N)", "T | where isnull(N)"),
        ("print replace('a', 'b', 'c')", "print ['print_0'] = replace_regex('c', 'a', 'b')"),
        (
            "T | project-reorder S, N",
            "T | project ['S'], ['N'], ['TimeGenerated'], ['R'], ['P'], ['D']",
        ),
        ("T | project-keep S", "T | project ['S']"),
        ("T | summarize makeset(S)", "T | summarize ['set_S'] = make_set(S)"),
        (
            "T | summarize Set = makeset(S), N = any(N)",
            "T | summarize Set = make_set(S), N = take_any(N)",
        ),
        (
            "T | summarize make_list(N, 5), arg_max(N, *), any(S) by tolower(S)",
            (
                "T | summarize ['list_N'] = array_slice(make_list(N), 0, (5) - 1), arg_max(N, *), "
                "['any_S'] = take_any(S) by ['Column1'] = tolower(replace_string(S, '', ''))"
            ),
        ),
        (
            "T | extend strlen(S), N + 1",
            "T | extend ['strlen_S'] = strlen(replace_string(S, '', '')), ['Column1'] = N + 1",
        ),
        ("T | where S has 'a'", "T | where replace_string(S, '', '') has 'a'"),
        ("T | where D has 'a'", "T | where D has 'a'"),
        (
            "T | where S has_any ('ab', 'c\"d', '-e')",
            (
                "T | where (replace_string(S, '', '') matches regex @\"(?i)"
                r"(?:^|[^\pL\pN])ab(?:$|[^\pL\pN])|(?:^|[^\pL\pN])c\x22d(?:$|[^\pL\pN])|"
                '\\x2de(?:$|[^\\pL\\pN])")'
            ),
        ),
        (
            "T | where S has_any (dynamic(['a']))",
            "T | where replace_string(S, '', '') has_any (dynamic(['a']))",
        ),
        ("T | where D.a == 1 and 2 < D.b", "T | where todouble(D.a) == 1 and 2 < todouble(D.b)"),
        (
            "T | project X = bin(P, 1h), Y = P / P",
            "T | project X = bin(totimespan(P), 1h), Y = totimespan(P) / P",
        ),
        ("T | project X = R / N, Y = N / N", "T | project X = todouble(R) / N, Y = N / N"),
        ("T | project X = D.[0].a", "T | project X = D[0].a"),
        (
            "T | project X = tostring(split(S, '/', 1)[0])",
            "T | project X = tostring(split(S, '/')[1])",
        ),
        ("T | project X = parsejson(S).a", "T | project X = parse_json(S).a"),
        ("T | mv-expand D.a", "T | mv-expand ['D_a'] = D.a"),
        ("T | serialize", "T | where true"),
        (
            "T | extend X = column_ifexists('S', ''), Y = column_ifexists('No', 'd')",
            "T | extend X = ['S'], Y = ('d')",
        ),
        (
            "T | join kind=leftouter U on S | where V == ''",
            "T | join kind=leftouter U on S\n| extend ['V'] = coalesce(['V'], '') | where V == ''",
        ),
        (
            "T | join kind=leftouter U on S | where W == 1",
            "T | join kind=leftouter U on S | where W == 1",
        ),
        (
            "union T, U | where V == ''",
            "union T, U\n| extend ['V'] = coalesce(['V'], '') | where V == ''",
        ),
        ("T | extend s = S | project s", "T | extend ['s$case2'] = S | project ['s$case2']"),
    ],
)
def test_a_spelling_that_the_translator_reads(text: str, expected: str, binder: Binder) -> None:
    assert rewritten(binder, text).body.text == expected


def test_functions_of_the_workspace_come_first_callees_before_callers(binder: Binder) -> None:
    result = rewritten(binder, "Since(1h) | project X = Twice(N)")
    assert result.body.text == (
        "let Once = (n:long) {n\n};\n"
        "let Twice = (n:long) {Once(n) * 2 // twice\n};\n"
        "Since(1h) | project X = Twice(N)"
    )
    assert result.functions == (
        "function Since(span:timespan, least:long = 0) {T | where N >= least\n}",
    )


def test_named_arguments_take_their_places(binder: Binder) -> None:
    result = rewritten(binder, "Since(least = 3, span = 1h)")
    assert result.body.text == "Since(1h, 3)"
    with pytest.raises(UnsupportedError, match="a named argument after an omitted one"):
        rewritten(binder, "print Gap(b = 3)")


def test_a_tabular_function_of_the_query_becomes_a_definition(binder: Binder) -> None:
    result = rewritten(binder, "let F = (n: long) { T | where N == n };\nF(1) | union (F(2))")
    assert result.body.text == "\nF(1) | union (F(2))"
    assert result.functions == ("function F(n: long) { T | where N == n }",)


def test_a_function_that_is_told_its_table_is_defined_for_each(binder: Binder) -> None:
    result = rewritten(binder, "let F = (t: string) { table(t) | take 1 };\nunion F('T'), F('U')")
    assert result.body.text.lstrip() == "union F_0('T'), F_1('U')"
    assert [definition.partition("{")[2] for definition in result.functions] == [
        " ['T'] | take 1 }",
        " ['U'] | take 1 }",
    ]


def test_ingestion_time_reads_the_hidden_column_and_nothing_may_leak_it(binder: Binder) -> None:
    result = rewritten(binder, "T | where ingestion_time() > ago(1h)")
    assert result.body.text == "T | where ['$HiddenIngestionTime'] > ago(1h)"
    assert result.ingestion
    with pytest.raises(UnsupportedError, match="over all columns") as refusal:
        rewritten(binder, "U | where ingestion_time() > ago(1h) | distinct *")
    assert refusal.value.offset == 39


@pytest.mark.parametrize(
    "text",
    [
        "T // ä\n| where S has 'x' | join kind=leftouter (U | where V == '') on S | where V == ''",
        "let F = (n: long) { T | where N == n };\n(F(1)) | extend X = Twice(N) | project-reorder X",
        "T | summarize makeset(S), strlen(tolower(max(S))) by bin(P, 1h) | take 1",
    ],
)
def test_every_copied_letter_keeps_its_place_in_the_original(text: str, binder: Binder) -> None:
    body = rewritten(binder, text).body
    copied = 0
    position = 0
    for piece in body.pieces:
        for index, letter in enumerate(piece.text):
            place = body.original(position + index)
            if piece.copied:
                assert place is not None
                assert text[place] == letter
                copied += 1
            elif place is not None:
                assert 0 <= place <= len(text)
        position += len(piece.text)
    assert copied > 20
    assert body.original(position) is None
