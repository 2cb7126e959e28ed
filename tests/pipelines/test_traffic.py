"""``collect traffic``: whose traffic is asked for, what is kept of it, and what a run that breaks off leaves."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest

from forgelake.metrics.answer import Answer, answer_from
from forgelake.metrics.binding import bind
from forgelake.metrics.catalogue import Catalogue, folders
from forgelake.model.errors import StopError
from forgelake.model.slices import SliceStatus
from forgelake.pipelines.context import Context
from forgelake.pipelines.daily.rebuild import rebuild_daily
from forgelake.pipelines.traffic.imported import import_traffic
from forgelake.sources.repo_stats.packing import Repository
from tests.pipelines.days import REPOS
from tests.pipelines.lakes import Lake
from tests.pipelines.timelines import PassingTime
from tests.pipelines.traffic_days import FIRST, World, collect, collecting, days, instant, rows, values
from tests.servers.mirror import Fault

CAT = "/repos/octo/cat/traffic"


@pytest.fixture
def github() -> Iterator[World]:
    with World() as world:
        yield world


def later(number: int) -> date:
    return FIRST + timedelta(days=number)


def ask(context: Context, name: str, now: date, **given: str) -> Answer:
    """A metric's answer on some day."""
    metric = Catalogue.load(folders(None)).get(name)
    return answer_from(context.lake.now(0), bind(metric, given, instant(now)), instant(now))


def test_days_windows_referrers_and_paths_are_kept(lake: Lake, github: World) -> None:
    cat = github.with_repo("octo/cat", 3)
    github.desk.referrers[cat] = {"Google": (30, 12), "github.com": (30, 9), "t.co": (40, 2)}
    github.desk.paths[cat] = {"/octo/cat": (50, 20)}
    github.today = later(2)
    with collecting(lake, github, "octo/cat") as context:
        assert collect(context, github).complete
        truth = github.desk.visits[cat]
        assert {day: values(row) for day, row in days(context, cat).items()} == {
            later(number): truth[later(number)].after(2 - number) for number in range(3)
        }
        (window,) = rows(context, "SELECT views, repo_name, day FROM traffic_windows")
        assert window == {
            "views": sum(truth[later(number)].after(2 - number).views for number in range(3)),
            "repo_name": "octo/cat",
            "day": later(2),
        }
        referrers = rows(context, "SELECT rank, referrer, views, view_uniques FROM traffic_referrers ORDER BY rank")
        assert [tuple(row.values()) for row in referrers] == [
            (1, "t.co", 40, 2),
            (2, "Google", 30, 12),
            (3, "github.com", 30, 9),
        ]
        (page,) = rows(context, "SELECT rank, path, title, views, view_uniques FROM traffic_paths")
        assert tuple(page.values()) == (1, "/octo/cat", "Title of /octo/cat", 50, 20)


def test_a_second_run_of_the_day_asks_for_nothing(lake: Lake, github: World) -> None:
    github.with_repo("octo/cat", 2)
    with collecting(lake, github, "octo/cat") as context:
        assert collect(context, github).landed == 1
        asked = len(github.requests)
        assert collect(context, github).landed == 0
        assert len(github.requests) == asked


def test_what_has_not_changed_costs_nothing_and_is_seen_again(lake: Lake, github: World) -> None:
    cat = github.with_repo("octo/cat")
    github.desk.referrers[cat] = {"Google": (30, 12)}
    with collecting(lake, github, "octo/cat") as context:
        collect(context, github)
        spent = sum(github.spent.values())
        github.today = later(1)
        assert collect(context, github).landed == 1
        assert sum(github.spent.values()) == spent
        assert [row["day"] for row in rows(context, "SELECT day FROM traffic_referrers ORDER BY day")] == [
            FIRST,
            later(1),
        ]


def test_endpoints_that_failed_are_asked_again_by_the_next_run_of_the_day(lake: Lake, github: World) -> None:
    cat = github.with_repo("octo/cat", 1)
    github.desk.referrers[cat] = {"Google": (30, 12)}
    with collecting(lake, github, "octo/cat") as context:
        github.down = {"octo/cat/traffic/clones": {FIRST}}
        first = collect(context, github)
        assert not first.complete
        assert "clones" in dict(first.faults)["traffic of octo/cat"]
        assert days(context, cat)[FIRST]["views"] is not None
        assert days(context, cat)[FIRST]["clones"] is None
        github.down.clear()
        asked = len(github.requests)
        assert collect(context, github).complete
        assert [request.path for request in github.requests[asked:]] == [f"{CAT}/clones"]
        assert values(days(context, cat)[FIRST]) == github.desk.visits[cat][FIRST].after(0)
        assert rows(context, "SELECT count(*) AS n FROM traffic_referrers") == [{"n": 1}]


def test_a_repository_without_the_permission_is_named_once_and_is_no_gap(lake: Lake, github: World) -> None:
    github.with_repo("octo/cat", 3)
    github.with_repo("octo/dog", 3, shown=False)
    with collecting(lake, github, "octo/cat", "octo/dog") as context:
        told: list[str] = []
        for number in range(8):
            github.today = later(number)
            gathered = collect(context, github)
            assert gathered.complete
            told += gathered.told
        (line,) = told
        assert line.startswith("octo/dog: no token may read its traffic (403)")
        assert '"Administration" (read)' in line
        assert '"repo"' in line
        # Once at first, and once a week for somebody may have added it.
        assert len(github.asked("/repos/octo/dog/traffic/views")) == 2
        assert github.asked("/repos/octo/dog/traffic/clones") == []
        coverage = ask(context, "traffic_views", later(7), **{"from": str(FIRST), "to": str(later(8))}).coverage
        assert (coverage.expected, coverage.received) == (8, 8)
        (missing,) = context.state.tokens.missing()
        assert (missing.subject, missing.missing) == ("traffic of octo/dog", "administration=read")


def test_a_permission_that_was_added_is_found_within_a_week(lake: Lake, github: World) -> None:
    dog = github.with_repo("octo/dog", 10, shown=False)
    with collecting(lake, github, "octo/dog") as context:
        collect(context, github)
        github.shown_to[dog] = {"secret"}
        for number in range(1, 8):
            github.today = later(number)
            collect(context, github)
        assert days(context, dog)
        assert context.state.tokens.missing() == []


def test_days_that_were_seen_later_are_no_gaps_and_lost_ones_say_why(lake: Lake, github: World) -> None:
    cat = github.with_repo("octo/cat", 24)
    github.down = {"octo/cat": {later(number) for number in range(2, 19)}}
    with collecting(lake, github, "octo/cat") as context:
        for number in range(24):
            github.today = later(number)
            with suppress(StopError):
                collect(context, github)
        seen = days(context, cat)
        asked = {"from": str(FIRST), "to": str(later(24))}
        answer = ask(context, "traffic_views", later(23), **asked)
        windows = ask(context, "traffic_windows", later(23), **asked, repo="octo/cat")
    lost = [later(number) for number in range(2, 5)]
    assert set(lost) == {later(number) for number in range(24)} - seen.keys()
    assert (answer.coverage.expected, answer.coverage.received) == (24, 21)
    gaps = answer.coverage.gaps
    assert [(gap.start.date(), gap.end.date()) for gap in gaps] == [(day, day + timedelta(days=1)) for day in lost]
    assert all(gap.reason.startswith("octo/cat: octo/cat: views: ") for gap in gaps)
    views = {row["bucket"].date(): row["views"] for row in answer.table.to_pylist()}
    assert not views.keys() & set(lost)
    assert views[later(10)] == github.desk.visits[cat][later(10)].views
    # What was so on a day itself is not told later.
    assert windows.coverage.received == 24 - 17


def test_a_run_that_is_stopped_goes_on_without_asking_twice(lake: Lake, github: World) -> None:
    names = [f"octo/r{number}" for number in range(4)]
    for name in names:
        github.with_repo(name, 2)
    with collecting(lake, github, *names) as context:
        time = PassingTime(instant(FIRST))
        github.watch = lambda: time.end() if len(github.requests) > 12 else None
        assert collect(context, github, time).stopped
        assert collect(context, github).complete
        paths = [request.path for request in github.requests if "/traffic/" in request.path]
        assert len(paths) == len(set(paths)) == 16
        assert rows(context, "SELECT count(DISTINCT repo_id) AS n FROM traffic_windows") == [{"n": 4}]


def test_traffic_of_a_renamed_repository_stays_with_it(lake: Lake, github: World) -> None:
    cat = github.with_repo("octo/cat", 3)
    with collecting(lake, github, "octo/cat") as context:
        collect(context, github)
        github.rename("octo/cat", "octo/lion")
        github.today = later(1)
        collect(context, github)
        assert days(context, cat).keys() == {FIRST, later(1)}


def test_another_repository_of_the_same_name_is_not_mistaken_for_it(lake: Lake, github: World) -> None:
    cat = github.with_repo("octo/cat", 3)
    with collecting(lake, github, "octo/cat") as context:
        collect(context, github)
        github.rename("octo/cat", "octo/lion")
        github.made("octo/cat")
        github.with_repo("octo/cat", 3)
        github.today = later(1)
        gathered = collect(context, github)
        assert "is another repository now" in "".join(reason for _, reason in gathered.faults)
        assert days(context, cat).keys() == {FIRST}
        assert {row["repo_id"] for row in rows(context, "SELECT repo_id FROM traffic_days")} == {cat}


def test_rebuild_makes_the_same_rows_from_landing(lake: Lake, github: World) -> None:
    cat = github.with_repo("octo/cat", 5)
    github.desk.referrers[cat] = {"Google": (30, 12)}
    with collecting(lake, github, "octo/cat") as context:
        for number in range(5):
            github.today = later(number)
            collect(context, github)
    tables = ("traffic_days", "traffic_windows", "traffic_referrers")
    before = {table: lake.table(table) for table in tables}
    for path in (*lake.home.glob("state.db*"), *lake.home.glob("catalog.db*")):
        path.unlink()
    with lake.open() as context:
        rebuild_daily(context, FIRST, later(5))
    assert {table: lake.table(table) for table in tables} == before


def test_an_archive_and_collected_days_become_one_series(lake: Lake, github: World, tmp_path: Path) -> None:
    cat = github.with_repo("octo/cat", 4)
    folder = tmp_path / "archive"
    folder.mkdir()
    before, on_the_first = FIRST - timedelta(days=30), github.desk.visits[cat][FIRST]
    lines = [
        "time_iso8601,clones_total,clones_unique,views_total,views_unique",
        f"{before} 00:00:00+00:00,1,1,7,2",
        f"{FIRST} 00:00:00+00:00,{on_the_first.clones + 5},0,1,1",
    ]
    (folder / "views_clones_aggregate.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with collecting(lake, github, "octo/cat") as context:
        import_traffic(context, folder, "octo/cat", Repository)
        github.today = later(3)
        collect(context, github)
        seen = days(context, cat)
        assert sorted(seen) == [before, FIRST, later(1), later(2), later(3)]
        assert (seen[before]["views"], seen[before]["is_final"]) == (7, True)
        assert seen[FIRST]["views"] == on_the_first.views
        assert seen[FIRST]["clones"] == on_the_first.clones + 5
        asked = {"from": str(before), "to": str(FIRST), "repo": "octo/cat"}
        views = ask(context, "traffic_views", later(3), **asked).table.to_pylist()
        assert [row["views"] for row in views if row["bucket"].date() == before] == [7]


def test_an_answer_that_is_no_traffic_costs_that_endpoint_only(lake: Lake, github: World) -> None:
    cat = github.with_repo("octo/cat", 1)
    with collecting(lake, github, "octo/cat") as context:
        github.plan(f"{CAT}/views", Fault(body=b"<html>we are down</html>"))
        gathered = collect(context, github)
        assert "views: not JSON" in dict(gathered.faults)["traffic of octo/cat"]
        assert days(context, cat)[FIRST]["clones"] == github.desk.visits[cat][FIRST].after(0).clones
        (row,) = [row for row in context.state.ledger.all_rows() if row.name.startswith("traffic/")]
        assert row.status is SliceStatus.RECEIVED


def test_days_of_a_repository_that_is_gone_are_gaps(lake: Lake, github: World) -> None:
    github.with_repo("octo/cat", 1)
    github.repo("octo/cat").permission = "ADMIN"
    with collecting(lake, github, "octo/cat") as context:
        collect(context, github, job=REPOS)
        collect(context, github)
        github.repo("octo/cat").blocked, github.today = True, later(1)
        collect(context, github, job=REPOS)
        assert dict(collect(context, github).faults)["traffic of octo/cat"].startswith("octo/cat is blocked")
        statuses = {row.name: row.status for row in context.state.ledger.all_rows()}
        assert statuses[f"traffic/1000/{later(1)}"] is SliceStatus.MISSING
        assert all(row.until is None for row in context.state.tracked.all_rows())


def test_a_day_of_which_nothing_came_is_a_gap_with_its_reason(lake: Lake, github: World) -> None:
    github.with_repo("octo/cat", 1)
    with collecting(lake, github, "octo/cat") as context:
        collect(context, github)
        github.today, github.down = later(1), {"octo/cat": {later(1)}}
        with suppress(StopError):
            assert not collect(context, github).complete
        (row,) = [row for row in context.state.ledger.all_rows() if row.name.endswith(str(later(1)))]
        assert row.status is SliceStatus.FAILED
        assert "octo/cat: views: " in (row.reason or "")
