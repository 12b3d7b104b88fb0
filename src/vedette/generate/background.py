"""What happens every day beside the mail: sign-ins, journeys, inbox rules, consents, new phones.

The trap: each act of an attacker is also somebody's ordinary one. Rules must tell them apart by
what came before, so the ordinary ones are here, without a suspect click before them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from vedette.generate.assumptions import DEVICE_CODE, UNFAMILIAR
from vedette.generate.device import download, download_path, process
from vedette.generate.event import Event
from vedette.generate.identity import (
    AZURE_CLI,
    OUTLOOK,
    Place,
    consent,
    mailbox_change,
    method_added,
    place_of,
    sign_in,
)
from vedette.generate.organisation import Organisation, User
from vedette.generate.stream import count, later, sha256, stream
from vedette.generate.traffic import WEEKEND

#: Applications that people consent to: the first is approved, the second is harmless.
TRAVEL = ("7b1f6c1e-4c0b-4d0e-9a57-0c9a4f3f9a01", "Northwind Travel")
POLLS = ("5d0a3f0e-90c7-4a3e-8a39-6a1f5f1f7c10", "Lunch Polls")
JOURNEYS = (("ES", "Madrid"), ("FR", "Paris"), ("SG", "Singapore"), ("PL", "Warsaw"))


@dataclass(frozen=True, slots=True)
class Background:
    """A day beside the mail; ``seed`` and ``index`` (of the day) say who is on a journey."""

    organisation: Organisation
    rng: Random
    day: datetime
    seed: int
    index: int

    def events(self) -> Iterator[Event]:
        """The rows of the day."""
        factor = WEEKEND if self.day.weekday() >= 5 else 1.0
        away = self._away()
        for user in self.organisation.users:
            yield from self._sign_ins(user, factor, away.get(user.address))
        scale = len(self.organisation.users) * factor
        for maker, per_user in (
            (self._inbox_rule, 0.01),
            (self._consent, 0.005),
            (self._new_phone, 0.004),
            (self._install, 0.01),
            (self._extension_host, 0.05),
        ):
            for _ in range(count(self.rng, per_user * scale)):
                yield from maker(self.rng.choice(self.organisation.users))
        yield from self._engineers(factor)

    def _time(self, user: User, hour: float, spread: float) -> datetime:
        return user.at(self.day, hour + self.rng.uniform(0, spread))

    def _away(self) -> dict[str, Place]:
        """One user in a hundred is on a journey; a journey lasts the five days of a block."""
        block = self.index // 5
        rng = stream(self.seed, "journeys", block)
        users = self.organisation.users
        places = {}
        for number in range(count(rng, len(users) / 100)):
            country, city = rng.choice(JOURNEYS)
            ip = f"198.18.{240 + number % 8}.{rng.randrange(2, 250)}"
            places[rng.choice(users).address] = Place(ip, country, city, "64520", managed=True)
        return places

    def _sign_ins(self, user: User, factor: float, away: Place | None) -> Iterator[Event]:
        rng = self.rng
        networks = (user.office_ip, user.home_ip, user.phone_ip)
        for _ in range(count(rng, 1.5 * factor)):
            place = away or place_of(user, rng.choices(networks, (60, 30, 10))[0])
            odd = rng.random() < (0.1 if away else 0.002)
            yield sign_in(
                rng,
                user,
                self._time(user, 7.5, 10),
                place,
                risk="low" if odd else "none",
                risk_events=(UNFAMILIAR,) if odd else (),
                result="50126" if rng.random() < 0.03 else "0",
            )
        for _ in range(count(rng, 1.5 * factor)):
            place = away or place_of(user, rng.choices(networks, (60, 30, 10))[0])
            yield sign_in(rng, user, self._time(user, 7, 12), place, app=OUTLOOK, interactive=False)

    def _engineers(self, factor: float) -> Iterator[Event]:
        """Some of IT use device codes for the command line, always from the office."""
        for user in self.organisation.of("IT")[:3]:
            if self.rng.random() < 0.7 * factor:
                place = place_of(user, user.office_ip)
                at = self._time(user, 9, 7)
                yield sign_in(self.rng, user, at, place, app=AZURE_CLI, protocol=DEVICE_CODE)

    def _inbox_rule(self, user: User) -> Iterator[Event]:
        rng = self.rng
        folder = rng.choice(("Newsletters", "Builds", "Customers", "Archive"))
        parameters = [
            ("Name", f"To {folder}"),
            ("From", f"editor@news.{rng.choice(('tradebrief', 'planwise'))}.example"),
            ("MoveToFolder", folder),
        ]
        at = self._time(user, 9, 8)
        yield from mailbox_change(rng, user, at, user.office_ip, "New-InboxRule", parameters)

    def _consent(self, user: User) -> Iterator[Event]:
        app, scopes = self.rng.choice(((TRAVEL, "Mail.Read offline_access"), (POLLS, "User.Read")))
        yield consent(self.rng, user, self._time(user, 9, 8), user.office_ip, app, scopes)

    def _new_phone(self, user: User) -> Iterator[Event]:
        yield method_added(self.rng, user, self._time(user, 9, 8), user.home_ip)

    def _install(self, user: User) -> Iterator[Event]:
        """A program of a vendor, whom the list of software sources knows in half of the cases."""
        rng, at, digest = self.rng, self._time(user, 9, 7), sha256(self.rng)
        host = rng.choice(("download.microsoft.com", "downloads.buildbarn.example"))
        name = f"setup-{rng.randrange(100, 999)}.exe"
        path = download_path(user, name)
        yield download(rng, user, at, name, f"https://{host}/{name}", digest=digest)
        after = later(rng, at, 1, 20)
        yield process(rng, user, after, path, path, parent="explorer.exe", digest=digest)

    def _extension_host(self, user: User) -> Iterator[Event]:
        """A browser starts the program of an extension through a shell: odd, and harmless."""
        command = (
            r"cmd.exe /d /c C:\tools\vault.exe chrome-extension://aeblfdkhhhdcdjpifhhbdiojplfjncoa/"
            r" < \\.\pipe\chrome.nativeMessaging.in"
        )
        path = r"C:\Windows\System32\cmd.exe"
        yield process(self.rng, user, self._time(user, 9, 8), path, command, parent="chrome.exe")
