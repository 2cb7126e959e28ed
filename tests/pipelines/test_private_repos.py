"""Private repositories are collected like others, and left out where they are not to be shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from forgelake.app.compose import opened
from forgelake.pipelines.traffic.imported import import_traffic
from forgelake.query.snapshot import Snapshot
from forgelake.settings.loading import load
from forgelake.sources.repo_stats.packing import Repository
from tests.pipelines.days import STARS, Days, days
from tests.pipelines.lakes import Lake


@pytest.fixture
def both(lake: Lake) -> Iterator[Days]:
    with days(lake, repos="octo/cat octo/secret octo/gone", topics="lake") as opened_days:
        opened_days.github.repo("octo/cat")
        secret = opened_days.github.repo("octo/secret")
        secret.private, secret.readers = True, {"secret"}
        opened_days.collect()
        opened_days.collect(STARS)
        yield opened_days


def names(snapshot: Snapshot) -> set[str]:
    with snapshot.session() as session:
        found = [session.run(f"SELECT repo_name FROM {table}").read_all() for table in ("repo_snapshots", "star_days")]
        slices = session.run("SELECT name, reason FROM slices").read_all()
    told = {f"{row['name']} {row['reason']}" for row in slices.to_pylist()}
    tracked = {row.title for row in snapshot.tracked}
    return {name for table in found for name in table["repo_name"].to_pylist()} | told | tracked


@pytest.mark.parametrize("private", [True, False])
def test_rows_days_and_names_are_shown_as_the_caller_may_see_them(both: Days, *, private: bool) -> None:
    with opened(load(both.lake.environ, both.lake.home.parent), private=private) as context:
        shown = names(context.lake.now())
    assert any("octo/cat" in name for name in shown)
    assert any(name.startswith("topic/lake/") for name in shown)
    assert any("octo/secret" in name or "snapshot/1001/" in name for name in shown) == private
    assert any("octo/gone" in name for name in shown) == private


def test_a_repository_that_is_private_now_is_left_out_with_all_of_its_days(both: Days) -> None:
    cat = both.github.repo("octo/cat")
    cat.private, cat.readers = True, {"secret"}
    both.next()
    both.collect()
    with opened(load(both.lake.environ, both.lake.home.parent), private=False) as context:
        assert not any("octo/" in name for name in names(context.lake.now()))


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("repo_id", [1001, None])
def test_an_archive_of_a_private_repository_is_left_out(
    both: Days, tmp_path: Path, repo_id: int | None, *, private: bool
) -> None:
    header = "time_iso8601,clones_total,clones_unique,views_total,views_unique"
    lines = f"{header}\n2021-11-01 00:00:00+00:00,2,1,9,4\n2021-11-02 00:00:00+00:00,-1,1,9,4\n"
    (tmp_path / "views_clones_aggregate.csv").write_text(lines, encoding="utf-8")
    chosen = load(both.lake.environ, both.lake.home.parent)
    with opened(chosen) as context:
        import_traffic(context, tmp_path, "octo/secret", lambda name: Repository(name, repo_id))
    with opened(chosen, private=private) as context, context.lake.now().session() as session:
        for table in ("traffic_days", "rejects", "slices WHERE source = 'github-repo-stats'"):
            assert len(session.run(f"SELECT * FROM {table}").read_all()) == int(private)
