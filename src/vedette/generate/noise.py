"""Honest mail that fails DMARC: what an investigator has to tell from an attack.

The trap: noise has habits. The same tools fail in the same way from the same networks week after
week; noise that were random would be both easier and harder to tell apart than the real one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from vedette.generate.event import Event
from vedette.generate.mail import PASSED, Authentication, Link, Message, Sender, events_of
from vedette.generate.names import NEWS_SUBJECTS, WORK_SUBJECTS
from vedette.generate.organisation import Organisation, User
from vedette.generate.stream import count, guid, some
from vedette.generate.traffic import WEEKEND, clicks_on

#: Sends as us and is not aligned: SPF passes for its own envelope, DMARC fails.
UNALIGNED = Authentication("pass", "none", "fail", "fail")
#: The same with its own signature, whose sending history the service accepts.
ACCEPTED = Authentication("pass", "pass", "fail", "pass")
#: Changed on its way: the signature broke, the list's envelope passes, the service trusts its seal.
RELAYED = Authentication("pass", "fail", "fail", "pass")
#: A partner that lists neither its servers nor a key.
MISCONFIGURED = Authentication("softfail", "none", "fail", "none")

#: The domain that the awareness team's exercises come from and lead to.
EXERCISE = "training-links.example"

#: A partner's ticket system, which the list of trusted third parties names.
TICKETS = Sender(
    "help@support.fabrikam.com", "Fabrikam Support", "b@tickets.helpdesk.example", "192.0.2.83"
)


@dataclass(frozen=True, slots=True)
class Noise:
    """The innocent failures of a day; their number grows with the number of users."""

    organisation: Organisation
    rng: Random
    day: datetime

    def events(self) -> Iterator[Event]:
        """The rows of the day, with the clicks on them."""
        for message in self._messages():
            yield from events_of(self.rng, message)
            users = [u for u in self.organisation.users if u.address in set(message.recipients)]
            rate = 0.12 if message.sender.address.endswith(EXERCISE) else 0.04
            yield from clicks_on(self.rng, message, *users, rate=rate)

    def _messages(self) -> Iterator[Message]:
        weekday = self.day.weekday()
        scale = len(self.organisation.users) / 500 * (WEEKEND if weekday >= 5 else 1.0)
        if weekday == 1:
            yield self._newsletter_as_us()
        if self.day.day == 27:
            yield self._payslips()
        if weekday == 3:
            yield self._survey_as_us()
        if self.day.day == 16:
            yield self._exercise()
        for maker, mean in (
            (self._ticket, 6.0),
            (self._scanner, 4.0),
            (self._listed_forward, 6.0),
            (self._unlisted_forward, 2.0),
            (self._listed_list, 10.0),
            (self._unlisted_list, 3.0),
            (self._partner, 3.0),
            (self._craftsman, 2.0),
        ):
            for _ in range(count(self.rng, mean * scale)):
                yield maker()

    def _send(
        self,
        sender: Sender,
        users: list[User],
        subject: str,
        authentication: Authentication,
        url: str = "",
        hour: float = 0.0,
    ) -> Message:
        rng = self.rng
        at = users[0].at(self.day, hour or rng.uniform(8, 17))
        return Message(
            guid(rng),
            at,
            sender,
            tuple(user.address for user in users),
            subject.format(n=rng.randrange(100, 9999)),
            authentication=authentication,
            links=(Link(url),) if url else (),
        )

    def _someone(self) -> list[User]:
        return [self.rng.choice(self.organisation.users)]

    def _many(self, share: float) -> list[User]:
        users = self.organisation.users
        return some(self.rng, users, max(1, int(share * len(users))))

    def _newsletter_as_us(self) -> Message:
        sender = Sender(
            "team@news.contoso.com", "Contoso News", "b@bounce.newsletters.example", "192.0.2.80"
        )
        url = f"https://newsletters.example/c/{self.day:%Y%m%d}"
        return self._send(sender, self._many(0.6), "Contoso this week", UNALIGNED, url, 9)

    def _payslips(self) -> Message:
        sender = Sender(
            "payslip@hr.contoso.com", "Contoso HR", "b@mailer.payroll.example", "192.0.2.81"
        )
        url = "https://payroll.example/slips"
        return self._send(sender, self._many(1.0), "Your payslip is ready", UNALIGNED, url, 7)

    def _survey_as_us(self) -> Message:
        """A tool that nobody told the security team of; it has a DKIM key of its own."""
        sender = Sender("survey@contoso.com", "Contoso Survey", "b@b.formhub.example", "192.0.2.82")
        url = "https://formhub.example/f/contoso"
        return self._send(
            sender, self._many(0.08), "Two minutes for your office", ACCEPTED, url, 11
        )

    def _exercise(self) -> Message:
        """The awareness team's own phish, which is let in and often clicked."""
        sender = Sender(f"it-desk@{EXERCISE}", "IT desk", f"b@{EXERCISE}", "192.0.2.88")
        url = f"https://{EXERCISE}/login"
        return self._send(sender, self._many(0.3), "Your password expires today", PASSED, url, 10)

    def _ticket(self) -> Message:
        url = f"https://support.fabrikam.com/t/{self.rng.randrange(10_000)}"
        return self._send(TICKETS, self._someone(), "Ticket {n} was updated", UNALIGNED, url)

    def _scanner(self) -> Message:
        """The office's scanner, behind an address that no SPF record names."""
        sender = Sender("scanner@contoso.com", "Scanner", "scanner@contoso.com", "198.51.100.9")
        verdicts = Authentication("softfail", "none", "fail", "pass")
        return self._send(sender, self._someone(), "Scan {n}", verdicts)

    def _author(self) -> tuple[str, str]:
        partner = self.rng.choice(self.organisation.partners)
        person = self.rng.choice(partner.people)
        return person.address, person.name

    def _listed_forward(self) -> Message:
        address, name = self._author()
        sender = Sender(
            address, name, f"srs0={self.rng.randrange(999)}@forward.alumni.example", "192.0.2.84"
        )
        return self._send(sender, self._someone(), self.rng.choice(WORK_SUBJECTS), RELAYED)

    def _unlisted_forward(self) -> Message:
        address, name = self._author()
        sender = Sender(
            address, name, f"srs0={self.rng.randrange(999)}@fwd.oldmail.example", "192.0.2.85"
        )
        return self._send(sender, self._someone(), self.rng.choice(WORK_SUBJECTS), RELAYED)

    def _listed_list(self) -> Message:
        address, name = self._author()
        sender = Sender(address, name, "trade-bounces@lists.northwind.example", "192.0.2.86")
        url = "https://lists.northwind.example/archive"
        subject = "[trade] " + self.rng.choice(NEWS_SUBJECTS)
        return self._send(sender, self._someone(), subject, RELAYED, url)

    def _unlisted_list(self) -> Message:
        address, name = self._author()
        sender = Sender(address, name, "users-bounces@lists.openforum.example", "2001:db8:99::7")
        url = "https://lists.openforum.example/users"
        subject = "[users] Re: " + self.rng.choice(WORK_SUBJECTS)
        return self._send(sender, self._someone(), subject, RELAYED, url)

    def _partner(self) -> Message:
        """Orders of one partner's old system: the same address and server for years."""
        partner = self.organisation.partners[3]
        sender = Sender(
            f"orders@{partner.domain}", "Orders", f"orders@{partner.domain}", "192.0.2.87"
        )
        return self._send(sender, self._someone(), "Order confirmation {n}", MISCONFIGURED)

    def _craftsman(self) -> Message:
        """A small company without any record; its provider's network has a poor name."""
        sender = Sender(
            "office@brick-and-beam.example",
            "Brick & Beam",
            "office@brick-and-beam.example",
            f"192.0.2.{90 + self.rng.randrange(4)}",
        )
        verdicts = Authentication("none", "none", "none", self.rng.choice(("none", "none", "fail")))
        return self._send(sender, self._someone(), "Offer {n}", verdicts)
