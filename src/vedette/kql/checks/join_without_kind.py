"""A join that does not say its kind.

The trap: where the left side has one row a key, innerunique and inner come to the same; only a
left side that may have several is at risk.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.pipelines import is_grouped, join_keys, join_kind
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import names

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Remark]:
    """A join has no kind=, and its left side may have several rows of a key.

    The default is innerunique, not the inner join of SQL: of the left rows with one key any one is
    kept. Events of the left side are missing from the result, and which ones can change from run
    to run. (learn.microsoft.com, "innerunique join".)

    Bad:

        SecurityEvent
        | where EventID == 4625
        | join (Heartbeat | distinct Computer, ComputerIP) on Computer
        | project TimeGenerated, Account, Computer, ComputerIP

    Good:

        SecurityEvent
        | where EventID == 4625
        | join kind=inner (Heartbeat | distinct Computer, ComputerIP) on Computer
        | project TimeGenerated, Account, Computer, ComputerIP
    """
    for join in subject.nodes("JoinOperator"):
        pipeline = subject.pipeline_of(join)
        if pipeline is None or join_kind(join, subject.text):
            continue
        left = pipeline.input_of(join)
        if is_grouped(left, subject.lets):
            continue
        keys = {each.name for pair in join_keys(join) for each in pair}
        columns = {column.name for column in left.columns} - keys
        filters = [each for each in pipeline.after(join) if each.kind == "FilterOperator"]
        if any(columns & names(each) for each in filters):
            continue  # The check filter-after-innerunique says more.
        message = "without kind= the join keeps any one left row of each key"
        yield Remark(join, message, "write kind=inner, or kind=innerunique if it is meant")
