"""Truth that the events do not hold: a rule would be blamed for missing what was never there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.generate.campaigns.kinds import KINDS, STAGES
from vedette.generate.campaigns.plan import WARM_UP, campaigns_on, plant
from vedette.generate.campaigns.truth import Campaign
from vedette.generate.event import Event
from vedette.generate.organisation import build_organisation

if TYPE_CHECKING:
    from tests.unit.generate.conftest import Mailbox

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Planted:
    """A campaign with its own events."""

    campaign: Campaign
    events: list[Event]

    def rows(self, table: str) -> Rows:
        """The values of the table's events."""
        return [dict(each.values) for each in self.events if each.table == table]

    def mails(self, direction: str) -> Rows:
        """The mails of one direction."""
        return [row for row in self.rows("EmailEvents") if row["EmailDirection"] == direction]

    def clicks(self) -> Rows:
        """The clicks of those who acted."""
        found = self.rows("UrlClickEvents")
        return [row for row in found if row["AccountUpn"].lower() in self.campaign.acted]


def fails(row: dict[str, Any], what: str) -> bool:
    details = str(row["AuthenticationDetails"]).lower()
    return f'{what}":"fail' in details or f"{what}=fail" in details


def names(planted: Planted, table: str, column: str) -> set[str]:
    return {row[column] for row in planted.rows(table)}


def has_failed(planted: Planted) -> bool:
    failing = [row for row in planted.mails("Inbound") if fails(row, "dmarc")]
    # The verdicts of a record are missing once in a while, never those of a whole campaign.
    return any(row["DeliveryAction"] in ("Delivered", "Junked") for row in failing)


#: What the events of a campaign must hold for each of its stages.
EVIDENCE: dict[str, Callable[[Planted], bool]] = {
    "failed": has_failed,
    "composite-failed": lambda p: any(
        fails(row, "compauth") and not fails(row, "dmarc") for row in p.mails("Inbound")
    ),
    "partner-spoofed": lambda p: (
        {row["SenderFromDomain"] for row in p.mails("Inbound")} <= {"fabrikam.com", "northwind.com"}
    ),
    "own-domain": lambda p: names(p, "EmailEvents", "SenderFromDomain") == {"contoso.com"},
    "look-alike": lambda p: not names(p, "EmailEvents", "SenderFromDomain") & {"contoso.com"},
    "executive": lambda p: (
        names(p, "EmailEvents", "SenderDisplayName") <= {"Anna Lindqvist", "Marc Dubois"}
    ),
    "first-seen-sender": lambda p: len(names(p, "EmailEvents", "SenderFromDomain")) == 1,
    "many-recipients": lambda p: len(p.campaign.targets) >= 20,
    "trusted-sender-failing": lambda p: (
        names(p, "EmailEvents", "SenderMailFromDomain") == {"tickets.helpdesk.example"}
    ),
    "risky-attachment": lambda p: (
        names(p, "EmailAttachmentInfo", "FileExtension")
        <= {"html", "htm", "shtml", "iso", "one", "zip"}
    ),
    "qr-code": lambda p: names(p, "EmailUrlInfo", "UrlLocation") == {"QRCode"},
    "first-seen-link": lambda p: bool(p.clicks()),
    "removed": lambda p: bool(p.rows("EmailPostDeliveryEvents")),
    "removed-after-click": lambda p: (
        first(p, "UrlClickEvents") < first(p, "EmailPostDeliveryEvents")
    ),
    "clicked": lambda p: any(row["ActionType"] == "ClickAllowed" for row in p.clicks()),
    "clicked-through": lambda p: any(row["IsClickedThrough"] for row in p.clicks()),
    "several-clicked": lambda p: len(p.campaign.acted) >= 3,
    "replied": lambda p: any(r["Subject"][:3] in ("RE:", "AW:") for r in p.mails("Outbound")),
    "forwarded": lambda p: any(r["Subject"][:3] in ("FW:", "WG:") for r in p.mails("Outbound")),
    "new-place": lambda p: first(p, "UrlClickEvents") < first(p, "SigninLogs"),
    "device-code": lambda p: names(p, "SigninLogs", "AuthenticationProtocol") == {"deviceCode"},
    "stolen-session": lambda p: (
        len(names(p, "SigninLogs", "SessionId")) == 1
        and len(names(p, "SigninLogs", "IPAddress")) == 2
    ),
    "inbox-rule": lambda p: (
        names(p, "OfficeActivity", "OfficeId") == names(p, "CloudAppEvents", "ReportId") != set()
    ),
    "consent": lambda p: names(p, "AuditLogs", "OperationName") == {"Consent to application"},
    "download-ran": lambda p: first(p, "DeviceFileEvents") < first(p, "DeviceProcessEvents"),
    "script": lambda p: names(p, "DeviceProcessEvents", "FileName") == {"powershell.exe"},
    "new-method": lambda p: (
        names(p, "AuditLogs", "OperationName") == {"User registered security info"}
    ),
}


def first(planted: Planted, table: str) -> datetime:
    """The time of the table's first event; fails where there is none."""
    return min(each.time for each in planted.events if each.table == table)


def told(name: str, number: int) -> Planted:
    """A campaign of the kind in an organisation of eighty."""
    from tests.unit.generate.conftest import START

    kind = next(kind for kind in KINDS if kind.name == name)
    return Planted(*plant(build_organisation(80, number), number, number, kind, START))


@pytest.mark.parametrize("name", [kind.name for kind in KINDS])
@pytest.mark.parametrize("number", range(8))
def test_a_campaign_holds_the_evidence_of_each_of_its_stages(name: str, number: int) -> None:
    planted = told(name, number)
    missing = [stage for stage in planted.campaign.stages if not EVIDENCE[stage](planted)]
    assert not missing


@pytest.mark.parametrize("name", [kind.name for kind in KINDS])
def test_the_truth_names_messages_times_and_users_of_the_campaign_s_events(name: str) -> None:
    planted = told(name, 5)
    campaign = planted.campaign
    assert names(planted, "EmailEvents", "NetworkMessageId") == set(campaign.messages)
    received = {row["RecipientEmailAddress"].lower() for row in planted.mails("Inbound")}
    assert received == set(campaign.targets)
    assert set(campaign.acted) <= set(campaign.targets)
    assert {each.time for each in planted.events} >= {campaign.start, campaign.end}
    assert all(campaign.start <= each.time <= campaign.end for each in planted.events)
    text = "".join(each.line() for each in planted.events)
    assert campaign.addresses
    assert all(address in text for address in campaign.addresses)
    assert campaign.expect


def test_every_stage_is_explained_tested_and_planted() -> None:
    used = {stage for kind in KINDS for stage in kind.stages}
    assert used == set(STAGES) == set(EVIDENCE)


def test_every_message_of_the_truth_is_in_the_mailbox(mailbox: Mailbox) -> None:
    there = {row["NetworkMessageId"] for row in mailbox.rows("EmailEvents")}
    planted = [message for campaign in mailbox.campaigns for message in campaign.messages]
    assert len(planted) == len(set(planted))
    assert set(planted) <= there
    times = [event.time for day in mailbox.days for event in day.events]
    assert all(min(times) <= c.start <= c.end <= max(times) for c in mailbox.campaigns)


def test_a_mailbox_of_days_has_every_kind(mailbox: Mailbox) -> None:
    assert {campaign.kind for campaign in mailbox.campaigns} == {kind.name for kind in KINDS}


@given(days=st.integers(1, 120), seed=st.integers(0, 50))
def test_each_campaign_begins_once_on_one_of_the_days(days: int, seed: int) -> None:
    begun = [each for index in range(days) for each in campaigns_on(seed, days, index)]
    assert [number for number, _ in begun] == list(range(len(begun)))
    assert {kind for _, kind in begun} == set(KINDS)
    kinds = Counter(kind.name for _, kind in begun)
    assert max(kinds.values()) - min(kinds.values()) <= 1
    assert not any(list(campaigns_on(seed, days, i)) for i in range(min(WARM_UP, days // 3)))


def test_the_attackers_means_do_not_come_back() -> None:
    hosts = [
        host for number in range(30) for host in told("clicked-failing-mail", number).campaign.hosts
    ]
    assert len(hosts) == len(set(hosts)) == 30
