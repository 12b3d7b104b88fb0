"""The kinds of campaigns, the stages that each holds, and what a defender should see of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vedette.generate.campaigns import aftermath, deception, payload
from vedette.generate.campaigns.story import Story

#: What a stage says of the events; a campaign's ``stages`` name some of these.
STAGES = {
    "failed": "mail that failed DMARC reached a mailbox",
    "composite-failed": "mail that failed composite authentication alone reached a mailbox",
    "partner-spoofed": "a partner's domain stands in From",
    "own-domain": "one of our domains stands in From, from outside",
    "look-alike": "a domain that reads like ours or a partner's",
    "executive": "an executive's name over an outside address",
    "first-seen-sender": "a failing sender domain that never wrote before",
    "many-recipients": "one failing sender, many recipients within an hour",
    "trusted-sender-failing": "a listed third party stopped passing SPF",
    "risky-attachment": "a failing mail with a risky attachment",
    "qr-code": "a failing mail whose link is a QR code",
    "first-seen-link": "a click on a domain that never was in mail before",
    "removed": "mail that was removed after it had been delivered",
    "removed-after-click": "mail that was removed after somebody had clicked",
    "clicked": "a click on a link of mail that failed",
    "clicked-through": "a click through the warning of Safe Links",
    "several-clicked": "several users clicked the same campaign",
    "replied": "an answer to a failing sender",
    "forwarded": "a failing mail passed on to the outside",
    "new-place": "a sign-in from a new place after a click",
    "device-code": "a device code redeemed after a click",
    "stolen-session": "a session that comes back from elsewhere after a click",
    "inbox-rule": "a new inbox rule or forwarding after a click",
    "consent": "a consent after a click",
    "download-ran": "a downloaded file run after a click",
    "script": "a script host started by a browser or pasted after a click",
    "new-method": "a new sign-in method after a click",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of campaign: ``tell`` writes its events into a story."""

    name: str
    tell: Callable[[Story], None]
    stages: tuple[str, ...]
    expect: str
    verdict: str = "malicious"


_CLICK = ("failed", "clicked")

KINDS = (
    Kind(
        "spoofed-partner-invoice",
        deception.partner_invoice,
        ("failed", "partner-spoofed"),
        "Failing mail in a partner's name to Finance, by another way than the partner's mail.",
    ),
    Kind(
        "own-domain-spoofed",
        deception.own_domain,
        ("failed", "own-domain"),
        "Mail from outside in our own name, by a path that none of our services takes.",
    ),
    Kind(
        "look-alike-domain",
        deception.look_alike,
        ("look-alike",),
        "Authentication passes: the domain itself is the lie.",
    ),
    Kind(
        "executive-impersonation",
        deception.executive,
        ("executive",),
        "No link and no failure: an executive's display name over an address that is not his.",
    ),
    Kind(
        "first-seen-sender",
        deception.first_seen_sender,
        ("failed", "first-seen-sender"),
        "A sender domain without any history fails DMARC on its first day.",
    ),
    Kind(
        "failing-sender-to-many",
        deception.to_many,
        ("failed", "many-recipients"),
        "One failing sender reaches two dozen mailboxes within the hour.",
    ),
    Kind(
        "trusted-sender-fails",
        deception.third_party_fails,
        ("failed", "trusted-sender-failing"),
        "A listed ticket system fails SPF from its own network: call its owner, block nothing.",
        "misconfigured",
    ),
    Kind(
        "composite-failure",
        deception.composite_only,
        ("composite-failed",),
        "No DMARC record to fail, and composite authentication fails all the same.",
    ),
    Kind(
        "html-attachment",
        payload.html_attachment,
        ("failed", "risky-attachment"),
        "A failing mail with a page or disk image attached.",
    ),
    Kind(
        "archive-removed",
        payload.malware_removed,
        ("failed", "risky-attachment", "removed"),
        "A failing mail with a protected archive, removed an hour after delivery.",
    ),
    Kind(
        "qr-code",
        payload.qr_code,
        ("failed", "own-domain", "qr-code"),
        "A failing mail whose only link is a QR code; there will be no click to see.",
    ),
    Kind(
        "first-seen-link",
        payload.first_seen_link,
        ("first-seen-link",),
        "Mail that passes; its link's domain is new, and somebody followed it.",
    ),
    Kind(
        "removed-after-click",
        payload.removed_after_click,
        ("removed-after-click", "first-seen-link"),
        "Phish ZAP came after the click, and one mailbox still holds the mail.",
    ),
    Kind(
        "clicked-failing-mail",
        payload.clicked,
        _CLICK,
        "A recipient followed the link of a failing mail.",
    ),
    Kind(
        "several-users-click",
        payload.several_click,
        (*_CLICK, "several-clicked"),
        "Three or more recipients of one failing mail clicked within the hour.",
    ),
    Kind(
        "click-through-warning",
        payload.click_through,
        ("failed", "clicked-through"),
        "The warning was shown and passed.",
    ),
    Kind(
        "reply-to-sender",
        payload.reply,
        ("failed", "replied"),
        "Somebody answered a failing mail about bank details: stop the payment first.",
    ),
    Kind(
        "forwarded-outside",
        payload.forward,
        ("failed", "forwarded"),
        "A failing mail was forwarded to a private address.",
    ),
    Kind(
        "click-then-risky-sign-in",
        aftermath.risky_sign_in,
        (*_CLICK, "new-place"),
        "A sign-in from a country where the user never was, within an hour or so of the click.",
    ),
    Kind(
        "click-then-device-code",
        aftermath.device_code,
        (*_CLICK, "device-code"),
        "A device code for the authentication broker redeemed minutes after the click.",
    ),
    Kind(
        "click-then-stolen-session",
        aftermath.stolen_session,
        (*_CLICK, "stolen-session"),
        "One session from two places: revoke sessions, a new password alone does not help.",
    ),
    Kind(
        "click-then-inbox-rule",
        aftermath.inbox_rule,
        (*_CLICK, "new-place", "inbox-rule"),
        "An inbox rule with a name to overlook hides mail on payments.",
    ),
    Kind(
        "click-then-mailbox-forwarding",
        aftermath.mailbox_forwarding,
        (*_CLICK, "new-place", "inbox-rule"),
        "The whole mailbox is forwarded to the attacker.",
    ),
    Kind(
        "click-then-consent",
        aftermath.oauth_consent,
        (*_CLICK, "consent"),
        "An unknown application got the mailbox: remove the grant, passwords do not matter.",
    ),
    Kind(
        "click-then-download-ran",
        aftermath.download_ran,
        (*_CLICK, "download-ran"),
        "A file of the link's domain ran on the device: isolate it.",
    ),
    Kind(
        "click-then-script",
        aftermath.browser_child,
        (*_CLICK, "script"),
        "PowerShell fetched from the link's domain.",
    ),
    Kind(
        "click-then-new-method",
        aftermath.new_method,
        (*_CLICK, "new-place", "new-method"),
        "A new authenticator from the attacker's address: remove it with the sessions.",
    ),
)
