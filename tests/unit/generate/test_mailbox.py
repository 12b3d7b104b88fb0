"""A mailbox that the engine refuses, that differs from run to run, or that is unlike a real one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.evidence.values import Mismatch, typed_value
from vedette.generate.mailbox import TABLES, Size, days_of
from vedette.generate.noise import EXERCISE, TICKETS
from vedette.generate.organisation import EXECUTIVES, PRIMARY, SUBSIDIARY
from vedette.model.case import INGESTED_KEY
from vedette.schema.catalogue import stock_tables

if TYPE_CHECKING:
    from tests.unit.generate.conftest import Mailbox

SMALL = Size(users=6, days=3, seed=11, start=datetime(2026, 9, 7, tzinfo=UTC))


def lines(size: Size) -> list[str]:
    """Everything that would be written, in its order."""
    written: list[str] = []
    for day in days_of(size):
        written += [event.line() for event in day.events]
        written += [campaign.line() for campaign in day.campaigns]
    return written


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert lines(SMALL) == lines(SMALL)


def test_another_seed_gives_another_organisation() -> None:
    assert not set(lines(SMALL)) & set(lines(replace(SMALL, seed=12)))


@pytest.mark.parametrize("table", TABLES)
def test_every_value_is_of_its_column_s_type(mailbox: Mailbox, table: str) -> None:
    columns = {column.name: column.type for column in stock_tables()[table].columns}
    columns[INGESTED_KEY] = "datetime"
    rows = mailbox.rows(table)
    assert rows, f"no event of {table}"
    now = datetime(2026, 9, 7, tzinfo=UTC)
    wrong = {
        (name, columns.get(name, "no such column"), str(value)[:40])
        for row in rows
        for name, value in row.items()
        if name not in columns or isinstance(typed_value(value, columns[name], now), Mismatch)
    }
    assert not wrong


def test_every_event_loads_into_the_engine(mailbox: Mailbox) -> None:
    with Database.open() as database:
        engine = DuckEngine(database)
        for table, events in mailbox.tables.items():
            engine.load_events(stock_tables()[table], [each.record() for each in events])
        loaded = database.execute(
            "SELECT table_name, estimated_size FROM duckdb_tables() WHERE schema_name = 'events'"
        )
    expected = {table: len(events) for table, events in mailbox.tables.items()}
    assert sorted(loaded) == sorted(expected.items())


def test_events_come_in_the_order_of_their_time_and_arrive_after_it(mailbox: Mailbox) -> None:
    events = [each for day in mailbox.days for each in day.events]
    times = [each.time for each in events]
    assert times == sorted(times)
    assert all(each.time < each.ingested < each.time + timedelta(hours=11) for each in events)


def test_a_day_holds_no_event_of_another(mailbox: Mailbox) -> None:
    start = SMALL.start
    for index, day in enumerate(mailbox.days[:-1]):
        dates = {(each.time - start).days for each in day.events}
        assert dates == {index}


def test_the_first_day_does_not_wait_for_the_last() -> None:
    endless = Size(users=4, days=3_000_000, seed=1, start=SMALL.start)
    first, second = islice(days_of(endless), 2)
    assert first.events
    assert second.events[0].time >= first.events[-1].time


def test_weekends_are_quiet(mailbox: Mailbox) -> None:
    monday, saturday = mailbox.days[0].events, mailbox.days[5].events
    assert len(saturday) < len(monday) / 3


def test_honest_mail_fails_dmarc_too(mailbox: Mailbox) -> None:
    planted = {each for campaign in mailbox.campaigns for each in campaign.messages}
    inbound = [row for row in mailbox.rows("EmailEvents") if row["EmailDirection"] == "Inbound"]
    failing = [
        row for row in inbound if fails_dmarc(row) and row["NetworkMessageId"] not in planted
    ]
    delivered = [row for row in failing if row["DeliveryAction"] == "Delivered"]
    assert 0.01 < len(delivered) / len(inbound) < 0.12
    senders = {row["SenderMailFromDomain"] for row in delivered}
    assert {"bounce.newsletters.example", "b.formhub.example"} <= senders


def test_verdicts_in_header_form_come_from_the_gateway_alone(mailbox: Mailbox) -> None:
    forms = Counter(
        (row["AuthenticationDetails"].startswith("{"), row["Connectors"] is not None)
        for row in mailbox.rows("EmailEvents")
        if row["AuthenticationDetails"]
    )
    assert set(forms) == {(True, False), (False, True)}


def test_records_are_as_untidy_as_real_ones(mailbox: Mailbox) -> None:
    rows = mailbox.rows("EmailEvents")
    assert any(row["DeliveryLocation"] is None for row in rows)
    assert any(row["AuthenticationDetails"] is None for row in rows)
    assert any(row["SenderIPv6"] for row in rows)
    assert any(row["RecipientEmailAddress"] != row["RecipientEmailAddress"].lower() for row in rows)
    late = [e for e in mailbox.tables["EmailEvents"] if e.ingested - e.time > timedelta(hours=1)]
    assert 0 < len(late) < len(rows) / 20


def test_every_act_of_an_attacker_is_somebody_s_ordinary_one_too() -> None:
    size = replace(SMALL, users=300, days=1)
    (day,) = days_of(size)
    acted = {user for campaign in day.campaigns for user in campaign.acted}
    ordinary = [each for each in day.events if str(each.values).lower().find("contoso") >= 0]
    innocent = Counter(
        each.table for each in ordinary if not any(user in str(each.values) for user in acted)
    )
    for table in ("OfficeActivity", "AuditLogs", "DeviceFileEvents", "DeviceProcessEvents"):
        assert innocent[table], f"nobody but attackers is in {table}"


def test_the_organisation_is_the_one_of_the_watchlists(repository: Path) -> None:
    lists = repository / "detections" / "shared" / "watchlists"

    def text(alias: str) -> str:
        return (lists / f"{alias}.csv").read_text(encoding="utf-8")

    assert f"\n{PRIMARY}," in text("AcceptedDomains")
    assert f"\n{SUBSIDIARY}," in text("AcceptedDomains")
    assert all(name in text("VipUsers") for name, _ in EXECUTIVES)
    assert EXERCISE in text("PhishingSimulations")
    assert TICKETS.envelope.partition("@")[2] in text("TrustedThirdPartySenders")


def fails_dmarc(row: dict[str, object]) -> bool:
    """True for both spellings of a failure."""
    details = str(row["AuthenticationDetails"]).lower()
    return 'dmarc":"fail' in details or "dmarc=fail" in details
