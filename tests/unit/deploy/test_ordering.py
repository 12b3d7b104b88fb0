"""A rule that goes before what it needs is refused, and in the order of file names that is luck."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.deploy.ordering import in_order
from vedette.deploy.resource import Key, Resource, ResourceKind
from vedette.errors import UsageError


def make(name: str, kind: ResourceKind = ResourceKind.FUNCTION, *needs: Key) -> Resource:
    return Resource(kind, name, name, name, PurePosixPath(f"{name}.yaml"), {}, needs=needs)


def key(name: str, kind: ResourceKind = ResourceKind.FUNCTION) -> Key:
    return make(name, kind).key


def names(resources: list[Resource]) -> list[str]:
    return [resource.label for resource in resources]


def test_t13_what_is_needed_goes_first_whatever_it_is_called() -> None:
    resources = [
        make("rule", ResourceKind.RULE, key("a")),
        make("a", ResourceKind.FUNCTION, key("z"), key("list", ResourceKind.WATCHLIST)),
        make("list", ResourceKind.WATCHLIST),
        make("z"),
    ]
    assert names(in_order(resources)) == ["z", "list", "a", "rule"]


def test_without_needs_it_is_by_kind_and_file() -> None:
    resources = [
        make("hunt", ResourceKind.HUNTING),
        make("rule-b", ResourceKind.RULE),
        make("rule-a", ResourceKind.RULE),
        make("list", ResourceKind.WATCHLIST),
        make("f"),
    ]
    assert names(in_order(resources)) == ["f", "list", "rule-a", "rule-b", "hunt"]


def test_what_the_repository_does_not_have_is_not_waited_for() -> None:
    assert names(in_order([make("a", ResourceKind.FUNCTION, key("elsewhere"))])) == ["a"]


@pytest.mark.parametrize("entrance", [(), ("in",)])
def test_t13_a_circle_is_named(entrance: tuple[str, ...]) -> None:
    resources = [
        make("a", ResourceKind.FUNCTION, key("b")),
        make("b", ResourceKind.FUNCTION, key("c")),
        make("c", ResourceKind.FUNCTION, key("a")),
        *(make(name, ResourceKind.RULE, key("b")) for name in entrance),
    ]
    with pytest.raises(UsageError, match=r"a needs b needs c needs a$"):
        in_order(resources)


@given(st.permutations(list(range(8))), st.data())
def test_the_order_of_files_never_matters(order: list[int], data: st.DataObject) -> None:
    resources = [
        make(
            f"f{number}",
            ResourceKind.FUNCTION,
            *(
                key(f"f{other}")
                for other in data.draw(st.sets(st.integers(0, 7)), label=str(number))
                if other > number
            ),
        )
        for number in range(8)
    ]
    forwards = in_order(resources)
    assert in_order(resources[number] for number in order) == forwards
    place = {resource.key: index for index, resource in enumerate(forwards)}
    for resource in forwards:
        assert all(place[need] < place[resource.key] for need in resource.needs)
