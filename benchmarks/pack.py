"""What the rules of ``detections/`` find of a generated mailbox: true, false and missed, per rule.

    python3 benchmarks/pack.py --users 500 --days 30 --seed 1

Not an hourly replay: every rule runs once in ``--hours``. A rule that says
``let runFrequency = ...;`` (the pack's rules report what became visible since their last run) has
this set to the step, and its window and its ``let lookback`` widened by as much, so one run stands
for all that lie in the step. What differs from an hourly replay: within a step a run knows the
later events too, the history that it compares with is up to a step longer, and rows of several
hours share one run, which matters for alerts over all rows and for the cap of 150. A rule without
that line sees only the windows that end at a step (``sampled``). A near-real-time rule runs once
over what arrived in the step, not once for each minute. Events are loaded by their time
of ingestion, so no run sees what had not arrived.

An alert is true if a row behind it names a planted campaign: one of its messages, its attacker's
address or link host, or a user who acted, during the campaign. An alert about the planted fault of
a trusted sender is true only for the rule that looks for faults. Everything else is noise.
"""

from __future__ import annotations

import argparse
import heapq
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from vedette.cli.cache import answer_cache
from vedette.engine.base import TimeWindow
from vedette.engine.database import Database, Limits
from vedette.engine.duck import DuckEngine
from vedette.errors import EngineError, UnsupportedError
from vedette.generate.campaigns.truth import Campaign
from vedette.generate.event import Event
from vedette.generate.mailbox import Size, days_of
from vedette.kql.binder import Binder
from vedette.kql.bound import BoundQuery
from vedette.kql.lint import catalogue_of
from vedette.kql.products.watchlists import keyed_rows
from vedette.model.detection import Detection
from vedette.project import Project, find_root, load_project
from vedette.schema.catalogue import Catalogue
from vedette.simulate.alerts import alerts_from
from vedette.simulate.rule import rule_from_detection
from vedette.simulate.schedule import RUN_DELAY
from vedette.simulate.types import Alert, AnalyticsRule

_FREQUENCY = re.compile(r"let runFrequency = [^;]+;")
_LOOKBACK = re.compile(r"let lookback = (\d+)([dh]);")
FAULT = "trusted-sender-failing"
#: How long after its last event a campaign's user may be in an alert about it.
AFTER = timedelta(hours=12)


@dataclass(slots=True)
class Score:
    """What one rule came to. ``found``: ids of campaigns; ``noise``: false alerts, by run.

    ``seconds`` of the processor that its runs took.
    """

    name: str
    stages: tuple[str, ...] | None
    sampled: bool
    alerts: int = 0
    true: int = 0
    found: set[str] = field(default_factory=set)
    noise: list[tuple[datetime, str]] = field(default_factory=list)
    failure: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Engines:
    """``whole`` holds everything that arrived, ``recent`` what arrived since the last step."""

    whole: DuckEngine
    recent: DuckEngine
    project: Project
    catalogue: Catalogue

    def load(self, arrived: Mapping[str, list[dict[str, object]]]) -> None:
        """Add what arrived in a step."""
        self.recent.clear()
        self.load_watchlists(self.recent)
        for table, records in arrived.items():
            for engine in (self.whole, self.recent):
                engine.load_events(self.catalogue.tables[table], records)

    def load_watchlists(self, engine: DuckEngine) -> None:
        """The repository's watchlists."""
        for alias, watchlist in self.project.watchlists.items():
            columns = self.catalogue.watchlists[alias]
            engine.load_watchlist(alias, columns, keyed_rows(watchlist))


@dataclass(frozen=True, slots=True)
class Runner:
    """A rule made ready for steps of ``step``."""

    rule: AnalyticsRule
    bound: BoundQuery
    widened: timedelta
    score: Score

    def run(self, engines: Engines, at: datetime, campaigns: list[Campaign]) -> None:
        """Run at ``at`` and judge the alerts."""
        if self.score.failure:
            return
        schedule = self.rule.schedule
        engine, window = engines.recent, None
        if schedule is not None:
            window = TimeWindow(at - schedule.period - self.widened, at)
            engine = engines.whole
        before = time.process_time()
        try:
            rows = engine.run(self.bound, now=at, window=window)
        except (EngineError, UnsupportedError) as error:
            self.score.failure = str(error)
            return
        finally:
            self.score.seconds += time.process_time() - before
        for alert in alerts_from(self.rule, rows, scheduled=at).alerts:
            self.score.alerts += 1
            found = {each.id for each in campaigns if _is_about(alert, each, self.score.stages)}
            self.score.found |= found
            if found:
                self.score.true += 1
            else:
                self.score.noise.append((at, alert.title))


def _is_about(alert: Alert, campaign: Campaign, stages: tuple[str, ...] | None) -> bool:
    fault = campaign.verdict == "misconfigured"
    if fault and FAULT not in (stages or ()):
        return False
    text = json.dumps([dict(row) for row in alert.rows], default=str, ensure_ascii=False).lower()
    if any(message in text for message in campaign.messages):
        return True
    meant = alert.start <= campaign.end + AFTER and campaign.start <= alert.end
    # A faulty sender's network and hosts are also those of its sound mail; an attacker's are not.
    means = (*campaign.addresses, *campaign.hosts)
    if any(mark in text for mark in means) and (meant or not fault):
        return True
    return meant and any(user in text for user in campaign.acted)


def prepare(
    project: Project, binder: Binder, step: timedelta, stages: Mapping[str, list[str]]
) -> Iterator[Runner]:
    """Every rule of the project, changed for the step."""
    catalogue = catalogue_of(project)
    for detection in project.detections:
        if not detection.is_rule or not detection.enabled:
            continue
        name = detection.source.path.stem
        text, widened = _stepped(detection, step)
        expected = stages.get(name)
        score = Score(
            name,
            None if expected is None else tuple(expected),
            detection.schedule is not None and not widened,
        )
        bound = binder.bind(text, catalogue)
        if not bound.ok:
            score.failure = "does not bind"
        yield Runner(rule_from_detection(detection), bound, widened, score)


def _stepped(detection: Detection, step: timedelta) -> tuple[str, timedelta]:
    """The query for runs ``step`` apart, and by how much its window grows."""
    schedule = detection.schedule
    if schedule is None or not _FREQUENCY.search(detection.query) or step < schedule.frequency:
        return detection.query, timedelta()
    widened = step - schedule.frequency
    hours = int(step / timedelta(hours=1))
    text = _FREQUENCY.sub(f"let runFrequency = {hours}h;", detection.query)
    more = int(widened / timedelta(hours=1))

    def longer(match: re.Match[str]) -> str:
        own = int(match[1]) * (24 if match[2] == "d" else 1)
        return f"let lookback = {own + more}h;"

    return _LOOKBACK.sub(longer, text), widened


def replay(size: Size, step: timedelta, engines: Engines, runners: list[Runner]) -> list[Campaign]:
    """Run everything over the generated days; returns the campaigns that were planted."""
    engines.load_watchlists(engines.whole)
    campaigns: list[Campaign] = []
    waiting: list[tuple[datetime, int, Event]] = []
    number, at = 0, size.start + step
    for index, day in enumerate(days_of(size), start=1):
        campaigns += day.campaigns
        for event in day.events:
            number += 1
            heapq.heappush(waiting, (event.ingested, number, event))
        # What arrives before midnight has happened before midnight, so it has been generated.
        while at + RUN_DELAY <= size.start + timedelta(days=index):
            _advance(engines, waiting, runners, at, campaigns)
            at += step
    while waiting:
        _advance(engines, waiting, runners, at, campaigns)
        at += step
    return campaigns


def _advance(
    engines: Engines,
    waiting: list[tuple[datetime, int, Event]],
    runners: list[Runner],
    at: datetime,
    campaigns: list[Campaign],
) -> None:
    """Load what has arrived by the run of ``at``, and run every rule."""
    arrived: dict[str, list[dict[str, object]]] = {}
    while waiting and waiting[0][0] <= at + RUN_DELAY:
        event = heapq.heappop(waiting)[2]
        arrived.setdefault(event.table, []).append(event.record())
    engines.load(arrived)
    for runner in runners:
        runner.run(engines, at, campaigns)
    print(f"{at:%Y-%m-%d %H:%M}", file=sys.stderr)


def report(scores: list[Score], campaigns: list[Campaign], size: Size) -> dict[str, Any]:
    """All numbers, as JSON values. ``missed`` is None for a rule that nothing is expected of.

    Noise a day is also counted without the first week, in which everything is seen for the first
    time; a workspace has such a week once.
    """
    rules = []
    for score in scores:
        expected = {each.id for each in campaigns if set(each.stages) & set(score.stages or ())}
        missed = sorted(
            f"{each.id} {each.kind}" for each in campaigns if each.id in expected - score.found
        )
        rules.append(
            {
                "rule": score.name,
                "alerts": score.alerts,
                "true": score.true,
                "false": len(score.noise),
                "campaigns": len(score.found),
                "expected": len(expected),
                "missed": missed if score.stages else None,
                "sampled": score.sampled,
                "failure": score.failure,
                "seconds": round(score.seconds, 1),
                "noise": [f"{at:%Y-%m-%d} {title}" for at, title in score.noise[:20]],
            }
        )
    found = set().union(*(score.found for score in scores)) if scores else set()
    noise = [at for score in scores for at, _ in score.noise]
    week = size.start + timedelta(days=7)
    settled = max(size.days - 7, 1)
    return {
        "rules": rules,
        "campaigns": len(campaigns),
        "found": len(found),
        "notFound": [f"{each.id} {each.kind}" for each in campaigns if each.id not in found],
        "noiseAlertsPerDay": round(len(noise) / size.days, 2),
        "noiseAlertsPerDayAfterFirstWeek": round(sum(at > week for at in noise) / settled, 2),
    }


def show(result: dict[str, Any]) -> None:
    """The table."""
    print(f"{'rule':52} alerts  true false  campaigns  missed  seconds")
    for rule in result["rules"]:
        missed = "-" if rule["missed"] is None else str(len(rule["missed"]))
        wanted = (
            f"{rule['campaigns']}/{rule['expected']}" if rule["expected"] else rule["campaigns"]
        )
        note = f"  ({rule['failure']})" if rule["failure"] else "  sampled" * rule["sampled"]
        print(
            f"{rule['rule']:52}{rule['alerts']:7}{rule['true']:6}{rule['false']:6}"
            f"{wanted:>11}{missed:>8}{rule['seconds']:>9}{note}"
        )
        for name in rule["missed"] or ():
            print(f"    missed {name}")
    print(
        f"campaigns {result['campaigns']}  found {result['found']}  "
        f"alerts on noise a day {result['noiseAlertsPerDay']}, "
        f"after the first week {result['noiseAlertsPerDayAfterFirstWeek']}"
    )
    for name in result["notFound"]:
        print(f"    not found by any rule: {name}")


def main() -> int:
    """Print the table or the JSON; 0 whatever the numbers are."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hours", type=int, default=24, help="one run of each rule in so many")
    parser.add_argument("--rule", action="append", help="only rules with this file name")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.parse_args()
    start = datetime(2026, 9, 7, tzinfo=UTC)
    size = Size(options.users, options.days, options.seed, start)
    stages = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    project = load_project(find_root(Path(__file__)))
    step = timedelta(hours=options.hours)
    limits = Limits(memory="3GB", statement=timedelta(minutes=10))
    with (
        Binder(answer_cache()) as binder,
        Database.open(None, limits) as whole,
        Database.open(None, limits) as recent,
    ):
        runners = [
            runner
            for runner in prepare(project, binder, step, stages)
            if not options.rule or runner.score.name in options.rule
        ]
        engines = Engines(DuckEngine(whole), DuckEngine(recent), project, catalogue_of(project))
        campaigns = replay(size, step, engines, runners)
    result = report([runner.score for runner in runners], campaigns, size)
    if options.format == "json":
        json.dump(result, sys.stdout, indent=1, ensure_ascii=False)
        print()
    else:
        show(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
