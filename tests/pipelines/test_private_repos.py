"""Private repositories are collected like others, and left out where they are not to be shown."""

from collections.abc import Iterator

import pytest

from forgelake.app.compose import opened
from forgelake.query.snapshot import Snapshot
from forgelake.settings.loading import load
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
