"""An account's CV out of the lake: the numbers of its own clones, nobody else's, and who may see it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forgelake.accounts.cv import Cvs, cv_of
from forgelake.app.compose import mining
from forgelake.cv.page import Cv
from forgelake.cv.profile import Profile, Publication, profile_of
from forgelake.model.addresses import Addresses
from forgelake.pipelines.commits.collect import collect_commits
from forgelake.pipelines.commits.counted import counted
from forgelake.pipelines.commits.gather import gathered
from forgelake.pipelines.commits.wanted import repo_key
from forgelake.sources.git.isolation import COUNTED_BY
from forgelake.state.account_repos import ACTIVE, AccountRepo
from tests.pipelines.lakes import Lake
from tests.servers.git_repos import ME, OTHER, Repo

NOW = "2026-01-01T10:00:00Z"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("cv")
    repo = Repo.at(folder / "planted-name.git")
    repo.commit({"a.py": "1\n2\n", "requirements.txt": "planted-package\n"}, "feat: begin")
    repo.commit({"a.py": "1\n3\n"}, "fix: it")
    repo.commit({"b.go": "1\n"}, "docs: b", email=OTHER)
    made = Lake(
        folder / "home", (folder / "none").as_uri(),
        {"FORGELAKE_GIT_SCRATCH": str(folder / "scratch"), "FORGELAKE_API_PRIVATE_REPOS": "hide", "FORGELAKE_NOW": NOW},
    )  # fmt: skip
    with made.open() as context:
        places = [repo.folder, folder / "absent"]
        collect_commits(context, mining(context.settings, Addresses.of([ME])), places, account="a" * 32)
        collect_commits(context, mining(context.settings, Addresses.of([OTHER])), places[:1], account="b" * 32)
    return made


def page(lake: Lake, account: str, profile: Profile | None = None, repos: Sequence[AccountRepo] = ()) -> Cv:
    with lake.open() as context:
        return cv_of(context.lake.now(0), account, profile or Profile(), repos, context.clock())


def test_the_lake_tells_what_the_clone_tells(lake: Lake) -> None:
    with lake.open() as context:
        asked = mining(context.settings, Addresses.of([ME]))
        found, _ = gathered(asked, [lake.home.parent / "planted-name.git"])
        mined, kept = counted(found, context.clock(), COUNTED_BY), page(lake, "a" * 32)
    assert kept.totals.commits == 2
    for part in ("trends", "years", "calendar", "languages", "kinds", "punch_card"):
        assert getattr(kept, part) == getattr(mined, part)
    assert (kept.totals.lines, kept.totals.set_aside) == (mined.totals.lines, mined.totals.set_aside)


def test_each_account_has_its_own_and_a_repository_that_was_not_read_is_a_gap(lake: Lake) -> None:
    mine, other, nobody = (page(lake, letter * 32) for letter in "abc")
    assert [one.totals.commits for one in (mine, other, nobody)] == [2, 1, 0]
    assert [(one.coverage.repos_received, one.coverage.repos_expected) for one in (mine, other)] == [(1, 2), (1, 1)]
    assert nobody.coverage.repos_expected == 0


def test_a_private_repository_is_not_named_nor_are_its_packages_unless_that_is_wanted(lake: Lake) -> None:
    mine = page(lake, "a" * 32, profile_of({"private_label": "At work"}))
    assert [part.label for part in mine.repos] == ["At work"]
    assert "planted" not in repr(mine)
    everything = page(lake, "a" * 32, profile_of({"packages": "all"}))
    assert [package.name for package in everything.packages] == ["planted-package"]


def test_a_public_repository_is_told_by_name_until_its_forge_lists_it_no_more(lake: Lake) -> None:
    key = repo_key(lake.home.parent / "planted-name.git")
    address = "https://e.example/ada/open"
    public = AccountRepo("a" * 32, key, "github", f"{address}.git", "ada/open", "ada", visibility="public", stars=7)
    waiting = replace(public, key="waiting", visibility="private", choice=ACTIVE)
    own, others, gone = (
        page(lake, "a" * 32, repos=[one, waiting])
        for one in (replace(public, is_own=True), public, replace(public, gone_at=datetime(2025, 12, 1, tzinfo=UTC)))
    )
    told = [[(part.label, part.url, part.stars) for part in one.repos] for one in (own, others, gone)]
    assert told == [[("ada/open", address, 7)], [("ada/open", address, None)], [("Private work", None, None)]]
    assert [package.name for package in own.packages] == ["planted-package"]
    assert (own.coverage.repos_received, own.coverage.repos_expected) == (1, 3)
    assert ([trend.total for trend in own.contributions], page(lake, "a" * 32).contributions) == ([0, 0, 0], ())


def test_nothing_is_public_that_was_not_published_and_a_link_ends_with_the_next(lake: Lake) -> None:
    with lake.open() as context:
        cvs = Cvs(context.state.profiles)
        assert cvs.of("a" * 32).publication is Publication.PRIVATE
        cvs.write("a" * 32, profile_of({"headline": "Engines"}))
        first = cvs.publish("a" * 32, Publication.LINK).link_token
        second = cvs.publish("a" * 32, Publication.LINK).link_token
        assert first
        assert second not in (None, first)
        public = cvs.publish("a" * 32, Publication.PUBLIC)
        assert (public.link_token, public.profile.headline) == (None, "Engines")
        assert [row.account for row in context.state.profiles.public()] == ["a" * 32]
        assert cvs.of("b" * 32).profile == Profile()
        assert cvs.delete("a" * 32)
        assert not cvs.delete("a" * 32)
        assert cvs.of("a" * 32).publication is Publication.PRIVATE


def test_folders_of_this_machine_do_not_tell_their_names(lake: Lake) -> None:
    state = Path(lake.home / "state.db").read_bytes()
    assert b"planted-name" not in state
