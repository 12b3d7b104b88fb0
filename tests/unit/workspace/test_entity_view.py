"""What breaks when an entity's properties are not those that the SDK reads."""

from __future__ import annotations

from typing import Any

import pytest
from azure.mgmt.securityinsight import models

from vedette.simulate.types import Entity
from vedette.workspace.entity_types import ENTITY_TYPES
from vedette.workspace.entity_view import count_kinds, display_name, render_entity

IDENTIFIERS = [
    (entity_type, identifier)
    for entity_type, known in ENTITY_TYPES.items()
    for identifier in known.identifiers
]


@pytest.mark.parametrize(("entity_type", "identifier"), IDENTIFIERS)
def test_the_sdk_does_not_know_a_property(entity_type: str, identifier: str) -> None:
    rendered = render_entity("/x", Entity(entity_type, ((identifier, "1"),)))
    known = _rest_names(rendered["kind"])
    assert set(rendered["properties"]) <= known, f"{rendered['kind']} has {sorted(known)}"


def test_every_mapping_type_is_covered() -> None:
    names = {item.value for item in models.EntityMappingType}
    assert names == set(ENTITY_TYPES)


def test_a_value_has_the_wrong_type() -> None:
    account = render_entity("/x", Entity("Account", (("IsDomainJoined", "True"), ("Name", "bob"))))
    assert account["properties"]["isDomainJoined"] is True
    mail = render_entity(
        "/x",
        Entity("MailMessage", (("Urls", '["https://a.example","b"]'), ("Threats", "Phish, Spam"))),
    )
    assert mail["properties"]["urls"] == ["https://a.example", "b"]
    assert mail["properties"]["threats"] == ["Phish", "Spam"]
    cluster = render_entity("/x", Entity("MailCluster", (("MailCount", "3"), ("Query", "q"))))
    assert cluster["properties"]["mailCount"] == 3


def test_an_identifier_that_entities_lack_is_lost() -> None:
    account = render_entity("/x", Entity("Account", (("FullName", "a@b.c"),)))
    assert account["properties"] == {
        "friendlyName": "a@b.c",
        "additionalData": {"FullName": "a@b.c"},
    }


@pytest.mark.parametrize(
    ("entity", "shown"),
    [
        (Entity("Account", (("Name", "bob"), ("UPNSuffix", "contoso.com"))), "bob@contoso.com"),
        (Entity("Account", (("Sid", "S-1-5-21"),)), "S-1-5-21"),
        (Entity("MailMessage", (("NetworkMessageId", "1"), ("Subject", "Hi"))), "Hi"),
        (Entity("URL", (("Url", "https://a.example"),)), "https://a.example"),
        (Entity("IP", ()), "IP"),
    ],
)
def test_an_entity_is_shown_by_another_name(entity: Entity, shown: str) -> None:
    assert display_name(entity) == shown


def test_kinds_are_miscounted() -> None:
    entities = [
        Entity("IP", (("Address", "1"),)),
        Entity("IP", (("Address", "2"),)),
        Entity("DNS", ()),
    ]
    assert count_kinds(entities) == [
        {"entityKind": "DnsResolution", "count": 1},
        {"entityKind": "Ip", "count": 2},
    ]


def _rest_names(kind: str) -> set[str]:
    """The JSON names of the properties of an entity kind, as the SDK's model has them."""
    name = {"DnsResolution": "Dns"}.get(kind, kind)
    model: Any = getattr(models, f"{name}EntityProperties", None) or getattr(
        models, f"{name}Properties"
    )
    return {
        field._rest_name_input or attribute
        for base in model.__mro__
        for attribute, field in vars(base).items()
        if hasattr(field, "_rest_name_input")
    }
