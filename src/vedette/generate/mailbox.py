"""The mailbox of an organisation, day by day.

The trap: what begins on one day ends on another (a click on the next morning). Such events wait for
their day, so the only thing that grows with the mailbox is what is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from vedette.generate.background import Background
from vedette.generate.campaigns.plan import campaigns_on, plant
from vedette.generate.campaigns.truth import Campaign
from vedette.generate.event import Event
from vedette.generate.noise import Noise
from vedette.generate.organisation import Organisation, build_organisation
from vedette.generate.stream import stream
from vedette.generate.traffic import Traffic

#: Every table that a mailbox may have events of.
TABLES = (
    "EmailEvents",
    "EmailUrlInfo",
    "EmailAttachmentInfo",
    "EmailPostDeliveryEvents",
    "UrlClickEvents",
    "SigninLogs",
    "AADNonInteractiveUserSignInLogs",
    "AuditLogs",
    "OfficeActivity",
    "CloudAppEvents",
    "DeviceProcessEvents",
    "DeviceFileEvents",
)


@dataclass(frozen=True, slots=True)
class Size:
    """What to generate: ``start`` is midnight UTC of the first day."""

    users: int
    days: int
    seed: int
    start: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """Events in the order of their time, and the campaigns that began on this day."""

    events: list[Event]
    campaigns: list[Campaign]


def days_of(size: Size) -> Iterator[Day]:
    """The days one after the other; the last one also has what ends after midnight."""
    organisation = build_organisation(size.users, size.seed)
    waiting: list[Event] = []
    for index in range(size.days):
        day = size.start + timedelta(days=index)
        campaigns = []
        for number, kind in campaigns_on(size.seed, size.days, index):
            campaign, events = plant(organisation, size.seed, number, kind, day)
            campaigns.append(campaign)
            waiting += events
        waiting += _ordinary(organisation, size.seed, index, day)
        waiting.sort(key=lambda each: each.time)
        cut = len(waiting)
        if index + 1 < size.days:
            midnight = day + timedelta(days=1)
            cut = next((i for i, each in enumerate(waiting) if each.time >= midnight), cut)
        yield Day(waiting[:cut], campaigns)
        del waiting[:cut]


def _ordinary(organisation: Organisation, seed: int, index: int, day: datetime) -> Iterator[Event]:
    """Everything of the day that no attacker did."""
    yield from Traffic(organisation, stream(seed, "traffic", index), day).events()
    yield from Noise(organisation, stream(seed, "noise", index), day).events()
    background = stream(seed, "background", index)
    yield from Background(organisation, background, day, seed, index).events()
