"""A pull that forgets tables, or writes what Vedette knows already."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from vedette.errors import ServiceError
from vedette.model.yaml import parse
from vedette.schema.load_table import load_table
from vedette.schema.pulled import (
    PulledTable,
    differences,
    is_ours,
    read_metadata,
    unchanged,
)
from vedette.schema.types import Column, TableSchema
from vedette.schema.validate import validate

TIME = {"name": "TimeGenerated", "type": "datetime"}


def answer(*tables: object, **more: object) -> dict[str, object]:
    return {"tables": list(tables), **more}


def table(name: str, *columns: tuple[str, str], time: bool = True) -> dict[str, object]:
    own = [{"name": column, "type": kind} for column, kind in columns]
    return {"id": f"t/{name}", "name": name, "columns": ([TIME] if time else []) + own}


KNOWN = {
    "Mails": TableSchema(
        "Mails",
        (Column("TimeGenerated", "datetime"), Column("Size", "int"), Column("Old", "string")),
        "test",
    )
}


def test_only_what_is_not_known_is_news() -> None:
    remote = read_metadata(
        answer(
            table("Mails", ("Size", "long"), ("New", "boolean")),
            table("Mine_CL", ("True", "string"), ("Odd", "whatever")),
            functions=[{"name": "F"}],
        )
    )

    assert list(differences(remote, KNOWN)) == [
        PulledTable("Mails", (Column("Size", "long"), Column("New", "bool")), extends=True),
        PulledTable(
            "Mine_CL",
            (
                Column("TimeGenerated", "datetime"),
                Column("True", "string"),
                Column("Odd", "dynamic"),
            ),
            extends=False,
        ),
    ]
    assert remote.functions == ("F",)


def test_a_table_that_is_known_as_it_is_makes_no_file() -> None:
    remote = read_metadata(answer(table("Mails", ("Size", "int"))))

    assert list(differences(remote, KNOWN)) == []


@pytest.mark.parametrize(
    "incomplete",
    [
        None,
        [],
        {},
        {"tables": []},
        {"tables": None},
        answer(table("Mails"), error={"code": "PartialError"}),
        answer({"name": "Mails"}),
        answer({"columns": []}),
        answer({"name": "Mails", "columns": [{"type": "string"}]}),
        answer("Mails"),
    ],
)
def test_an_answer_that_is_not_whole_is_no_answer(incomplete: object) -> None:
    with pytest.raises(ServiceError):
        read_metadata(incomplete)


def test_what_no_table_file_can_hold_is_left_out_and_told() -> None:
    remote = read_metadata(
        answer(
            table("a-b"),
            table("Timeless", ("x", "int"), time=False),
            table("Job_SRCH"),
            table("Kept", ("a b", "string"), ("c", "int"), ("c", "int")),
        )
    )

    assert list(remote.tables) == ["Kept"]
    assert [column.name for column in remote.tables["Kept"].columns] == ["TimeGenerated", "c"]
    assert [note.partition(":")[0] for note in remote.notes] == ["a-b", "Timeless"]


@pytest.mark.parametrize("extends", [True, False])
def test_a_written_file_is_a_table_file_and_says_the_same(extends: bool) -> None:
    pulled = PulledTable(
        "Null", (Column("TimeGenerated", "datetime"), Column("True", "bool")), extends
    )
    text = pulled.render("the workspace w", "2026-11-24")
    document, findings = parse(text, PurePosixPath("schemas/tables/Null.yaml"))

    assert document is not None
    assert [*findings, *validate(document, "table")] == []
    definition, problems = load_table(document)
    assert definition is not None
    assert problems == []
    assert (definition.schema.name, definition.schema.columns) == (pulled.name, pulled.columns)
    assert definition.extends is extends
    assert is_ours(text)
    assert not is_ours(text.replace("# Written", "# written"))
    assert unchanged(pulled.render("elsewhere", "2027-01-01"), pulled)
    assert not unchanged(text, PulledTable("Null", pulled.columns[:1], extends))
