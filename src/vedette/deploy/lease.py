"""One writer a workspace: a lease that is held in the workspace itself, and runs out.

It is a metadata resource; whoever changes it names the version that was read, so that of two who
want it one gets 409. It holds the end of the holder's journal too: whoever cuts lines off a
journal would have to change the workspace as well. The trap: a lock without an end, which a killed
run leaves behind for ever; and a lock that ends while its holder still writes. So the holder renews
it, and a holder who finds it taken stops.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from vedette.deploy.assumptions import LEASE_NAME, lease_properties
from vedette.deploy.failures import is_no_answer
from vedette.deploy.journal import Head
from vedette.deploy.live import Workspace, etag_of
from vedette.deploy.pacing import RetryBudget
from vedette.deploy.resource import Body, Collection
from vedette.deploy.timing import Timing
from vedette.errors import ServiceError

#: For how long a lease is good without being renewed; a run renews it after a third of that.
DURATION = timedelta(minutes=3)

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_TEXT = re.compile(
    r"(?P<state>held|free) (?P<apply>\S+) (?P<until>\S+)"
    r" (?P<seq>\d+) (?P<hash>[0-9a-f]{64}) (?P<origin>[0-9a-f]{64}|-)"
)
_CHANGED = frozenset({409, 412})
_TRIES = 4


class LeaseError(ServiceError):
    """Somebody else writes the workspace, or has taken the lease from us."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Who writes the workspace, or wrote it last; ``head`` is the end of that journal."""

    apply_id: str
    holder: str
    until: datetime
    head: Head
    held: bool = True

    def text(self) -> str:
        """The lease in one line, as the workspace keeps it."""
        state = "held" if self.held else "free"
        until = f"{self.until.astimezone(UTC):{_TIME}}"
        head = self.head
        return f"{state} {self.apply_id} {until} {head.seq} {head.hash} {head.origin or '-'}"


def parse_lease(body: Body | None) -> Lease | None:
    """The lease in a metadata resource; None if there is none that can be read."""
    properties = body.get("properties") if body is not None else None
    if not isinstance(properties, Mapping):
        return None
    found = _TEXT.fullmatch(str(properties.get("customVersion") or ""))
    author = properties.get("author")
    if found is None:
        return None
    try:
        until = datetime.strptime(found["until"], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None
    origin = "" if found["origin"] == "-" else found["origin"]
    return Lease(
        apply_id=found["apply"],
        holder=str(author.get("name") or "") if isinstance(author, Mapping) else "",
        until=until,
        head=Head(int(found["seq"]), found["hash"], origin),
        held=found["state"] == "held",
    )


def read_lease(workspace: Workspace) -> Lease | None:
    """The lease of a workspace, held or not; None if nobody ever wrote it.

    Raises:
        ServiceError: the workspace cannot be read.
    """
    return parse_lease(workspace.get(Collection.METADATA, LEASE_NAME))


@dataclass(slots=True)
class LeaseKeeper:
    """Takes the lease for one apply, renews it, and gives it back."""

    workspace: Workspace
    workspace_id: str
    apply_id: str
    holder: str
    timing: Timing
    budget: RetryBudget = field(default_factory=RetryBudget)
    _etag: str | None = field(default=None, init=False)
    _renewed: float = field(default=0.0, init=False)

    def acquire(self, head: Head) -> None:
        """Take the lease: nobody has it, or it has run out, or it is this apply's own.

        Raises:
            LeaseError: somebody has it, or was faster.
            ServiceError: the workspace does not answer.
        """
        body = self._repeat(lambda: self.workspace.get(Collection.METADATA, LEASE_NAME))
        found = parse_lease(body)
        if found is not None and self._is_anothers(found):
            raise LeaseError(
                f"{found.holder or 'somebody'} is writing this workspace (apply {found.apply_id},"
                f" until {found.until:%H:%M:%S} UTC unless renewed); try again later",
                status=409,
                code="LeaseHeld",
            )
        # What cannot be read is nobody's lease, and still a version that has to be named.
        self._etag = None if body is None else etag_of(body)
        self._write(head, held=True)

    def renew_if_due(self, head: Head) -> None:
        """Renew the lease when a third of it has passed.

        Raises:
            LeaseError: somebody has taken it; nothing more may be written.
        """
        if self.timing.monotonic() - self._renewed >= DURATION.total_seconds() / 3:
            self._write(head, held=True)

    def release(self, head: Head) -> None:
        """Give the lease back, with the end of the journal; errors as for ``renew_if_due``."""
        self._write(head, held=False)

    def _is_anothers(self, found: Lease) -> bool:
        mine = found.apply_id == self.apply_id
        return found.held and not mine and self.timing.now() < found.until

    def _write(self, head: Head, *, held: bool) -> None:
        """Put the lease over the version that we know, and learn the new one by reading it."""
        lease = Lease(self.apply_id, self.holder, self.timing.now() + DURATION, head, held)
        properties = lease_properties(self.workspace_id, self.holder, lease.text())
        self._repeat(lambda: self._put(lease, {"properties": properties}))
        self._renewed = self.timing.monotonic()

    def _put(self, lease: Lease, body: Body) -> None:
        try:
            if self._etag is None:
                self.workspace.create(Collection.METADATA, LEASE_NAME, body)
            else:
                content = {**body, "etag": self._etag}
                self.workspace.put(Collection.METADATA, LEASE_NAME, content)
        except ServiceError as error:
            if not error.outcome_unknown and error.status not in _CHANGED:
                raise
            # A lost answer, or a conflict with our own first try.
        live = self.workspace.get(Collection.METADATA, LEASE_NAME)
        found = parse_lease(live)
        if found is not None and found.text() == lease.text():
            self._etag = None if live is None else etag_of(live)
            return
        if (None if live is None else etag_of(live)) == self._etag:
            raise ServiceError("the lease was not written", outcome_unknown=True)
        who = found.holder if found is not None else "somebody"
        raise LeaseError(
            f"{who} has taken the lease of this workspace", status=409, code="LeaseLost"
        )

    def _repeat(self, call: Callable[[], Body | None]) -> Body | None:
        """The call, again while the service only fails to answer."""
        for _ in range(_TRIES - 1):
            try:
                return call()
            except ServiceError as error:
                if isinstance(error, LeaseError) or not is_no_answer(error):
                    raise
                if not self.budget.take(error.retry_after or 0.0):
                    raise
                if error.retry_after:
                    self.timing.sleep(error.retry_after)
        return call()
