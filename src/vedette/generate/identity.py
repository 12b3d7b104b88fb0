"""Sign-ins, and the directory's and mailboxes' audit records, as single events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from vedette.generate.assumptions import (
    CONSENT_OPERATION,
    METHOD_OPERATION,
    METHOD_REASON,
    consent_grant,
)
from vedette.generate.event import Event, compact, event
from vedette.generate.organisation import User
from vedette.generate.stream import guid

AZURE_CLI = ("04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Microsoft Azure CLI")
BROKER = ("29d9ed98-a469-4536-ade2-f981bc1d605e", "Microsoft Authentication Broker")
PORTAL = ("4765445b-32c6-49b0-83e6-1d93765276ca", "OfficeHome")
OUTLOOK = ("00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online")
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sign-in comes from; ``managed``: from the user's own device."""

    ip: str
    country: str
    city: str
    asn: str
    agent: str = EDGE
    managed: bool = False


def place_of(user: User, ip: str) -> Place:
    """The user's own device on one of the user's own networks."""
    asn = "64500" if ip == user.office_ip else "64510"
    return Place(ip, user.site.country, user.site.city, asn, managed=True)


def sign_in(
    rng: Random,
    user: User,
    time: datetime,
    place: Place,
    *,
    app: tuple[str, str] = PORTAL,
    interactive: bool = True,
    protocol: str = "none",
    result: str = "0",
    risk: str = "none",
    risk_events: Sequence[str] = (),
    session: str = "",
    method: str = "Previously satisfied",
) -> Event:
    """A row of SigninLogs, or of AADNonInteractiveUserSignInLogs, whose objects are text."""
    device = _device(user, place)
    location = {"city": place.city, "countryOrRegion": place.country}
    status = {"errorCode": int(result), "additionalDetails": "MFA requirement satisfied"}
    values: dict[str, object] = {
        "UserPrincipalName": user.address if rng.random() < 0.97 else user.address.title(),
        "UserDisplayName": user.name,
        "UserId": user.object_id,
        "ResultType": result,
        "AppId": app[0],
        "AppDisplayName": app[1],
        "ResourceDisplayName": OUTLOOK[1],
        "IPAddress": place.ip,
        "Location": place.country,
        "LocationDetails": location if interactive else compact(location),
        "DeviceDetail": device if interactive else compact(device),
        "Status": status if interactive else compact(status),
        "AutonomousSystemNumber": place.asn,
        "UserAgent": place.agent,
        "AuthenticationProtocol": protocol,
        "AuthenticationRequirement": "multiFactorAuthentication",
        "AuthenticationDetails": compact(
            [{"authenticationMethod": method, "succeeded": result == "0"}]
        ),
        "RiskLevelDuringSignIn": risk,
        "RiskLevelAggregated": risk,
        "RiskState": "none" if risk == "none" else "atRisk",
        "RiskEventTypes_V2": compact(list(risk_events)),
        "ConditionalAccessStatus": "success",
        "ClientAppUsed": "Browser" if interactive else "Mobile Apps and Desktop clients",
        "IsInteractive": interactive,
        "UserType": "Member",
        "CorrelationId": guid(rng),
        "OriginalRequestId": guid(rng),
        "UniqueTokenIdentifier": f"{rng.getrandbits(128):032x}",
    }
    if interactive:
        values["SessionId"] = session or guid(rng)
        values["IncomingTokenType"] = "none"
    table = "SigninLogs" if interactive else "AADNonInteractiveUserSignInLogs"
    return event(rng, table, time, values)


def _device(user: User, place: Place) -> dict[str, object]:
    """What the directory knows of the device: nothing, unless it is our own."""
    return {
        "deviceId": user.device_id[:32] if place.managed else "",
        "displayName": user.device_name.split(".")[0] if place.managed else "",
        "operatingSystem": "Windows10",
        "browser": "Edge 141.0.0",
        "isCompliant": place.managed,
        "isManaged": place.managed,
        "trustType": "Azure AD joined" if place.managed else "",
    }


def mailbox_change(
    rng: Random,
    user: User,
    time: datetime,
    ip: str,
    operation: str,
    parameters: Sequence[tuple[str, str]],
) -> list[Event]:
    """An Exchange change in OfficeActivity and, as the same audit record, in CloudAppEvents."""
    pairs = [{"Name": name, "Value": value} for name, value in parameters]
    record, client = guid(rng), f"{ip}:{rng.randrange(20_000, 60_000)}"
    office = {
        "OfficeId": record,
        "RecordType": "ExchangeAdmin",
        "OfficeWorkload": "Exchange",
        "Operation": operation,
        "UserId": user.address,
        "ClientIP": client,
        "ResultStatus": "True",
        "Parameters": compact(pairs),
    }
    raw = {
        "Id": record,
        "Operation": operation,
        "UserId": user.address,
        "ClientIP": client,
        "ResultStatus": "True",
        "Parameters": pairs,
    }
    cloud = {
        "ActionType": operation,
        "Application": "Microsoft Exchange Online",
        "AccountObjectId": user.object_id,
        "AccountDisplayName": user.name,
        "IPAddress": ip,
        "CountryCode": user.site.country,
        "RawEventData": raw,
        "ReportId": record,
    }
    return [
        event(rng, "OfficeActivity", time, office),
        event(rng, "CloudAppEvents", time, cloud),
    ]


def consent(
    rng: Random, user: User, time: datetime, ip: str, app: tuple[str, str], scopes: str
) -> Event:
    """A user's consent to an application (id, name) for the scopes, separated by spaces."""
    granted = consent_grant(
        scopes,
        time,
        grant=guid(rng),
        client=guid(rng),
        principal=user.object_id,
        resource=guid(rng),
    )
    properties = [
        {"displayName": "ConsentContext.IsAdminConsent", "oldValue": None, "newValue": '"False"'},
        {"displayName": "ConsentAction.Permissions", "oldValue": None, "newValue": granted},
    ]
    target = {
        "id": guid(rng),
        "displayName": app[1],
        "type": "ServicePrincipal",
        "modifiedProperties": properties,
    }
    details = [{"key": "User-Agent", "value": EDGE}, {"key": "AppId", "value": app[0]}]
    return _audit(rng, user, time, ip, CONSENT_OPERATION, "", target, details)


def method_added(rng: Random, user: User, time: datetime, ip: str) -> Event:
    """A user registers an authenticator application."""
    target = {"id": user.object_id, "type": "User", "userPrincipalName": user.address}
    return _audit(rng, user, time, ip, METHOD_OPERATION, METHOD_REASON, target, [])


def _audit(
    rng: Random,
    user: User,
    time: datetime,
    ip: str,
    operation: str,
    reason: str,
    target: Mapping[str, object],
    details: list[dict[str, str]],
) -> Event:
    by = {"id": user.object_id, "userPrincipalName": user.address, "ipAddress": ip}
    values = {
        "OperationName": operation,
        "ActivityDisplayName": operation,
        "Category": "ApplicationManagement" if details else "UserManagement",
        "Result": "success",
        "ResultReason": reason,
        "InitiatedBy": {"user": by},
        "TargetResources": [target],
        "AdditionalDetails": details,
        "CorrelationId": guid(rng),
        "Id": guid(rng),
    }
    return event(rng, "AuditLogs", time, values)
