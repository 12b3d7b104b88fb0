"""Processes and downloads on a user's device, as single events."""

from __future__ import annotations

from datetime import datetime
from random import Random

from vedette.generate.event import Event, event
from vedette.generate.organisation import User

_FOLDERS = {
    "chrome.exe": r"C:\Program Files\Google\Chrome\Application",
    "msedge.exe": r"C:\Program Files (x86)\Microsoft\Edge\Application",
}


def process(
    rng: Random,
    user: User,
    time: datetime,
    path: str,
    command: str,
    *,
    parent: str,
    digest: str = "",
) -> Event:
    """A process of the user; ``path`` in full, ``parent`` the file name of who started it."""
    values = {
        "ActionType": "ProcessCreated",
        "DeviceId": user.device_id,
        "DeviceName": user.device_name,
        "FileName": path.rpartition("\\")[2],
        "FolderPath": path,
        "SHA256": digest or None,
        "ProcessId": rng.randrange(1000, 30_000),
        "ProcessCommandLine": command,
        "AccountUpn": user.address,
        "AccountName": user.address.partition("@")[0],
        "AccountObjectId": user.object_id,
        "InitiatingProcessFileName": parent,
        "InitiatingProcessId": rng.randrange(1000, 30_000),
        "InitiatingProcessAccountUpn": user.address,
        "ReportId": rng.randrange(10**6),
    }
    return event(rng, "DeviceProcessEvents", time, values)


def download(
    rng: Random, user: User, time: datetime, name: str, url: str, *, digest: str, referrer: str = ""
) -> Event:
    """A file that the user's browser saved."""
    values = {
        "ActionType": "FileCreated",
        "DeviceId": user.device_id,
        "DeviceName": user.device_name,
        "FileName": name,
        "FolderPath": download_path(user, name),
        "SHA256": digest,
        "FileSize": rng.randrange(20_000, 90_000_000),
        "FileOriginUrl": url,
        "FileOriginReferrerUrl": referrer or None,
        "InitiatingProcessFileName": "msedge.exe",
        "InitiatingProcessFolderPath": _FOLDERS["msedge.exe"],
        "InitiatingProcessAccountUpn": user.address,
        "ReportId": rng.randrange(10**6),
    }
    return event(rng, "DeviceFileEvents", time, values)


def download_path(user: User, name: str) -> str:
    """Where a browser saves a file of the user."""
    local = user.address.partition("@")[0]
    return rf"C:\Users\{local}\Downloads\{name}"
