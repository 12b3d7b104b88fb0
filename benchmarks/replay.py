"""A month of events through rules at their own frequencies: seconds, memory, runs.

    vedette generate mailbox --users 3000 --days 30 --format jsonl --out month
    python3 benchmarks/replay.py month --clicks 100000

The generated mailbox has three clicks for a hundred mails; ``--clicks`` repeats them, by others and
at other times, until there are so many. Rules are those of ``detections/``; ``--rules`` takes only
the first so many by name, and ``--skip`` leaves out some.
With ``--once`` each rule is also run once over the whole month, to compare with; with ``--scale``
parts of the days and of the rules are replayed again, to see what the time grows with. Seconds are
of the processor, over all threads, so that they can be compared on a machine that others use.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from vedette.cli.cache import answer_cache
from vedette.engine.base import TimeWindow
from vedette.engine.duck import DuckEngine
from vedette.errors import EngineError, UnsupportedError
from vedette.kql.binder import Binder
from vedette.kql.lint import catalogue_of
from vedette.project import find_root, load_project
from vedette.replay.outcome import Replay
from vedette.replay.replay import Rule, events_of, replay, span_of
from vedette.schema.types import TableSchema

_CLICKS = "UrlClickEvents.jsonl"


def main() -> int:
    """Load, replay, print the figures."""
    arguments = _arguments()
    project = load_project(find_root(Path.cwd()))
    catalogue = catalogue_of(project)
    with Binder(answer_cache()) as binder:
        rules = [
            Rule(each, binder.bind(each.query, catalogue))
            for each in project.detections
            if each.is_rule and each.source.path.stem not in arguments.skip
        ][: arguments.rules]
    tables: dict[str, TableSchema] = {}
    for rule in rules:
        tables.update(rule.bound.tables)
    with TemporaryDirectory() as temporary:
        folder = _with_clicks(arguments.events, Path(temporary), arguments.clicks)
        began, waited = time.process_time(), time.perf_counter()
        with events_of(folder, catalogue.tables, list(tables)) as engine:
            loaded = time.process_time()
            start, _ = span_of(engine, list(tables.values()))
            end = start + timedelta(days=arguments.days)
            result = replay(project, catalogue, rules, engine, start, end)
            done = time.process_time()
            print(f"load {loaded - began:.1f} s, replay {done - loaded:.1f} s, {result.runs} runs")
            print(f"by the clock on the wall {time.perf_counter() - waited:.1f} s")
            print(f"{len(result.alerts)} alerts in {len(result.incidents)} incidents")
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
            print(f"peak {peak:.2f} GB", flush=True)
            if arguments.once:
                once = _once(engine, rules, start, end)
                print(f"each rule once over the month {once:.1f} s")
                print(f"ratio {(done - loaded) / once:.2f}")
            if arguments.scale:
                for count in (len(rules) // 4, len(rules) // 2):
                    again = partial(replay, project, catalogue, rules[:count], engine, start, end)
                    _print_part(f"{count} rules", again, done - loaded)
                for days in (arguments.days // 3, arguments.days * 2 // 3):
                    until = start + timedelta(days=days)
                    again = partial(replay, project, catalogue, rules, engine, start, until)
                    _print_part(f"{days} days", again, done - loaded)
    return 0


def _print_part(name: str, again: Callable[[], Replay], whole: float) -> None:
    """Replay a part, and say what of the time of the whole it takes."""
    began = time.process_time()
    result = again()
    taken = time.process_time() - began
    print(
        f"{name}: {taken:.1f} s, {result.runs} runs, {taken / whole:.2f} of the whole", flush=True
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("events", type=Path)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--rules", type=int, default=None)
    parser.add_argument("--clicks", type=int, default=0)
    parser.add_argument("--skip", action="append", default=[])
    parser.add_argument("--once", action="store_true", help="Run each rule once, too.")
    parser.add_argument("--scale", action="store_true", help="Replay parts of it, too.")
    return parser.parse_args()


def _once(engine: DuckEngine, rules: list[Rule], start: datetime, end: datetime) -> float:
    began = time.process_time()
    for rule in rules:
        try:
            engine.run(rule.bound, now=end, window=TimeWindow(start, end))
        except (EngineError, UnsupportedError) as error:
            print(f"{rule.detection.source.path.stem}: {error}", file=sys.stderr)
    return time.process_time() - began


def _with_clicks(events: Path, folder: Path, wanted: int) -> Path:
    """A folder of links to the events, its clicks repeated until there are ``wanted``."""
    lines = (events / _CLICKS).read_text(encoding="utf-8").splitlines()
    if len(lines) >= wanted:
        return events
    for file in events.iterdir():
        if file.name != _CLICKS:
            # A link would lead out of the folder that the database may read.
            shutil.copyfile(file, folder / file.name)
    users = [json.loads(line)["AccountUpn"] for line in lines]
    with (folder / _CLICKS).open("w", encoding="utf-8", newline="\n") as out:
        for number, line in zip(range(wanted), cycle(lines), strict=False):
            event = json.loads(line)
            turn = number // len(lines)
            if turn:
                shift = timedelta(minutes=17 * turn)
                for name in ("TimeGenerated", "_IngestionTime"):
                    moved = datetime.fromisoformat(event[name]) + shift
                    event[name] = moved.isoformat().replace("+00:00", "Z")
                event["AccountUpn"] = users[(number * 31 + turn) % len(users)]
            out.write(json.dumps(event) + "\n")
    return folder


if __name__ == "__main__":
    sys.exit(main())
