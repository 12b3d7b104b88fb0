"""The live workspace under load: 512 scheduled and 50 near-real-time rules, events, queries.

``python3 benchmarks/workspace.py`` serves a workspace in a process of its own with a state file,
writes the rules over HTTP, spread over five minutes as in a workspace that has grown, and lets its
clock run. Then events come in through the ingestion API for a minute while others ask. Measured:
whether every event is there and was in a run, how far the clock lags behind the machine's (it
stands where all runs before it are made, so its lag is how late a run is), how long queries take
as their client sees it, and what the process used. The wire is that of the SDK's clients.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import UUID

SCHEDULED, NEAR_REAL_TIME = 512, 50
START = datetime(2026, 11, 2, 8, tzinfo=UTC)
TOKEN = secrets.token_urlsafe(16)
SCOPE = (
    "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/vedette"
    "/providers/Microsoft.OperationalInsights/workspaces/local"
)
INSIGHTS = f"{SCOPE}/providers/Microsoft.SecurityInsights"
#: One mail in so many is looked for by a near-real-time rule, whose rows are counted in the end.
MARKED = 500
BATCH = 250
SENDERS, ASKERS = 4, 2
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100

#: Shapes of rules; ``{n}`` makes each a query of its own.
SHAPES = (
    "EmailEvents | where Subject has 'invoice {n}' | project TimeGenerated, RecipientEmailAddress",
    (
        "EmailEvents | where SenderFromDomain == 'sender{n}.example' | summarize n = count() by"
        " RecipientEmailAddress | where n > 50"
    ),
    (
        "EmailEvents | where DeliveryAction == 'Blocked' and AttachmentCount > {n}"
        " | summarize take_any(Subject) by SenderFromAddress"
    ),
    (
        "EmailEvents | summarize mails = count(), people = dcount(RecipientEmailAddress) by"
        " SenderFromDomain, bin(TimeGenerated, 5m) | where people > 10000 + {n}"
    ),
    (
        "UrlClickEvents | where Url has 'login{n}' and IsClickedThrough | project TimeGenerated,"
        " AccountUpn, Url"
    ),
    (
        "UrlClickEvents | join kind=inner (EmailEvents | where UrlCount > 0 | project"
        " NetworkMessageId, SenderFromAddress) on NetworkMessageId"
        " | where SenderFromAddress startswith 'x{n}'"
    ),
    (
        "EmailEvents | extend Names = parse_json(AuthenticationDetails) | where"
        " tostring(Names.SPF) == 'fail{n}' | project TimeGenerated, Subject"
    ),
)
QUERIES = (
    "EmailEvents | where TimeGenerated > ago(5m) | summarize count() by DeliveryAction",
    "EmailEvents | where RecipientEmailAddress == 'user7@contoso.com' | take 20",
    "EmailEvents | summarize n = count() by SenderFromDomain | top 10 by n",
    "EmailEvents | where Subject has 'invoice' | count",
    "UrlClickEvents | where TimeGenerated > ago(1m) | project Url, AccountUpn | take 100",
    "SecurityIncident | where TimeGenerated > ago(1h) | count",
    "EmailEvents | summarize count() by bin(TimeGenerated, 10s) | sort by TimeGenerated asc",
)


@dataclass
class Caller:
    """A connection that is kept, and the calls over it."""

    port: int
    _connection: HTTPConnection | None = None

    def call(self, method: str, path: str, body: bytes | object = None) -> dict[str, Any]:
        """The JSON of an answer; RuntimeError for any refusal."""
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        if self._connection is None:
            self._connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            self._connection.request(method, path, content, headers)
            response = self._connection.getresponse()
            text = response.read()
        except OSError:
            self._connection.close()
            self._connection = None
            raise
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status} {text[:300]!r}")
        return json.loads(text) if text else {}

    def query(self, text: str) -> list[list[Any]]:
        """The rows of a query of the Logs API."""
        rows: list[list[Any]] = self.call("POST", f"/v1{SCOPE}/query", {"query": text})["tables"][
            0
        ]["rows"]
        return rows

    def clock(self) -> datetime:
        """What time it is in the workspace."""
        return datetime.fromisoformat(self.call("GET", "/_vedette/clock")["now"])


@dataclass
class Measured:
    """What the threads found; lists are only ever appended to."""

    sent: int = 0
    marked: int = 0
    seconds: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    late_batches: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def served(state: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], Caller]]:
    """The workspace in a process of its own, until the end of the block."""
    run = [sys.executable, "-c", "from vedette.cli.main import main; main()"]
    command = [*run, "workspace", "serve", "--state", str(state)]
    environment = {**os.environ, "VEDETTE_TOKEN": TOKEN, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [*command, "--token-env", "VEDETTE_TOKEN", *options],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=state.parent,
    )
    try:
        yield process, Caller(_port(process))
    finally:
        process.terminate()
        process.wait()


def _port(process: subprocess.Popen[str]) -> int:
    for line in process.stdout or ():
        if "http://127.0.0.1:" in line:
            return int(line.split("http://127.0.0.1:")[1].split("/")[0].split()[0])
    raise RuntimeError("the workspace did not start")


def rules() -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and body of every rule."""
    for number in range(SCHEDULED + NEAR_REAL_TIME):
        query = SHAPES[number % len(SHAPES)].replace("{n}", str(number))
        properties: dict[str, Any] = {
            "displayName": f"Rule {number}",
            "severity": "Medium",
            "enabled": True,
            "query": query,
            "suppressionEnabled": False,
            "suppressionDuration": "PT5H",
            "tactics": ["InitialAccess"],
        }
        kind = "NRT" if number >= SCHEDULED else "Scheduled"
        if kind == "Scheduled":
            properties |= {
                "queryFrequency": "PT5M",
                "queryPeriod": ("PT5M", "PT10M", "PT1H")[number % 3],
                "triggerOperator": "GreaterThan",
                "triggerThreshold": 0,
            }
        elif number == SCHEDULED:
            properties["query"] = "EmailEvents | where Subject has 'marked'"
        yield str(UUID(int=number + 1)), {"kind": kind, "properties": properties}


def write_rules(state: Path) -> None:
    """Write all rules over five minutes of the clock, and let each run once."""
    with served(state, "--now", START.isoformat()) as (_, caller):
        for number, (name, body) in enumerate(rules()):
            caller.call("PUT", f"{INSIGHTS}/alertRules/{name}?api-version=2025-09-01", body)
            if number % 2:
                caller.call("POST", "/_vedette/clock", {"advance": "PT1S"})
        caller.call("POST", "/_vedette/clock", {"advance": "PT5M"})


def batch(first: int, now: datetime, *, clicks: bool) -> bytes:
    """``BATCH`` events as a body of the ingestion API."""
    at = now.isoformat()
    events = []
    for number in range(first, first + BATCH):
        subject = "marked" if number % MARKED == 0 else f"invoice {number % 3000}"
        if clicks:
            events.append(
                {
                    "TimeGenerated": at,
                    "NetworkMessageId": f"{number:08d}-0000-4000-8000-000000000000",
                    "AccountUpn": f"user{number % 997}@contoso.com",
                    "Url": f"https://site{number % 4001}.example/login{number % 600}?q={number}",
                    "ActionType": "ClickAllowed",
                    "IsClickedThrough": number % 3 == 0,
                    "IPAddress": f"203.0.113.{number % 250}",
                    "Workload": "Email",
                }
            )
            continue
        events.append(
            {
                "TimeGenerated": at,
                "NetworkMessageId": f"{number:08d}-0000-4000-8000-000000000000",
                "InternetMessageId": f"<{number}@sender{number % 1009}.example>",
                "SenderFromAddress": f"person{number % 5003}@sender{number % 1009}.example",
                "SenderFromDomain": f"sender{number % 1009}.example",
                "SenderMailFromAddress": f"person{number % 5003}@sender{number % 1009}.example",
                "SenderIPv4": f"198.51.100.{number % 250}",
                "RecipientEmailAddress": f"user{number % 997}@contoso.com",
                "RecipientObjectId": f"00000000-0000-4000-8000-{number % 997:012d}",
                "Subject": subject,
                "DeliveryAction": ("Delivered", "Blocked", "DeliveredAsSpam")[number % 3],
                "DeliveryLocation": "Inbox/folder",
                "EmailDirection": "Inbound",
                "AuthenticationDetails": '{"SPF":"pass","DKIM":"pass","DMARC":"pass"}',
                "AttachmentCount": number % 4,
                "UrlCount": number % 5,
                "ReportId": f"report-{number}",
            }
        )
    return json.dumps(events).encode()


def send(port: int, at: int, rate: float, until: float, found: Measured) -> None:
    """One sender's share of the events, at its pace; what is refused or breaks is an error."""
    caller = Caller(port)
    every = BATCH * SENDERS / rate
    due, number = time.monotonic() + every * at / SENDERS, at
    while due < until:
        time.sleep(max(0.0, due - time.monotonic()))
        clicks = number % 10 == 9
        table = "UrlClickEvents" if clicks else "EmailEvents"
        path = f"/dataCollectionRules/dcr-1/streams/Microsoft-{table}?api-version=2023-01-01"
        try:
            caller.call("POST", path, batch(number * BATCH, _NOW[0] or START, clicks=clicks))
        except (OSError, RuntimeError) as error:
            found.errors.append(str(error))
        else:
            with found.lock:
                found.sent += BATCH
                found.marked += 0 if clicks else -(-BATCH // MARKED) if _has(number) else 0
        found.late_batches.append(time.monotonic() - due)
        due, number = due + every, number + SENDERS


def _has(number: int) -> bool:
    return any(one % MARKED == 0 for one in range(number * BATCH, (number + 1) * BATCH))


#: The workspace's clock as the watcher saw it last.
_NOW: list[datetime | None] = [None]


def ask(port: int, at: int, until: float, found: Measured) -> None:
    """Ask one query after the other, five in a second at most."""
    caller, turn = Caller(port), at
    while time.monotonic() < until:
        began = time.monotonic()
        try:
            caller.query(QUERIES[turn % len(QUERIES)])
        except (OSError, RuntimeError) as error:
            found.errors.append(str(error))
        found.seconds.append(time.monotonic() - began)
        turn += 1
        time.sleep(max(0.0, 0.2 - (time.monotonic() - began)))


def watch(port: int, until: float, found: Measured) -> None:
    """How far the clock lags behind: it should be where it was, and the time since."""
    caller = Caller(port)
    first, began = caller.clock(), time.monotonic()
    while time.monotonic() < until:
        now = caller.clock()
        passed = time.monotonic() - began
        _NOW[0] = now
        found.lags.append(passed - (now - first).total_seconds())
        time.sleep(0.25)


def used(pid: int) -> tuple[float, float]:
    """Processor seconds so far, and the most memory in MB (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return (int(fields[11]) + int(fields[12])) / TICKS, int(peak.split()[1]) / 1024


def at_once(until: float, works: list[Callable[[], None]]) -> None:
    """All of them in threads, to their end."""
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def load(caller: Caller, rate: float, seconds: float) -> Measured:
    """Events, questions and a watch on the clock at once."""
    found, port = Measured(), caller.port
    _NOW[0] = caller.clock()
    until = time.monotonic() + seconds
    works: list[Callable[[], None]] = [partial(watch, port, until, found)]
    works += [partial(send, port, at, rate, until, found) for at in range(SENDERS)]
    works += [partial(ask, port, at, until, found) for at in range(ASKERS)]
    at_once(until, works)
    return found


def settle(caller: Caller) -> int:
    """Wait until the near-real-time rules have run over all that was sent; their marked rows."""
    end = caller.clock() + timedelta(minutes=4)
    while caller.clock() < end:
        time.sleep(1)
    name = str(UUID(int=SCHEDULED + 1))
    runs = caller.call("GET", f"/_vedette/runs?rule={name}&$top=1000")["value"]
    return sum(run["rows"] for run in runs)


def percentile(values: list[float], share: float) -> float:
    """The value below which a share of them lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def main() -> int:
    """Print what was found; 1 if an event was lost or refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=5000, help="events a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--settle", action="store_true", help="wait for the rules, four minutes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vedette-load-") as folder:
        state = Path(folder) / "state.duckdb"
        began = time.monotonic()
        write_rules(state)
        print(f"rules written and run once: {time.monotonic() - began:.0f} s", flush=True)
        with served(state, "--live") as (process, caller):
            for query in QUERIES:
                caller.query(query)
            time.sleep(5)
            before, loads = used(process.pid)[0], [os.getloadavg()[0]]
            found = load(caller, arguments.rate, arguments.seconds)
            after, peak = used(process.pid)
            loads.append(os.getloadavg()[0])
            there = caller.call("GET", "/_vedette/events")["tables"]
            counted = sum(caller.query(f"{table} | count")[0][0] for table in there)
            print(f"events sent {found.sent}, kept {sum(there.values())}, found {counted}")
            print(f"refused or broken calls {len(found.errors)} {found.errors[:2]}")
            print(f"late batches, p95 {percentile(found.late_batches, 0.95):.2f} s")
            print(
                f"queries {len(found.seconds)}: p50 {percentile(found.seconds, 0.5) * 1000:.0f} ms,"
                f" p95 {percentile(found.seconds, 0.95) * 1000:.0f} ms"
            )
            print(
                f"clock lag: p95 {percentile(found.lags, 0.95):.1f} s, most {max(found.lags):.1f}"
            )
            print(
                f"processor {after - before:.1f} s of {arguments.seconds:.0f}, memory {peak:.0f} MB"
            )
            print(f"load average of the machine {loads[0]:.1f} to {loads[1]:.1f}")
            if arguments.settle:
                print(f"marked mails sent {found.marked}, in runs {settle(caller)}")
    return int(bool(found.errors) or not found.sent == counted == sum(there.values()))


if __name__ == "__main__":
    raise SystemExit(main())
