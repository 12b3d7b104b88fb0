"""An exception that is written into the query.

The trap: what a rule looks for may stand in it, public indicators above all. What it leaves out is
somebody's environment, unless the address is the same for everybody.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.comparisons import Comparison, comparisons
from vedette.kql.checks.subject.subject import Subject

LEVEL = Level.WARNING

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
#: The virtual address of Azure's own services in every virtual network
#: (learn.microsoft.com, "What is IP address 168.63.129.16?").
_AZURE = "168.63.129.16"

_DOMAIN = re.compile(r"(?:[\w-]+\.)+[A-Za-z]{2,}")

#: Mailboxes of Microsoft's own services, the same in every tenant.
_EVERYBODYS = ("@microsoft.com", "@office365.com", "@exchangelabs.com")


def check(subject: Subject) -> Iterator[Remark]:
    """An address or mail domain is excluded in the query itself.

    An exception is data of one environment: it has an owner and an end, and it changes more often
    than the rule. In the query it needs a deployment, and nobody sees that it is still there. A
    watchlist has a row for it, with the reason.

    Bad:

        SigninLogs
        | where IPAddress !in ("203.0.113.10", "203.0.113.11")

    Good:

        SigninLogs
        | where IPAddress !in ((_GetWatchlist("OfficeAddresses") | project SearchKey))
    """
    for each in comparisons(subject, "!=", "!in", "!~", "!in~", "!has", "!startswith"):
        domains = each.column.endswith("Domain")
        private = [t for t in each.texts if _is_of_one_environment(t, domains=domains)]
        if private:
            yield _remark(each, private)


def _remark(each: Comparison, private: list[str]) -> Remark:
    more = f" and {len(private) - 1} more" if len(private) > 1 else ""
    message = f"'{private[0]}'{more} is excluded in the query"
    return Remark(each.literals[0], message, "keep exceptions in a watchlist, with their reasons")


def _is_of_one_environment(text: str, *, domains: bool) -> bool:
    if domains and _DOMAIN.fullmatch(text):
        return not f"@{text.lower()}".endswith(_EVERYBODYS)
    if _ADDRESS.fullmatch(text):
        return not text.lower().endswith(_EVERYBODYS)
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    special = address.is_loopback or address.is_link_local or address.is_multicast
    return not (special or address.is_unspecified or address.is_reserved or text == _AZURE)
