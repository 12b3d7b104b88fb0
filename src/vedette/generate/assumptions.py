"""What the generator assumes of how the service writes its records, where nobody has published it.

Each is named in ``docs/fidelity.md``. The trap: a detection that passes on generated events alone
has been proved for these forms, and for no others.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

#: Post-delivery events by ActionType: Action, ActionTrigger, and where the mail lies then.
REMOVALS: Mapping[str, tuple[str, str, str]] = {
    "Phish ZAP": ("Moved to quarantine", "SpecialAction", "Quarantine"),
    "Malware ZAP": ("Moved to quarantine", "SpecialAction", "Quarantine"),
    "Manual remediation": ("Soft delete", "AdminAction", "Deleted items folder"),
}

#: Of a thousand events so many at least are ingested later than these minutes: the least and most.
LATE_INGESTION = ((0.002, 180, 600), (0.02, 20, 180))
#: All others within so many minutes.
USUAL_INGESTION = (1, 8)

#: How a sign-in by device code, and the risks of a session that was stolen, are called.
DEVICE_CODE = "deviceCode"
ANOMALOUS_SESSION = "anomalousToken"
UNFAMILIAR = "unfamiliarFeatures"

#: The audit record of a new authenticator application.
METHOD_OPERATION = "User registered security info"
METHOD_REASON = "User registered Authenticator App with Notification and Code"

#: The audit record of a consent.
CONSENT_OPERATION = "Consent to application"


def consent_grant(
    scopes: str, created: datetime, *, grant: str, client: str, principal: str, resource: str
) -> str:
    """``ConsentAction.Permissions`` of a user's first consent: no grant before it, one after."""
    return (
        f'"[] => [[Id: {grant}, ClientId: {client}, PrincipalId: {principal}, '
        f"ResourceId: {resource}, ConsentType: Principal, Scope: {scopes}, "
        f'CreatedDateTime: {created:%m/%d/%Y %H:%M:%S}]]"'
    )


def verdict_header(verdicts: list[tuple[str, str]]) -> str:
    """AuthenticationDetails of mail that a gateway judged: the text of its header."""
    return "; ".join(f"{name.lower()}={verdict}" for name, verdict in verdicts)
