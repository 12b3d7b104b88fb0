"""A message, and the rows that it leaves in the mail tables.

The trap: all recipients of a message share its NetworkMessageId, each has a row of its own in
EmailEvents, and what is delivered and seen differs between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from vedette.generate.assumptions import REMOVALS, verdict_header
from vedette.generate.event import Event, compact, event
from vedette.generate.organisation import SUBSIDIARY
from vedette.generate.stream import guid

#: Mail for the subsidiary comes through this connector, which writes verdicts in header form.
GATEWAY = "Inbound from mail gateway"


@dataclass(frozen=True, slots=True)
class Authentication:
    """Verdicts in lower case; '' leaves one out."""

    spf: str = "pass"
    dkim: str = "pass"
    dmarc: str = "pass"
    compauth: str = "pass"

    def _named(self) -> list[tuple[str, str]]:
        verdicts = (
            ("SPF", self.spf),
            ("DKIM", self.dkim),
            ("DMARC", self.dmarc),
            ("CompAuth", self.compauth),
        )
        return [(name, verdict) for name, verdict in verdicts if verdict]

    def json(self) -> str:
        """As Microsoft 365 writes it."""
        return compact(dict(self._named()))

    def header(self) -> str:
        """As the gateway hands it on."""
        return verdict_header(self._named())


PASSED = Authentication()
INTERNAL = Authentication(spf="", dkim="none", dmarc="none", compauth="")


@dataclass(frozen=True, slots=True)
class Sender:
    """From and envelope; ``ip`` may be of either version."""

    address: str
    name: str
    envelope: str
    ip: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a message; ``location`` as in EmailUrlInfo.UrlLocation."""

    url: str
    location: str = "Body"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file; ``kind`` is the type that the service found in it."""

    name: str
    kind: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``first_contact``: nobody of the recipients had mail of this sender before."""

    id: str
    time: datetime
    sender: Sender
    recipients: tuple[str, ...]
    subject: str
    authentication: Authentication = PASSED
    direction: str = "Inbound"
    action: str = "Delivered"
    location: str = "Inbox/folder"
    links: tuple[Link, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    threats: str | None = None
    first_contact: bool = False
    bulk: int = 0
    language: str = "en"
    allowed: bool = False

    @property
    def delivered(self) -> bool:
        """True if it lies where its recipients see it."""
        return self.action in ("Delivered", "Junked")


def events_of(rng: Random, message: Message) -> Iterator[Event]:
    """The rows of the message: of each recipient, of each link, of each attachment."""
    report = f"{message.id}-{rng.getrandbits(60)}-1"
    for recipient in message.recipients:
        yield event(rng, "EmailEvents", message.time, _row(rng, message, recipient, report))
    for link in message.links:
        values: dict[str, object] = {
            "NetworkMessageId": message.id,
            "Url": link.url,
            "UrlDomain": host_of(link.url),
            "UrlLocation": link.location,
            "ReportId": report,
        }
        yield event(rng, "EmailUrlInfo", message.time, values)
    for attachment in message.attachments:
        for recipient in message.recipients:
            values = _attachment(message, attachment, recipient, report)
            yield event(rng, "EmailAttachmentInfo", message.time, values)


def _row(rng: Random, message: Message, recipient: str, report: str) -> dict[str, object]:
    sender = message.sender
    gateway = message.direction == "Inbound" and recipient.endswith(f"@{SUBSIDIARY}")
    details = message.authentication.header() if gateway else message.authentication.json()
    version6 = ":" in sender.ip
    return {
        "NetworkMessageId": message.id,
        "InternetMessageId": f"<{rng.getrandbits(64):x}@{domain_of(sender.address)}>",
        "SenderFromAddress": sender.address,
        "SenderFromDomain": domain_of(sender.address),
        "SenderDisplayName": sender.name,
        "SenderMailFromAddress": sender.envelope or None,
        "SenderMailFromDomain": domain_of(sender.envelope) or None,
        "SenderIPv4": None if version6 else sender.ip or None,
        "SenderIPv6": sender.ip if version6 else None,
        "RecipientEmailAddress": spelt(rng, recipient),
        "Subject": message.subject,
        "EmailDirection": message.direction,
        "DeliveryAction": message.action,
        # The location is missing in some records; the action never is.
        "DeliveryLocation": None if rng.random() < 0.02 else message.location,
        "AuthenticationDetails": None if rng.random() < 0.003 else details,
        "AttachmentCount": len(message.attachments),
        "UrlCount": len(message.links),
        "ThreatTypes": message.threats,
        "DetectionMethods": (
            compact({message.threats.split(",")[0]: ["Fingerprint matching"]})
            if message.threats
            else None
        ),
        "BulkComplaintLevel": message.bulk,
        "EmailLanguage": message.language,
        "Connectors": GATEWAY if gateway else None,
        "OrgLevelAction": "Allow" if message.allowed else None,
        "IsFirstContact": None if rng.random() < 0.1 else message.first_contact,
        "ReportId": report,
    }


def _attachment(
    message: Message, attachment: Attachment, recipient: str, report: str
) -> dict[str, object]:
    return {
        "NetworkMessageId": message.id,
        "SenderFromAddress": message.sender.address,
        "SenderDisplayName": message.sender.name,
        "RecipientEmailAddress": recipient,
        "FileName": attachment.name,
        "FileType": attachment.kind,
        "FileExtension": attachment.name.rpartition(".")[2],
        "FileSize": attachment.size,
        "SHA256": attachment.digest,
        "ThreatTypes": message.threats,
        "ReportId": report,
    }


def click_event(
    rng: Random,
    user: str,
    time: datetime,
    url: str,
    *,
    message: str | None,
    ip: str,
    action: str = "ClickAllowed",
    through: bool = False,
    workload: str = "Email",
) -> Event:
    """A click of Safe Links; ``message`` is None for a link outside of mail."""
    values = {
        "Url": url,
        "ActionType": action,
        "AccountUpn": spelt(rng, user),
        "Workload": workload,
        "NetworkMessageId": message,
        "ThreatTypes": "Phish" if action == "ClickBlocked" else None,
        "IPAddress": ip,
        "IsClickedThrough": through,
        "UrlChain": compact([url]),
        "ReportId": guid(rng),
    }
    return event(rng, "UrlClickEvents", time, values)


def removal(rng: Random, message: Message, recipient: str, time: datetime, kind: str) -> Event:
    """The removal of a message from one mailbox: ``Phish ZAP``, ``Manual remediation``."""
    action, trigger, location = REMOVALS[kind]
    values = {
        "NetworkMessageId": message.id,
        "Action": action,
        "ActionType": kind,
        "ActionTrigger": trigger,
        "ActionResult": "Success",
        "RecipientEmailAddress": recipient,
        "DeliveryLocation": location,
        "ThreatTypes": kind.removesuffix(" ZAP") if kind.endswith(" ZAP") else None,
        "SenderFromAddress": message.sender.address,
        "EmailDirection": message.direction,
        "ReportId": guid(rng),
    }
    return event(rng, "EmailPostDeliveryEvents", time, values)


def spelt(rng: Random, address: str) -> str:
    """The address as it is, or, once in thirty, as a person capitalises it."""
    if rng.random() < 0.97:
        return address
    local, _, domain = address.partition("@")
    return f"{local.title()}@{domain.capitalize()}"


def domain_of(address: str) -> str:
    """What stands behind the @."""
    return address.rpartition("@")[2]


def host_of(url: str) -> str:
    """The host of a link."""
    return url.partition("://")[2].partition("/")[0]
