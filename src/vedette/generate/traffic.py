"""A day of ordinary mail, and the clicks on it.

The trap: ordinary mail holds what campaigns hold too (invoices, passwords, shared files, first
contacts, new domains), or rules that look for these alone would look good.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from vedette.generate.event import Event
from vedette.generate.mail import (
    INTERNAL,
    Attachment,
    Authentication,
    Link,
    Message,
    Sender,
    click_event,
    domain_of,
    events_of,
    removal,
)
from vedette.generate.names import (
    FIRST,
    LAST,
    NEWS_SUBJECTS,
    SERVICE_SUBJECTS,
    WORK_SUBJECTS,
)
from vedette.generate.organisation import Organisation, User, dotted
from vedette.generate.stream import count, guid, later, sha256

#: Services that we use: their domain and the network that their mail comes from.
SERVICES = (
    ("notify.northstar-tickets.example", "192.0.2.10"),
    ("mail.buildbarn.example", "192.0.2.20"),
    ("post.parcelway.test", "192.0.2.30"),
    ("no-reply.meetloom.example", "2001:db8:77::25"),
    ("share.filecove.example", "192.0.2.40"),
)
NEWSLETTERS = tuple(
    (f"news.{name}.example", f"192.0.2.{60 + i}")
    for i, name in enumerate(
        ("freightweek", "tradebrief", "coderoast", "officemart", "planwise", "hr-digest")
    )
)
#: Mails of one user on a working day, by what they are.
RATES = {"partner": 4.0, "service": 3.0, "news": 1.5, "internal": 3.0, "sent": 2.5, "spam": 0.5}
#: How often a recipient follows a link of ordinary mail.
CLICK_RATE = 0.06
SPAM_CLICK_RATE = 0.01
WEEKEND = 0.1


@dataclass(frozen=True, slots=True)
class Traffic:
    """What makes the ordinary mail of a day (``day``: midnight, UTC)."""

    organisation: Organisation
    rng: Random
    day: datetime

    def events(self) -> Iterator[Event]:
        """The rows of the day, in no order; clicks may lie on the next day."""
        factor = WEEKEND if self.day.weekday() >= 5 else 1.0
        for user in self.organisation.users:
            for kind, rate in RATES.items():
                for _ in range(count(self.rng, rate * factor)):
                    message = self._message(kind, user)
                    yield from events_of(self.rng, message)
                    clicked = SPAM_CLICK_RATE if kind == "spam" else CLICK_RATE
                    yield from clicks_on(self.rng, message, user, rate=clicked)
                    if kind == "spam" and message.delivered and self.rng.random() < 0.3:
                        at = later(self.rng, message.time, 10, 90)
                        yield removal(self.rng, message, user.address, at, "Phish ZAP")

    def _message(self, kind: str, user: User) -> Message:
        makers = {
            "partner": self._partner,
            "service": self._service,
            "news": self._news,
            "internal": self._internal,
            "sent": self._sent,
            "spam": self._spam,
        }
        return makers[kind](user)

    def _time(self, user: User) -> datetime:
        return user.at(self.day, self.rng.triangular(7.5, 18.5, 10.5))

    def _subject(self, subjects: tuple[str, ...]) -> str:
        return self.rng.choice(subjects).format(n=self.rng.randrange(100, 9999))

    def _partner(self, user: User) -> Message:
        rng = self.rng
        new = rng.random() < 0.02
        if new:  # somebody who never wrote to us: an applicant, a salesman, a new customer
            name = f"{rng.choice(FIRST)} {rng.choice(LAST)}"
            domain = f"{rng.choice(LAST)}-{rng.choice(LAST)}.example".lower()
            sender = Sender(
                f"{dotted(name)}@{domain}",
                name,
                f"{dotted(name)}@{domain}",
                f"198.19.{rng.randrange(50, 250)}.{rng.randrange(2, 250)}",
            )
        else:
            partner, person = rng.choice(user.contacts)
            sender = Sender(person.address, person.name, person.address, partner.ip)
        reply = "RE: " if rng.random() < 0.3 and not new else ""
        trouble = Authentication(dmarc="temperror", compauth="none")
        return Message(
            guid(rng),
            self._time(user),
            sender,
            (user.address,),
            reply + self._subject(WORK_SUBJECTS),
            authentication=trouble if rng.random() < 0.004 else Authentication(),
            links=(Link(f"https://www.{domain_of(sender.address)}/"),)
            if rng.random() < 0.4
            else (),
            attachments=(self._file(),) if rng.random() < 0.2 else (),
            first_contact=new,
        )

    def _file(self) -> Attachment:
        rng = self.rng
        kind = rng.choices(("pdf", "xlsx", "docx", "png", "zip", "html"), (50, 20, 20, 15, 3, 1))[0]
        name = f"document-{rng.randrange(1000, 9999)}.{kind}"
        return Attachment(name, kind, rng.randrange(8_000, 3_000_000), sha256(rng))

    def _service(self, user: User) -> Message:
        rng = self.rng
        domain, ip = rng.choice(SERVICES)
        sender = Sender(f"notifications@{domain}", "Notifications", f"bounce@{domain}", ip)
        link = Link(f"https://{domain}/i/{rng.getrandbits(40):x}")
        return Message(
            guid(rng),
            self._time(user),
            sender,
            (user.address,),
            self._subject(SERVICE_SUBJECTS),
            links=(link,),
        )

    def _news(self, user: User) -> Message:
        rng = self.rng
        domain, ip = rng.choice(NEWSLETTERS)
        sender = Sender(
            f"editor@{domain}", domain.split(".")[1], f"b{rng.randrange(9999)}@{domain}", ip
        )
        # Campaigns of newsletters lead through changing domains, which are new each time.
        target = f"{rng.choice(LAST)}{rng.randrange(99)}.example".lower()
        host = target if rng.random() < 0.03 else domain
        links = (Link(f"https://{domain}/view"), Link(f"https://{host}/{rng.getrandbits(40):x}"))
        return Message(
            guid(rng),
            self._time(user),
            sender,
            (user.address,),
            self._subject(NEWS_SUBJECTS),
            links=links,
            bulk=rng.randrange(1, 8),
        )

    def _internal(self, user: User) -> Message:
        rng = self.rng
        author = rng.choice(self.organisation.users)
        sender = Sender(author.address, author.name, author.address, "")
        return Message(
            guid(rng),
            self._time(user),
            sender,
            (user.address,),
            self._subject(WORK_SUBJECTS),
            authentication=INTERNAL,
            direction="Intra-org",
        )

    def _sent(self, user: User) -> Message:
        rng = self.rng
        _, person = rng.choice(user.contacts)
        sender = Sender(user.address, user.name, user.address, "")
        prefix = rng.choice(("RE: ", "RE: ", "", "FW: "))
        return Message(
            guid(rng),
            self._time(user),
            sender,
            (person.address,),
            prefix + self._subject(WORK_SUBJECTS),
            authentication=INTERNAL,
            direction="Outbound",
            location="On-premises/external",
        )

    def _spam(self, user: User) -> Message:
        rng = self.rng
        domain = f"{rng.choice(LAST)}{rng.randrange(999)}.test".lower()
        sender = Sender(
            f"offer@{domain}", "Best offers", f"x@{domain}", f"203.0.113.{rng.randrange(150, 250)}"
        )
        action, location = rng.choices(
            (("Blocked", "Quarantine"), ("Junked", "Junk folder"), ("Delivered", "Inbox/folder")),
            (80, 15, 5),
        )[0]
        verdict = rng.choice(("fail", "none", "pass", "bestguesspass"))
        return Message(
            guid(rng),
            self.day + timedelta(seconds=rng.randrange(86_400)),
            sender,
            (user.address,),
            "You have won",
            links=(Link(f"https://{domain}/win"),),
            first_contact=True,
            # What fails outright does not reach a mailbox: its sender has a policy of reject.
            authentication=Authentication(
                "fail",
                "none",
                verdict if action == "Blocked" else "none",
                "fail" if action == "Blocked" else "none",
            ),
            action=action,
            location=location,
            threats="Spam" if action != "Delivered" else None,
        )


def clicks_on(
    rng: Random, message: Message, *users: User, rate: float = CLICK_RATE
) -> Iterator[Event]:
    """Clicks of ``users`` on a delivered message: soon, or some on the next morning."""
    if not message.links or not message.delivered or message.direction == "Outbound":
        return
    for user in users:
        if rng.random() >= rate:
            continue
        late = rng.random() < 0.1
        after = later(rng, message.time, 720, 1080) if late else later(rng, message.time, 1, 90)
        url = rng.choice(message.links).url
        ip = user.office_ip if rng.random() < 0.6 else user.home_ip
        chance = rng.random()
        action = (
            "ClickBlocked"
            if chance < 0.004
            else "UrlErrorPage"
            if chance < 0.01
            else "ClickAllowed"
        )
        # A link that is also written in a chat or a document has no message.
        elsewhere = rng.random() < 0.03
        yield click_event(
            rng,
            user.address,
            after,
            url,
            message=None if elsewhere else message.id,
            ip=ip,
            action=action,
            workload=rng.choice(("Teams", "Office")) if elsewhere else "Email",
        )
        if rng.random() < 0.1:  # people click twice
            yield click_event(
                rng,
                user.address,
                after + timedelta(seconds=rng.randrange(5, 90)),
                url,
                message=message.id,
                ip=ip,
                action=action,
            )
