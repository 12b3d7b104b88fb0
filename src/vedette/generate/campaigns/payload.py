"""Campaigns that are told by what the mail carries, and by what became of it."""

from __future__ import annotations

from datetime import timedelta

from vedette.generate.campaigns.story import Story
from vedette.generate.mail import PASSED, Attachment, Message
from vedette.generate.organisation import User
from vedette.generate.stream import later, sha256


def failing_lure(
    story: Story, least: int, most: int, subject: str = ""
) -> tuple[Message, list[User]]:
    """A mail with a link, in the name of a partner or of a stranger, that fails authentication."""
    rng = story.rng
    partner = rng.choice(story.organisation.partners)
    person = rng.choice(partner.people)
    stranger = story.stranger()
    address, name = rng.choice(
        (
            (person.address, person.name),
            (f"office@{partner.domain}", "Office"),
            (stranger.address, stranger.name),
        )
    )
    sender, failed = story.forged(address, name)
    text = subject or rng.choice(
        (
            "Someone shared a file with you",
            f"Voicemail of {rng.randrange(10, 59)} seconds",
            "Verify your account",
            "Facture en attente",
        )
    )
    users = story.users(least, most)
    message = story.send(
        sender, users, text, failed, links=(story.link(),), junk=rng.random() < 0.15
    )
    return message, users


def html_attachment(story: Story) -> None:
    """A failing mail carries a page that asks for the password."""
    rng = story.rng
    sender, failed = story.forged(f"scan@{story.organisation.partners[0].domain}", "Scan service")
    kind = rng.choice(("html", "htm", "shtml", "iso", "one"))
    name = f"Remittance_{rng.randrange(1000, 9999)}.{kind}"
    file = Attachment(name, kind, rng.randrange(3_000, 90_000), sha256(rng))
    story.send(
        sender, story.users(2, 6), f"Remittance {rng.randrange(999)}", failed, attachments=(file,)
    )


def qr_code(story: Story) -> None:
    """A failing mail shows a QR code; it is followed on a phone, where nobody sees the click."""
    sender, failed = story.forged("mfa@contoso.com", "Security")
    story.send(
        sender, story.users(3, 8), "Renew your authenticator", failed, links=(story.link("QRCode"),)
    )


def first_seen_link(story: Story) -> None:
    """A mail that passes every check leads to a domain that nobody has seen; some click."""
    users = story.users(3, 6)
    message = story.send(
        story.stranger(),
        users,
        "Shared a document: plan for next year",
        PASSED,
        links=(story.link(),),
    )
    for user in users[: story.rng.randint(1, 2)]:
        story.click(user, message)


def removed_after_click(story: Story) -> None:
    """The service takes the mail back, from most mailboxes, after somebody had clicked."""
    users = story.users(4, 9)
    message = story.send(
        story.stranger(), users, "Your account statement", PASSED, links=(story.link(),)
    )
    clicked = story.click(users[0], message, within=60)
    # The last mailbox keeps it: the service is never complete.
    story.remove(message, users[:-1] or users, clicked + timedelta(minutes=40), "Phish ZAP")


def clicked(story: Story) -> None:
    """One recipient follows the link of a failing mail."""
    message, users = failing_lure(story, 2, 5)
    story.click(users[0], message, within=600)


def several_click(story: Story) -> None:
    """Many get the same failing mail, and several follow its link within the hour."""
    message, users = failing_lure(story, 12, 25)
    for user in users[: story.rng.randint(3, 6)]:
        story.click(user, message, within=55)


def click_through(story: Story) -> None:
    """Safe Links warns, and the user goes on."""
    message, users = failing_lure(story, 1, 4)
    story.click(users[0], message, action="ClickBlocked", through=True)
    for user in users[1:2]:
        story.click(user, message, action="ClickBlocked")


def reply(story: Story) -> None:
    """The user answers: to the failing sender, or to the other address that a Reply-To names."""
    rng = story.rng
    subject = f"Change of bank details for order {rng.randrange(1000, 9999)}"
    if rng.random() < 0.5:
        stranger = story.stranger()
        sender, failed = story.forged(stranger.address, stranger.name)
        to = stranger.address
    else:
        person = rng.choice(rng.choice(story.organisation.partners).people)
        sender, failed = story.forged(person.address, person.name)
        to = f"{person.address.partition('@')[0]}@{story.domain}"
    users = story.users(1, 2, "Finance")
    message = story.send(sender, users, subject, failed)
    story.answer(users[0], message, to, rng.choice(("RE", "AW")))


def forward(story: Story) -> None:
    """The user passes a failing mail on to an address outside, where no filter of ours sees it."""
    rng = story.rng
    message, users = failing_lure(story, 1, 3, f"Statement {rng.randrange(1000, 9999)} attached")
    private = f"{users[0].address.partition('@')[0]}@private-mail.example"
    story.answer(users[0], message, private, rng.choice(("FW", "WG")))


def malware_removed(story: Story) -> None:
    """A password-protected archive is delivered, and taken back an hour later."""
    rng = story.rng
    name = f"order_{rng.randrange(999)}.zip"
    file = Attachment(name, "zip", rng.randrange(50_000, 900_000), sha256(rng))
    users = story.users(2, 5, "Operations")
    sender, failed = story.forged(f"orders@{story.organisation.partners[1].domain}", "Orders")
    message = story.send(sender, users, "Order, password 4711", failed, attachments=(file,))
    story.remove(message, users, later(rng, message.time, 50, 90), "Malware ZAP")
