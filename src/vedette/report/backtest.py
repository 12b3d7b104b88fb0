"""A backtest as people and programs read it: per rule, then the runs in which something differs.

The trap: a sum that comes out even hides that two runs differ the one way and two the other. Alerts
are compared run by run, and what is unknown is said before any sum.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from vedette.operate.backtest import Backtest, Job, RuleResult, Run, Status
from vedette.report.terminal import paint, printable

#: Runs that are listed of one rule in text.
_SHOWN = 10

_ASSUMED = """\
Assumed: a run sees [time - period, time) of what had arrived when it executed, and now() is its
time; the rows of watchlists, and what lies outside of the workspace, are those of today."""


def render_cost(jobs: Sequence[Job], concurrency: int, burst: int, rate: float) -> str:
    """What is about to be asked, before it is."""
    queries = sum(len(job.times) for job in jobs)
    days = sum(job.days_read for job in jobs)
    seconds = max(queries - burst, 0) / rate
    return (
        f"{_count(len(jobs), 'rule')}, {_count(queries, 'run')}, a query each:"
        f" {concurrency} at once, {seconds / 60:.0f} minutes at least;"
        f" they read {days:,.0f} days of tables (free for Analytics tables, by the gigabyte for"
        " Basic and Auxiliary ones).\n"
    )


def render_text(report: Backtest, *, colour: bool = False) -> str:
    """Each rule with its sums, and the runs that differ or are unknown."""
    lines: list[str] = []
    for result in report.results:
        lines += _rule(result, colour=colour)
    lines.append("")
    lines += [printable(f"Note: {note}") for note in report.notes]
    lines += [_ASSUMED, _ending(report)]
    return "\n".join(lines) + "\n"


def render_json(report: Backtest) -> str:
    """Every run with its alerts, for a program."""
    content = {
        "environment": report.environment,
        "start": report.start.isoformat(),
        "end": report.end.isoformat(),
        "same": report.same,
        "notes": list(report.notes),
        "rules": [
            {
                "label": result.job.label,
                "name": result.job.name,
                "source": result.job.path.as_posix(),
                "notRun": result.job.reason or None,
                "caveats": list(result.job.template.caveats) if result.job.template else [],
                "runs": {status.value: result.count(status) for status in Status},
                "would": result.would,
                "raised": result.raised,
                "new": result.more,
                "gone": result.fewer,
                "details": [_run_json(run) for run in result.runs if _is_told(run)],
            }
            for result in report.results
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _run_json(run: Run) -> dict[str, object]:
    return {
        "scheduled": run.scheduled.isoformat(),
        "status": run.status.value,
        "reason": run.reason or None,
        "rows": run.rows,
        "would": [{"title": each.title, "severity": each.severity.value} for each in run.alerts],
        "raised": [each.name for each in run.raised],
    }


def _is_told(run: Run) -> bool:
    """False for a run that was quiet, and is."""
    return bool(run.alerts or run.raised) or run.status is Status.UNKNOWN


def _rule(result: RuleResult, *, colour: bool) -> Iterator[str]:
    job, unknown = result.job, result.count(Status.UNKNOWN)
    mark = "+" if result.same else "~"
    state = "same" if result.same else "unknown" if job.reason or unknown else "differs"
    yield paint(printable(f"{mark} {state}  {job.label}  {job.name}"), mark, colour=colour)
    if job.reason:
        yield printable(f"    not run: {job.reason}")
        return
    yield (
        f"    {_count(len(result.runs), 'run')}: {_count(result.would, 'alert')},"
        f" {result.raised} raised; {result.more} new, {result.fewer} gone"
    )
    if unknown:
        yield f"    {_count(unknown, 'run')} unknown, and what they raised is not compared:"
        reasons = Counter(run.reason for run in result.runs if run.status is Status.UNKNOWN)
        for reason, count in reasons.most_common():
            yield printable(f"      {count} x {reason}")
    for caveat in job.template.caveats if job.template else ():
        yield printable(f"    events that arrived after a run count in it too: {caveat}")
    differing = [run for run in result.runs if run.more or run.fewer]
    for run in differing[:_SHOWN]:
        yield from _differing(run)
    if len(differing) > _SHOWN:
        yield f"    and {len(differing) - _SHOWN} more runs: --format json has all of them"


def _differing(run: Run) -> Iterator[str]:
    yield f"    {run.scheduled:%Y-%m-%d %H:%M}Z  {len(run.alerts)} now, {len(run.raised)} raised"
    if run.more:
        yield printable(f"      new: {run.alerts[0].title}")
    elif run.status is Status.SUPPRESSED:
        yield "      gone: the run would be suppressed"
    else:
        yield printable(f"      gone: {run.raised[0].name}")


def _ending(report: Backtest) -> str:
    results = report.results
    unknown = sum(result.count(Status.UNKNOWN) for result in results)
    skipped = sum(bool(result.job.reason) for result in results)
    return (
        f"{_count(len(results), 'rule')} of {report.environment} from"
        f" {report.start:%Y-%m-%d %H:%M}Z to {report.end:%Y-%m-%d %H:%M}Z:"
        f" {sum(result.would for result in results)} alerts,"
        f" {sum(result.raised for result in results)} raised;"
        f" {sum(result.more for result in results)} new,"
        f" {sum(result.fewer for result in results)} gone,"
        f" {_count(unknown, 'run')} unknown, {_count(skipped, 'rule')} not run."
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
