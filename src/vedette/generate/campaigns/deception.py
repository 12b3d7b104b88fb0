"""Campaigns whose mail pretends to be of somebody: a partner, ourselves, an executive."""

from __future__ import annotations

from datetime import timedelta

from vedette.generate.campaigns.story import Story
from vedette.generate.mail import PASSED, Authentication, Sender
from vedette.generate.noise import TICKETS
from vedette.generate.organisation import PRIMARY
from vedette.generate.stream import some

_PARTNERS = ("fabrikam.com", "northwind.com")


def partner_invoice(story: Story) -> None:
    """An invoice in the name of a partner's person goes to a few people of Finance."""
    rng = story.rng
    partner = rng.choice([p for p in story.organisation.partners if p.domain in _PARTNERS])
    person = rng.choice(partner.people)
    sender, failed = story.forged(person.address, person.name)
    subject = rng.choice(
        (
            f"Overdue invoice {rng.randrange(1000, 9999)}",
            "Change of our bank details",
            "Neue Bankverbindung, bitte beachten",
        )
    )
    users = story.users(2, 6, "Finance", "Operations")
    links = (story.link(),) if rng.random() < 0.7 else ()
    story.send(sender, users, subject, failed, links=links, first_contact=False)


def own_domain(story: Story) -> None:
    """A notice in the name of our own IT or HR comes from outside."""
    rng = story.rng
    local, name = rng.choice(
        (("it-support", "IT Support"), ("hr", "Human Resources"), ("payroll", "Payroll"))
    )
    sender, failed = story.forged(f"{local}@{PRIMARY}", name)
    subject = rng.choice(
        ("Your password expires today", "Updated policy: sign by Friday", "Ihr Passwort läuft ab")
    )
    users = story.users(3, 12)
    story.send(sender, users, subject, failed, links=(story.link(),), junk=rng.random() < 0.3)


def look_alike(story: Story) -> None:
    """A domain that reads like ours or a partner's; its owner's authentication passes."""
    rng = story.rng
    domain = rng.choice(
        (
            "c0ntoso.com",
            "contos0.com",
            "fabrlkam.com",
            "n0rthwind.com",
            "contoso-billing.example",
            "fabrikam-invoices.example",
            "secure-contoso.example",
            "соntоso.com".encode("idna").decode("ascii"),
        )
    )
    story.domain = domain
    sender = Sender(f"accounts@{domain}", "Accounts", f"accounts@{domain}", story.mail_ip)
    subject = rng.choice(("Invoice and new account number", "Payment reminder", "Contract to sign"))
    story.send(
        sender, story.users(1, 4, "Finance", "Legal"), subject, PASSED, links=(story.link(),)
    )


def executive(story: Story) -> None:
    """An executive's name over an outside address asks for a favour; there is no link."""
    rng = story.rng
    boss = rng.choice([user for user in story.organisation.users if user.executive])
    local = boss.address.partition("@")[0]
    address = rng.choice(
        (f"{local}.office@{story.domain}", f"ceo{rng.randrange(99)}@{story.domain}")
    )
    sender = Sender(address, boss.name, address, story.mail_ip)
    subject = rng.choice(
        ("Are you available?", "Quick favor", "Urgent request, strictly confidential")
    )
    users = [user for user in story.users(2, 4) if not user.executive] or story.users(1, 1)
    story.send(sender, users, subject, PASSED)


def first_seen_sender(story: Story) -> None:
    """A company that never wrote to us, and whose mail fails, shares a document."""
    rng = story.rng
    domain = "-".join(some(rng, ("alder", "birch", "cedar", "hazel", "maple", "rowan"), 2))
    sender, failed = story.forged(f"info@{domain}{rng.randrange(100)}.example", "Document service")
    subject = rng.choice(("A document was shared with you", "Document partagé avec vous"))
    story.send(sender, story.users(2, 5), subject, failed, links=(story.link(),))


def to_many(story: Story) -> None:
    """One failing sender writes to many people within the hour, in waves."""
    rng = story.rng
    sender, failed = story.forged(f"benefits@{story.organisation.partners[4].domain}", "Benefits")
    users = story.users(25, 40)
    for part in (users[0::3], users[1::3], users[2::3]):
        if part:
            story.send(
                sender,
                part,
                "Your benefits for next year",
                failed,
                links=(story.link(),),
                minutes=8,
            )
    if rng.random() < 0.5:
        story.click(users[0], story.messages[0])


def third_party_fails(story: Story) -> None:
    """A ticket system's SPF record loses its servers in the evening: a fault, no fraud.

    The nightly summaries fail from the network that always passed; by the morning it is repaired.
    """
    story.mail_ip = TICKETS.ip
    failed = Authentication("fail", "none", "fail", "fail")
    # After the last ordinary mail of the day, also of those who live furthest west.
    evening = story.day + timedelta(hours=22, minutes=30)
    for user in story.users(5, 10):
        subject = f"Your open tickets: {story.rng.randrange(1, 40)}"
        story.send(TICKETS, [user], subject, failed, first_contact=False, minutes=3, first=evening)


def composite_only(story: Story) -> None:
    """The forged domain has no DMARC record to fail; composite authentication sees through it."""
    rng = story.rng
    domain = (
        f"{rng.choice(('harbour', 'meadow', 'orchard', 'quarry'))}-works{rng.randrange(99)}.example"
    )
    address = f"invoice@{domain}"
    sender = Sender(address, "Accounts", rng.choice((address, f"b@{story.domain}")), story.mail_ip)
    verdicts = Authentication(rng.choice(("fail", "softfail")), "none", "none", "fail")
    subject = f"Payment {rng.randrange(1000, 9999)} is due"
    story.send(sender, story.users(2, 6), subject, verdicts, links=(story.link(),))
