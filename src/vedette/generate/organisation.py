"""The organisation: its people, where they sit, and with whom they write.

The trap: rules look at what was usual before. Whom a user writes with, the networks and the devices
that a user signs in from must be the same every day, so they are drawn once, here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from vedette.generate.names import DEPARTMENTS, FIRST, LAST
from vedette.generate.stream import guid, stream

#: Our own domains; people of the German subsidiary get their mail through a gateway of their own.
PRIMARY, SUBSIDIARY = "contoso.com", "contoso.de"
EXECUTIVES = (("Anna Lindqvist", "Chief executive"), ("Marc Dubois", "Chief financial officer"))


@dataclass(frozen=True, slots=True)
class Site:
    """Where people work. ``offset``: hours to UTC, without summer time."""

    country: str
    city: str
    domain: str
    offset: int
    share: float


SITES = (
    Site("GB", "London", PRIMARY, 0, 0.5),
    Site("DE", "Hamburg", SUBSIDIARY, 1, 0.3),
    Site("US", "Boston", PRIMARY, -5, 0.2),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody outside with whom we write."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Partner:
    """A company that we work with; ``ip`` is where its mail comes from."""

    domain: str
    ip: str
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class User:
    """One of our people: ``contacts`` are those outside with whom the user writes every month."""

    name: str
    address: str
    department: str
    title: str
    site: Site
    object_id: str
    device_id: str
    device_name: str
    office_ip: str
    home_ip: str
    phone_ip: str
    contacts: tuple[tuple[Partner, Person], ...]
    executive: bool = False

    def at(self, day: datetime, hour: float) -> datetime:
        """The moment of ``day`` (midnight UTC) at a local hour of the user, in whole seconds."""
        return day + timedelta(seconds=int((hour - self.site.offset) * 3600))


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who we are, and the partners around us."""

    tenant: str
    users: tuple[User, ...]
    partners: tuple[Partner, ...]

    def of(self, *departments: str) -> tuple[User, ...]:
        """The users of these departments; everybody, if a small organisation has none there."""
        found = tuple(user for user in self.users if user.department in departments)
        return found or self.users


PARTNER_DOMAINS = (
    "fabrikam.com",
    "northwind.com",
    "adatum.example",
    "litware.example",
    "proseware.example",
    "tailspin.example",
    "wingtip.test",
    "woodgrove.example",
    "lucerne.test",
    "trey-research.example",
)


def build_organisation(users: int, seed: int) -> Organisation:
    """The organisation of ``seed`` with ``users`` people (at least the two executives)."""
    rng = stream(seed, "organisation")
    partners = tuple(_partner(rng, index, name) for index, name in enumerate(PARTNER_DOMAINS))
    names = [f"{first} {last}" for last in LAST for first in FIRST]
    rng.shuffle(names)
    people = [_user(rng, partners, index, name) for index, name in enumerate(_named(names, users))]
    return Organisation(guid(rng), tuple(people), partners)


def _named(names: list[str], users: int) -> list[str]:
    """Executives first; beyond the names that there are, names repeat with a number."""
    wanted = max(users, len(EXECUTIVES)) - len(EXECUTIVES)
    plain = [
        names[i % len(names)] + (str(i // len(names)) if i >= len(names) else "")
        for i in range(wanted)
    ]
    return [*(name for name, _ in EXECUTIVES), *plain]


def _partner(rng: Random, index: int, domain: str) -> Partner:
    names = [f"{rng.choice(FIRST)} {rng.choice(LAST)}" for _ in range(8)]
    people = tuple(Person(name, f"{dotted(name)}@{domain}") for name in dict.fromkeys(names))
    return Partner(domain, f"198.19.{index}.{rng.randrange(10, 240)}", people)


def _user(rng: Random, partners: tuple[Partner, ...], index: int, name: str) -> User:
    executive = index < len(EXECUTIVES)
    site = SITES[0] if executive else rng.choices(SITES, [each.share for each in SITES])[0]
    contacts = tuple(
        (partner, rng.choice(partner.people))
        for partner in rng.sample(partners, rng.randrange(3, 7))
    )
    return User(
        name=name,
        address=f"{dotted(name)}@{site.domain}",
        department="Executive" if executive else rng.choice(DEPARTMENTS),
        title=EXECUTIVES[index][1] if executive else "Employee",
        site=site,
        object_id=guid(rng),
        device_id=guid(rng).replace("-", "") + f"{index:08x}",
        device_name=f"pc-{index:05}.{PRIMARY}",
        office_ip=f"198.51.100.{10 + SITES.index(site) * 10 + rng.randrange(8)}",
        home_ip=f"198.18.{index % 180}.{rng.randrange(2, 250)}",
        phone_ip=f"198.18.{180 + SITES.index(site) * 20}.{rng.randrange(2, 250)}",
        contacts=contacts,
        executive=executive,
    )


def dotted(name: str) -> str:
    """``Ana Ruiz`` as the local part of an address."""
    return name.lower().replace(" ", ".")
