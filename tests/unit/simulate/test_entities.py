"""What breaks when an alert carries the wrong entities, or too many."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.detection import EntityMapping, FieldMapping
from vedette.simulate.entities import extract

TABLE = yaml.safe_load(
    (Path(__file__).parents[2] / "cases/simulate/entities.yaml").read_text(encoding="utf-8")
)


def _mapping(entity_type: str, **columns: str) -> EntityMapping:
    return EntityMapping(entity_type, tuple(FieldMapping(*pair) for pair in columns.items()))


ACCOUNT = _mapping("Account", Name="U", UPNSuffix="S")
ADDRESS = _mapping("IP", Address="A")
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "U": st.sampled_from([None, "", "ana", "SYSTEM", "ben@x.example"]),
            "S": st.sampled_from([None, "contoso.com"]),
            "A": st.sampled_from([None, "192.0.2.1", "192.0.2.2"]),
        }
    ),
    max_size=12,
)


@pytest.mark.parametrize("case", TABLE, ids=[case["name"] for case in TABLE])
def test_rows_give_the_wrong_entities(case: dict[str, Any]) -> None:
    mappings = [_mapping(entity_type, **columns) for entity_type, columns in case["mappings"]]
    found = extract(mappings, case["rows"])
    assert [[entity.type, dict(entity.identifiers)] for entity in found.entities] == case[
        "entities"
    ]
    assert found.dropped == case.get("dropped", 0)


@given(records=RECORDS)
def test_rows_that_repeat_change_the_entities(records: Sequence[dict[str, object]]) -> None:
    once = extract([ACCOUNT, ADDRESS], records)
    assert extract([ACCOUNT, ADDRESS], [*records, *records]) == once
    assert len(set(once.entities)) == len(once.entities)


@given(records=RECORDS)
def test_the_order_of_rows_decides_which_entities_there_are(
    records: Sequence[dict[str, object]],
) -> None:
    forwards, backwards = (extract([ACCOUNT, ADDRESS], rows) for rows in (records, records[::-1]))
    assert set(forwards.entities) == set(backwards.entities)


@given(count=st.integers(1, 10), each=st.integers(0, 600))
def test_the_mappings_exceed_their_equal_shares_of_500(count: int, each: int) -> None:
    mappings = [_mapping("IP", Address=f"A{index}") for index in range(count)]
    rows = [{f"A{index}": f"{index}:{row}" for index in range(count)} for row in range(each)]
    found = extract(mappings, rows)
    share = min(500 // count, each)
    assert len(found.entities) == share * count
    assert found.dropped == (each - share) * count


def test_the_entities_exceed_64_kilobytes() -> None:
    rows = [{"A": f"{row:05d}" + "x" * 1000} for row in range(100)]
    found = extract([ADDRESS], rows)
    assert 60 <= len(found.entities) < 64
    assert len(found.entities) + found.dropped == 100
    assert [entity.identifiers[0][1][:5] for entity in found.entities[:2]] == ["00000", "00001"]


def test_a_type_that_is_not_known_makes_entities() -> None:
    found = extract([_mapping("Acount", Name="U")], [{"U": "ana"}])
    assert (found.entities, found.dropped) == ((), 1)
