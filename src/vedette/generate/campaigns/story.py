"""A campaign while it is being told: the attacker's means, and what has happened so far.

The trap: an attacker's domains and addresses must be new in each campaign. If they came back, a
rule could learn them in the first week.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random

from vedette.generate.event import Event, compact
from vedette.generate.identity import Place
from vedette.generate.mail import (
    INTERNAL,
    Attachment,
    Authentication,
    Link,
    Message,
    Sender,
    click_event,
    events_of,
    host_of,
    removal,
)
from vedette.generate.names import FIRST, LAST, LURE_WORDS
from vedette.generate.organisation import Organisation, User, dotted
from vedette.generate.stream import guid, later, some

#: How a forged From address fails: with the attacker's own envelope, or with the forged one.
OWN_ENVELOPE = (
    Authentication("pass", "none", "fail", "fail"),
    Authentication("pass", "pass", "fail", "fail"),
    Authentication("none", "none", "fail", ""),
)
FORGED_ENVELOPE = (
    Authentication("fail", "none", "fail", "fail"),
    Authentication("softfail", "fail", "fail", "fail"),
)
#: Where attackers sign in from; none of ours works or travels there.
HIDEOUTS = (("NL", "Amsterdam"), ("BR", "Recife"), ("VN", "Hanoi"), ("NG", "Lagos"), ("RO", "Iasi"))


@dataclass(slots=True)
class Story:
    """What a kind's function writes into. ``domain`` is the attacker's, new in this campaign."""

    organisation: Organisation
    rng: Random
    day: datetime
    domain: str = field(init=False)
    mail_ip: str = field(init=False)
    place: Place = field(init=False)
    hideouts: list[Place] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    acted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = self.rng
        words = "-".join(some(rng, LURE_WORDS, 2))
        self.domain = f"{words}{rng.randrange(10, 999)}.{rng.choice(('example', 'test'))}"
        self.mail_ip = f"203.0.113.{rng.randrange(2, 150)}"
        self.place = self.hideout()

    def hideout(self) -> Place:
        """A place of an attacker; another one each time."""
        country, city = self.rng.choice(HIDEOUTS)
        ip = f"198.18.{self.rng.randrange(250, 256)}.{self.rng.randrange(2, 250)}"
        agent = self.rng.choice(
            ("python-requests/2.32.3", "axios/1.7.9", "Mozilla/5.0 (X11; Linux)")
        )
        self.hideouts.append(Place(ip, country, city, str(self.rng.randrange(64530, 64590)), agent))
        return self.hideouts[-1]

    def users(self, least: int, most: int, *departments: str) -> list[User]:
        """Between ``least`` and ``most`` users, as far as there are so many."""
        pool = self.organisation.of(*departments) if departments else self.organisation.users
        return some(self.rng, pool, self.rng.randint(least, most))

    def stranger(self) -> Sender:
        """An invented person at the attacker's own domain."""
        name = f"{self.rng.choice(FIRST)} {self.rng.choice(LAST)}"
        address = f"{dotted(name)}@{self.domain}"
        return Sender(address, name, address, self.mail_ip)

    def forged(self, address: str, name: str) -> tuple[Sender, Authentication]:
        """Somebody else's From address, and how its authentication fails."""
        if self.rng.random() < 0.6:
            sender = Sender(address, name, f"bounce@{self.domain}", self.mail_ip)
            return sender, self.rng.choice(OWN_ENVELOPE)
        return Sender(address, name, address, self.mail_ip), self.rng.choice(FORGED_ENVELOPE)

    def link(self, location: str = "Body") -> Link:
        """A link to the attacker's domain."""
        return Link(f"https://{self.domain}/{self.rng.getrandbits(48):x}", location)

    def send(
        self,
        sender: Sender,
        users: list[User],
        subject: str,
        authentication: Authentication,
        *,
        links: tuple[Link, ...] = (),
        attachments: tuple[Attachment, ...] = (),
        junk: bool = False,
        first_contact: bool = True,
        minutes: float = 0.0,
        first: datetime | None = None,
    ) -> Message:
        """Deliver a mail ``minutes`` after the last one; the first one at ``first``.

        Without ``first`` in the morning of the first user.
        """
        rng = self.rng
        message = Message(
            guid(rng),
            later(rng, self.messages[-1].time, minutes, minutes + 2)
            if self.messages
            else first or users[0].at(self.day, rng.uniform(7.5, 12.5)),
            sender,
            tuple(user.address for user in users),
            subject,
            authentication,
            links=links,
            attachments=attachments,
            action="Junked" if junk else "Delivered",
            location="Junk folder" if junk else "Inbox/folder",
            first_contact=first_contact,
        )
        self.messages.append(message)
        self.events += events_of(rng, message)
        return message

    def click(
        self,
        user: User,
        message: Message,
        *,
        within: float = 120,
        action: str = "ClickAllowed",
        through: bool = False,
    ) -> datetime:
        """``user`` follows the first link of ``message``; returns when."""
        at = later(self.rng, message.time, 2, within)
        url = message.links[0].url
        self.events.append(
            click_event(
                self.rng,
                user.address,
                at,
                url,
                message=message.id,
                ip=user.office_ip if self.rng.random() < 0.7 else user.home_ip,
                action=action,
                through=through,
            )
        )
        self.act(user)
        return at

    def act(self, user: User) -> None:
        """Note that the user did something with the campaign's mail."""
        if user.address not in self.acted:
            self.acted.append(user.address)

    def remove(self, message: Message, users: list[User], at: datetime, kind: str) -> None:
        """Take the message out of these users' mailboxes."""
        for user in users:
            when = later(self.rng, at, 0, 10)
            self.events.append(removal(self.rng, message, user.address, when, kind))

    def answer(self, user: User, message: Message, to: str, prefix: str) -> None:
        """``user`` writes to the outside about ``message``: a reply (RE) or a forward (FW)."""
        sent = replace(
            message,
            id=guid(self.rng),
            time=later(self.rng, message.time, 5, 150),
            sender=Sender(user.address, user.name, user.address, ""),
            recipients=(to,),
            subject=f"{prefix}: {message.subject}",
            authentication=INTERNAL,
            direction="Outbound",
            action="Delivered",
            location="On-premises/external",
            links=(),
            first_contact=False,
        )
        self.messages.append(sent)
        self.events += events_of(self.rng, sent)
        self.act(user)

    def addresses(self) -> tuple[str, ...]:
        """The attacker's IP addresses that are in the events."""
        text = "\n".join(compact(each.values) for each in self.events)
        known = (self.mail_ip, *(place.ip for place in self.hideouts))
        return tuple(dict.fromkeys(ip for ip in known if re.search(rf"\b{re.escape(ip)}\b", text)))

    def hosts(self) -> tuple[str, ...]:
        """The hosts that the campaign's links lead to."""
        links = (link for message in self.messages for link in message.links)
        return tuple(dict.fromkeys(host_of(link.url) for link in links))
