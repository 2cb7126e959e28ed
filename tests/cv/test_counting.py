"""A page counts each commit once, and lines as git does."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from forgelake.cv.page import Aside, Cv, Failure, Lines
from forgelake.model.commits import CommitKind, MinedCommit, MinedRepo, Package, PathClass, Tally, in_all
from forgelake.pipelines.commits.counted import counted

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PYTHON, LOCK = PathClass("Python"), PathClass("TOML", is_generated=True)
FOREIGN = PathClass("C", is_vendored=True, is_generated=True)
CLASSES = st.builds(PathClass, st.sampled_from(["Python", "C", None]), st.booleans(), st.booleans(), st.booleans())
TALLIES = st.lists(st.builds(Tally, CLASSES, st.integers(1, 150), st.just(0), st.integers(0, 99), st.integers(0, 99)))
TIMES = st.none() | st.datetimes(datetime(1970, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC))  # noqa: DTZ001
COMMITS = st.builds(
    MinedCommit, st.integers(0, 5).map(str), TIMES, st.none() | st.integers(-840, 840), st.sampled_from(CommitKind),
    st.booleans(), st.none() | TALLIES.map(tuple),
)  # fmt: skip
SOME = st.lists(COMMITS, unique_by=lambda one: one.id).map(tuple)
REPOS = st.lists(st.builds(MinedRepo, st.just("r"), st.just("h"), SOME), max_size=3)


def commit(number: int, at: datetime | None = NOW, *tallies: Tally, kind: CommitKind = CommitKind.FEAT) -> MinedCommit:
    return MinedCommit(str(number), at, 60, kind, is_breaking=False, tallies=tallies)


def page(*commits: MinedCommit, own: tuple[Aside, ...] = ()) -> Cv:
    return counted([MinedRepo("one", "h", commits)], NOW, "mark", own=own)


@settings(max_examples=15, deadline=None)
@given(REPOS, st.sets(st.sampled_from(Aside)))
def test_what_counts_and_what_is_set_aside_are_all_lines_of_each_commit_once(
    repos: list[MinedRepo], own: set[Aside]
) -> None:
    found = counted(repos, NOW, "mark", own=own)
    known: dict[str, MinedCommit] = {}
    for one in (one for repo in repos for one in repo.commits):
        if one.id not in known or known[one.id].tallies is None:
            known[one.id] = one
    files, _, added, deleted = in_all(tally for one in known.values() for tally in one.tallies or ())
    parts = [found.totals.lines, *found.totals.set_aside.values()]
    assert Lines(sum(p.files for p in parts), sum(p.added for p in parts), sum(p.deleted for p in parts)) == Lines(
        files, added, deleted
    )
    assert found.totals.commits == len(known) == sum(found.kinds.values())
    assert sum(day.commits for day in found.calendar) == found.totals.commits - found.coverage.undated
    assert sum(year.commits for year in found.years) == found.totals.commits - found.coverage.undated
    assert sum(one.lines.added for one in found.languages) == found.totals.lines.added
    assert sum(part.commits - part.shared for part in found.repos) == found.totals.commits


def test_lines_are_set_aside_by_the_first_reason_and_taken_back_by_choice() -> None:
    one = commit(1, NOW, Tally(PYTHON, 1, 0, 5, 1), Tally(LOCK, 1, 0, 50, 0), Tally(FOREIGN, 1, 0, 500, 0))
    large = commit(2, NOW, Tally(PYTHON, 201, 0, 9_000, 0))
    found = page(one, large).totals
    assert found.lines == Lines(1, 5, 1)
    assert found.set_aside[Aside.GENERATED] == Lines(2, 550, 0)
    assert found.set_aside[Aside.LARGE] == Lines(201, 9_000, 0)
    chosen = page(one, large, own=(Aside.GENERATED,)).totals
    assert chosen.lines == Lines(2, 55, 1)
    assert chosen.set_aside[Aside.VENDORED] == Lines(1, 500, 0)


def test_trends_tell_the_last_weeks_of_each_number() -> None:
    ages = (timedelta(days=1), timedelta(weeks=2), timedelta(weeks=30), timedelta(weeks=90))
    commits = [commit(number, NOW - age, Tally(PYTHON, 1, 0, 1, 0)) for number, age in enumerate(ages)]
    trends = {
        trend.metric: (trend.total, trend.weeks_52, trend.weeks_13, trend.weeks_1) for trend in page(*commits).trends
    }
    assert trends["commits"] == trends["lines added"] == trends["features"] == trends["commit days"] == (4, 3, 2, 1)
    assert trends["fixes"] == (0, 0, 0, 0)


def test_the_punch_card_goes_by_the_authors_own_clock() -> None:
    card = page(commit(1, datetime(2026, 11, 22, 23, 30, tzinfo=UTC))).punch_card
    assert card[0][0] == sum(map(sum, card)) == 1


def test_years_without_commits_are_told_as_such_between_others() -> None:
    years = page(commit(1, datetime(2020, 1, 1, tzinfo=UTC)), commit(2)).years
    assert [(year.year, year.commits) for year in years][:2] == [(2020, 1), (2021, 0)]


def test_packages_tell_where_they_are_used_and_when_they_were_added() -> None:
    flask, vue = Package("pypi", "flask"), Package("npm", "vue")
    early = MinedCommit(
        "1", NOW - timedelta(days=9), 0, CommitKind.FEAT, is_breaking=False, tallies=(), packages=(flask,)
    )
    late = MinedCommit("2", NOW, 0, CommitKind.FEAT, is_breaking=False, tallies=(), packages=(flask, vue))
    repos = [
        MinedRepo("a", "h", (early,), uses=frozenset({flask})),
        MinedRepo("b", "h", (late,), uses=frozenset({flask})),
    ]
    found = [(one.name, one.repos, one.added, one.first_added) for one in counted(repos, NOW, "mark").packages]
    assert found == [("flask", 2, 2, NOW - timedelta(days=9)), ("vue", 0, 1, NOW)]


def test_what_is_missing_is_told() -> None:
    uncounted = MinedCommit("1", None, None, CommitKind.FIX, is_breaking=False, tallies=None)
    covered = counted([MinedRepo("a", "h", (uncounted,))], NOW, "mark", failures=[Failure("b", "gone")]).coverage
    assert (covered.repos_expected, covered.repos_received) == (2, 1)
    assert (covered.commits_expected, covered.commits_counted) == (1, 0)
    assert (covered.undated, covered.without_zone, covered.is_whole) == (1, 1, False)
