"""Functions that the translator lacks and that KQL itself can say.

The trap: each is substituted into its call, so a definition may read its parameters more than once
but must not be exact only for the common case.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.kql.bound import Node
from vedette.kql.desugar.rewriter import Rewriter
from vedette.kql.desugar.segments import Segments
from vedette.kql.desugar.tree import called

#: Parameters and body, by the function's name.
PRELUDE: Mapping[str, str] = {
    # RFC 1918. parse_ipv4 masks the address by a prefix ("10.1.2.3/8"); its whole network counts.
    "ipv4_is_private": (
        "(ip:string) { let low = parse_ipv4(ip); "
        "let high = low + iff(ip contains '/', "
        "tolong(pow(2, 32 - toint(split(ip, '/')[1]))) - 1, 0); "
        "iff(isnull(low), bool(null), low >= 167772160 and high <= 184549375 "
        "or low >= 2886729728 and high <= 2887778303 "
        "or low >= 3232235520 and high <= 3232301055) }"
    ),
}


def define(call: Node, rewriter: Rewriter) -> Segments | None:
    """A call of a function of the prelude, which is defined before the query."""
    name = called(call)
    definition = PRELUDE.get(name)
    if definition is None:
        return None
    own = f"prelude_{name}"
    rewriter.output.scalars.setdefault(own, f"let {own} = {definition};\n")
    head = call.children[0]
    return rewriter.inside(call, [(head, rewriter.made(head, own))])
