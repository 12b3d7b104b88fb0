"""All runs at once give what run after run gives, on random queries, schedules and events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vedette.engine.base import Rows, TimeWindow
from vedette.engine.bulk import BulkRuns
from vedette.engine.database import Database, Limits
from vedette.engine.duck import DuckEngine
from vedette.engine.sql.staged.sources import Grid
from vedette.engine.sql.staged.statement import staged
from vedette.errors import UnsupportedError
from vedette.evidence.ordering import is_sorted
from vedette.kql.binder import Binder
from vedette.kql.bound import BoundQuery
from vedette.schema.catalogue import Catalogue, watchlist_columns
from vedette.schema.types import Column, FunctionDefinition, TableSchema

START = datetime(2026, 11, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

MAIL = TableSchema(
    "Mail",
    (
        Column("TimeGenerated", "datetime"),
        Column("Id", "string"),
        Column("Sender", "string"),
        Column("Recipient", "string"),
        Column("Failed", "bool"),
        Column("Size", "long"),
    ),
    "test",
)
CLICK = TableSchema(
    "Click",
    (
        Column("TimeGenerated", "datetime"),
        Column("MailId", "string"),
        Column("User", "string"),
        Column("Tags", "dynamic"),
    ),
    "test",
)
CATALOGUE = Catalogue(
    tables={"Mail": MAIL, "Click": CLICK},
    functions={
        "FailedMail": FunctionDefinition(
            "FailedMail",
            "lookback: timespan",
            "Mail | where TimeGenerated > ago(lookback) | where Failed"
            " | extend Seen = max_of(ingestion_time(), TimeGenerated + 5m),"
            " Domain = tostring(split(Sender, '@')[1])",
        ),
        "Local": FunctionDefinition("Local", "address: string", "tolower(split(address, '@')[0])"),
    },
    watchlists={"Trusted": watchlist_columns(("Sender",))},
)

#: One for each way in which a stage can begin, end, be shared, be reduced or not be reduced.
QUERIES = (
    "Mail",
    "Mail | where Failed | project TimeGenerated, Id | sort by TimeGenerated asc",
    "Mail | where TimeGenerated > ago(10m) and Size > 3 | extend Age = now() - TimeGenerated",
    "Mail | where ingestion_time() > ago(5m) | project Id, At = ingestion_time()",
    "Mail | project Id, Size | where Size between (2 .. 6) | top 2 by Size desc",
    "Mail | summarize Mails = count(), Total = sum(Size) by Who = Local(Sender)",
    "Mail | summarize count()",
    "Mail | where Failed | count",
    "Mail | distinct Sender, Domain = tostring(split(Recipient, '@')[1])",
    (
        "Click | join kind=inner (Mail | where Failed) on $left.MailId == $right.Id"
        " | project TimeGenerated, User, Sender"
    ),
    (
        "Click | join kind=leftouter (Mail | summarize arg_min(TimeGenerated, Sender) by Id)"
        " on $left.MailId == $right.Id | project MailId, User, Sender"
    ),
    (
        "Click | join kind=rightouter (Mail | where Failed) on $left.MailId == $right.Id"
        " | project MailId, Id, User"
    ),
    "Click | join kind=fullouter Mail on $left.MailId == $right.Id | project MailId, Id, User",
    "Click | join kind=leftanti (Mail | where Failed | project MailId = Id) on MailId",
    "Click | join kind=leftsemi (FailedMail(8m) | project MailId = Id) on MailId",
    (
        "Click | project User, MailId | join kind=innerunique (Mail | project MailId = Id, Size)"
        " on MailId | summarize Most = max(Size), Clicks = count() by MailId"
    ),
    (
        "let failed = FailedMail(15m); failed | join kind=inner (failed | summarize"
        " Mails = count() by Sender) on Sender | where Mails > 1 | project Id, Sender, Mails"
    ),
    (
        "let m = Mail | summarize Mails = count() by Id, Sender; m | join kind=inner (Click |"
        " summarize Clicks = count() by Id = MailId) on Id | union (m | extend Clicks = 0)"
        " | project Id, Sender, Mails, Clicks"
    ),
    "FailedMail(20m) | where Seen >= now() - 4m and Seen < now() | project Id, Seen, Domain",
    (
        "FailedMail(20m) | join kind=inner (Mail | summarize First = min(TimeGenerated) by Sender)"
        " on Sender | where TimeGenerated < First + 3m | project Id, Sender, First"
        " | sort by Id asc, First asc"
    ),
    "let bad = Mail | where Failed | project Id; Click | where MailId in (bad)",
    (
        "let bad = Mail | where Failed | project Sender; Mail | where Sender !in (bad)"
        " | join kind=inner bad on $left.Recipient == $right.Sender | project Id"
    ),
    "Click | where User !in (_GetWatchlist('Trusted') | project Sender) | project User, MailId",
    (
        "let trusted = _GetWatchlist('Trusted') | project Sender; Mail | where Sender in (trusted)"
        " and TimeGenerated > ago(6m) | project Id"
    ),
    "let most = toscalar(Mail | summarize max(Size)); Mail | where Size == most | project Id",
    (
        "Click | mv-expand Tag = Tags to typeof(string) | where isnotempty(Tag)"
        " | summarize Users = dcount(User) by Tag"
    ),
    (
        "Click | mv-expand Tag = Tags to typeof(string) | join kind=inner (Mail | where Failed"
        " | project Tag = Sender) on Tag | project Tag, User"
    ),
    (
        "union (Mail | project Key = Id, T = TimeGenerated), (Click | project Key = MailId,"
        " T = TimeGenerated) | summarize Last = max(T) by Key"
    ),
    "union kind=outer Mail, Click | summarize count() by Id, MailId",
    (
        "let s = materialize(Mail | where Size > 1 | summarize Sizes = sum(Size) by Sender);"
        " s | join kind=inner (s | summarize Top = max(Sizes)) on $left.Sizes == $right.Top"
        " | project Sender, Sizes"
    ),
    "Mail | sort by TimeGenerated asc, Id asc | serialize Before = prev(Id) | project Id, Before",
    "Mail | sort by TimeGenerated asc, Id asc | summarize Ids = make_list(Id) by Sender",
    "Mail | summarize Ids = make_set(Id) by Failed",
    "Mail | as M | where Failed | union (M | where Size > 4) | project Id, Size",
    (
        "Mail | where Failed | project Sender, Recipient | join kind=inner (Mail | project Sender ="
        " Recipient, Back = Id) on Sender | join kind=leftouter (Click | project Back = MailId,"
        " User) on Back | project Sender, Back, User"
    ),
    (
        "Mail | lookup kind=leftouter (Click | summarize Clicks = count() by Id = MailId) on Id"
        " | project Id, Clicks"
    ),
    "print Now = now()",
    (
        "range n from 1 to 2 step 1 | extend At = now() | join kind=inner (Mail | where Size < 3"
        " | project n = Size, Id) on n"
    ),
    "Mail | where TimeGenerated between (ago(12m) .. ago(3m)) | project Id, Size",
    "Mail | where now() - 9m <= TimeGenerated and ago(2m) > TimeGenerated | distinct Id",
    "Mail | where TimeGenerated > bin(now(), 10m) | project Id",
    "Mail | where now() - TimeGenerated < 7m or Failed | distinct Id, Failed",
    "Mail | summarize Old = countif(TimeGenerated < ago(5m)), dcount(Id) by Sender",
    (
        "Mail | join kind=rightsemi (Click | project Id = MailId, User) on Id"
        " | union (Mail | join kind=rightanti (Click | project Id = MailId, User) on Id)"
    ),
    (
        "let oldest = Mail | summarize First = min(TimeGenerated) by Sender; Mail"
        " | join kind=leftouter oldest on Sender | where TimeGenerated < First + 4m"
        " | project Sender, Id | summarize Ids = count() by Sender"
    ),
    (
        "let oldest = Mail | summarize First = min(TimeGenerated) by Id; let clicks = Click"
        " | summarize Clicks = count() by Id = MailId; oldest | join kind=fullouter clicks on Id"
        " | project Id, Id1, Clicks"
    ),
    (
        "let pairs = Mail | join kind=inner (Click | project Id = MailId, User) on Id; pairs"
        " | distinct Id, User | join kind=leftanti (pairs | where Failed) on Id"
    ),
    (
        "Mail | join kind=inner (Mail | summarize First = min(TimeGenerated) by Sender) on Sender"
        " | sort by First asc, TimeGenerated asc | summarize Ids = make_list(Id) by Recipient"
    ),
    (
        "let seen = Click | summarize Seen = min(TimeGenerated) by Id = MailId; Mail"
        " | lookup kind=leftouter seen on Id | where isnull(Seen) or Seen >= ago(6m) | project Id"
    ),
    (
        "let many = Mail | summarize Mails = count() by Sender | where Mails > 1 | project Sender;"
        " Mail | where Recipient in (many) and Sender !in (many) | project Id, Recipient"
    ),
    (
        "let oldest = Mail | summarize First = min(TimeGenerated) by Sender; Mail"
        " | join kind=inner oldest on Sender | project Sender, Id, TimeGenerated"
        " | summarize New = countif(TimeGenerated > ago(5m)), Ids = make_set(Id),"
        " Age = max(now() - TimeGenerated) by Sender"
    ),
)
#: Those that are made as one relation over intervals of runs, in the order above, at the least.
AT_LEAST_IN_INTERVALS = 43

_offsets = st.integers(-30 * 60, 90 * 60)
_ids = st.sampled_from(["a", "b", "c", "d"])
_people = st.sampled_from(["ann@x.test", "Bob@x.test", "eve@y.test"])
_mails = st.lists(
    st.tuples(
        _offsets, st.integers(0, 900), _ids, _people, _people, st.booleans(), st.integers(0, 8)
    ),
    max_size=14,
)
_clicks = st.lists(
    st.tuples(_offsets, st.integers(0, 900), _ids, _people, st.lists(_people, max_size=2)),
    max_size=10,
)


@st.composite
def _grids(draw: st.DrawFn) -> Grid:
    step = draw(st.integers(1, 13)) * MINUTE
    period = draw(st.integers(1, 40)) * MINUTE
    start = START + draw(st.integers(0, 20)) * MINUTE
    late = draw(st.integers(0, 6)) * MINUTE
    window = TimeWindow(
        start - period,
        start,
        on_ingestion=draw(st.booleans()),
        ingested_by=start + late,
    )
    return Grid(start, window, step, draw(st.integers(1, 7)))


class _Queries(list[BoundQuery]):
    """The queries; their trees would make a failure's report unreadable."""

    def __repr__(self) -> str:
        return f"{len(self)} queries"


@pytest.fixture(scope="module")
def bound() -> _Queries:
    with Binder() as binder:
        queries = _Queries(binder.bind(text, CATALOGUE) for text in QUERIES)
    assert [query.text for query in queries if not query.ok] == []
    return queries


def _engine(
    database: Database, mails: Sequence[tuple[object, ...]], clicks: Sequence[tuple[object, ...]]
) -> DuckEngine:
    engine = DuckEngine(database)
    engine.clear()
    engine.load_watchlist("Trusted", CATALOGUE.watchlists["Trusted"], [{"Sender": "eve@y.test"}])
    engine.load_events(
        MAIL,
        [
            {
                **_times(number, at, late),
                "Id": id_,
                "Sender": sender,
                "Recipient": to,
                "Failed": failed,
                "Size": size,
            }
            for number, (at, late, id_, sender, to, failed, size) in enumerate(mails)
        ],
    )
    engine.load_events(
        CLICK,
        [
            {**_times(number, at, late), "MailId": id_, "User": user, "Tags": tags}
            for number, (at, late, id_, user, tags) in enumerate(clicks)
        ],
    )
    return engine


def _times(number: int, at: object, late: object) -> dict[str, object]:
    # No two events at one time: which of two is the first would be nobody's to say.
    happened = START + timedelta(seconds=int(str(at)), microseconds=number)
    return {
        "TimeGenerated": happened,
        "_IngestionTime": happened + timedelta(seconds=int(str(late))),
    }


def _plain(engine: DuckEngine, query: BoundQuery, grid: Grid) -> dict[int, object]:
    found = {
        run: engine.run(query, now=grid.now_of(run), window=grid.window_of(run))
        for run in range(grid.count)
    }
    return {run: _comparable(query, rows) for run, rows in found.items() if rows.rows}


def _comparable(query: BoundQuery, rows: Rows) -> object:
    cells = [tuple(sorted(c) if isinstance(c, list) else c for c in row) for row in rows.rows]
    return cells if is_sorted(query) else sorted(cells, key=repr)


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with Database.open(None, Limits(threads=1)) as opened:
        yield opened


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(number=st.integers(0, len(QUERIES) - 1), mails=_mails, clicks=_clicks, grid=_grids())
def test_all_runs_at_once_are_each_run_by_itself(
    bound: _Queries,
    database: Database,
    number: int,
    mails: list[tuple[object, ...]],
    clicks: list[tuple[object, ...]],
    grid: Grid,
) -> None:
    query = bound[number]
    engine = _engine(database, mails, clicks)
    bulk = BulkRuns(database)
    bulk.forget()
    try:
        bulk.add("rule", query, grid)
        rows = {each.run: _comparable(query, each.rows) for each in bulk.runs("rule")}
    except UnsupportedError:
        return  # made run by run, which is the other side of this comparison
    assert rows == _plain(engine, query, grid)


def test_most_queries_are_made_in_intervals(bound: _Queries, database: Database) -> None:
    bulk = BulkRuns(database)
    grid = Grid(START, TimeWindow(START - MINUTE, START, ingested_by=START), MINUTE, 3)
    for number, query in enumerate(bound):
        bulk.add(str(number), query, grid)
    apart = [bound[int(key)].text for key in bulk.keys if not bulk.in_intervals(key)]
    assert len(bound) - len(apart) >= AT_LEAST_IN_INTERVALS, apart


def test_most_queries_are_cut(bound: _Queries) -> None:
    refused = []
    for query in bound:
        try:
            staged(query)
        except UnsupportedError:
            refused.append(query.text)
    # Wildcards and the like read tables in ways of their own; everything else must be cut, or the
    # test above compares nothing.
    assert len(refused) <= 2, refused
