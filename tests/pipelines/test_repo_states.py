"""Names and fates of repositories: everything is known by the id, and the timeline says what happened."""

from collections.abc import Iterator

import pytest

from forgelake.metrics.answer import answer_from
from forgelake.metrics.binding import bind
from forgelake.metrics.catalogue import Catalogue
from forgelake.model.slices import SliceStatus
from forgelake.state.ledger import Ledger
from tests.pipelines.days import FIRST, Days, days
from tests.pipelines.lakes import Lake


@pytest.fixture(params=["graphql", "rest"])
def cat(request: pytest.FixtureRequest, lake: Lake) -> Iterator[Days]:
    """One tracked repository, seen once, by GraphQL and by REST; then it is the next day."""
    with days(lake, repos="octo/cat") as opened:
        opened.github.graphql = request.param == "graphql"
        opened.github.repo("octo/cat")
        assert opened.collect().complete
        opened.next()
        yield opened


def timeline(opened: Days) -> list[tuple[int, str, str, str | None]]:
    rows = sorted(opened.rows("repo_states"), key=lambda row: (row["day"], row["repo_id"]))
    return [(row["repo_id"], row["state"], row["repo_name"], row["former_name"]) for row in rows]


def test_a_renamed_repository_keeps_its_id_and_both_names(cat: Days) -> None:
    cat.github.rename("octo/cat", "octo/dog")
    gathered = cat.collect()
    assert gathered.complete
    assert gathered.told == ("octo/dog (was octo/cat) is renamed now",)
    assert timeline(cat) == [
        (1000, "available", "octo/cat", None),
        (1000, "renamed", "octo/dog", "octo/cat"),
    ]
    assert {row["repo_name"] for row in cat.rows()} == {"octo/cat", "octo/dog"}
    cat.next()
    assert cat.collect().complete
    assert len(timeline(cat)) == 2


def test_a_transferred_repository_has_another_owner(cat: Days) -> None:
    cat.github.rename("octo/cat", "hub/cat")
    cat.collect()
    assert timeline(cat)[-1] == (1000, "transferred", "hub/cat", "octo/cat")


def test_a_renamed_owner_is_no_transfer(cat: Days) -> None:
    repo = cat.github.repo("octo/cat")
    repo.owner_id = "O_octo"
    cat.github.rename("octo/cat", "octopus/cat")
    cat.collect()
    assert timeline(cat)[-1] == (1000, "renamed", "octopus/cat", "octo/cat")


def test_a_name_that_is_used_again_brings_a_second_repository(cat: Days) -> None:
    cat.github.rename("octo/cat", "octo/dog")
    cat.github.made("octo/cat").stars = 77
    assert cat.collect().complete
    latest = {row["repo_id"]: (row["repo_name"], row["stars"]) for row in cat.rows()}
    assert latest[1001] == ("octo/cat", 77)
    assert (1001, "available", "octo/cat", None) in timeline(cat)
    assert (1000, "renamed", "octo/dog", "octo/cat") in timeline(cat)


def test_the_names_of_a_repository_are_told_by_each_of_them(cat: Days) -> None:
    cat.github.rename("octo/cat", "octo/dog")
    cat.collect()
    cat.github.rename("octo/dog", "hub/dog")
    cat.next()
    cat.collect()
    cat.next()
    catalogue, now = Catalogue.load(), cat.time.instant
    with cat.lake.open() as context:
        for name in ("octo/cat", "hub/dog"):
            question = {"from": str(FIRST), "to": str(now.date()), "repo": name}
            told = answer_from(context.lake.now(), bind(catalogue.get("repo_names"), question, now), now)
            assert [(row["repo_name"], row["change"]) for row in told.table.to_pylist()] == [
                ("octo/cat", "available"),
                ("octo/dog", "renamed"),
                ("hub/dog", "transferred"),
            ]
            assert (told.coverage.expected, told.coverage.received) == (3, 3)
            summary = answer_from(context.lake.now(), bind(catalogue.get("repo_summary"), question, now), now)
            assert summary.table["repo_name"].to_pylist() == ["hub/dog"]


def test_a_deleted_repository_keeps_its_history_and_every_day_says_why(cat: Days) -> None:
    cat.github.repo("octo/cat").deleted = True
    gathered = cat.collect()
    assert not gathered.complete
    assert gathered.faults[0][0] == "octo/cat"
    assert len(gathered.told) == 1
    assert timeline(cat)[-1][1] == "missing"
    assert cat.statuses() == [SliceStatus.RECEIVED, SliceStatus.MISSING]
    assert len(cat.rows()) == 1
    cat.next()
    cat.collect()
    assert len(timeline(cat)) == 2
    assert cat.statuses()[-1] is SliceStatus.MISSING


def test_a_blocked_repository_is_said_to_be_blocked_and_comes_back(cat: Days) -> None:
    cat.github.repo("octo/cat").blocked = True
    cat.collect()
    assert timeline(cat)[-1][1] == "blocked"
    detail = max(cat.rows("repo_states"), key=lambda row: row["day"])["detail"]
    assert detail == "GitHub has blocked it (451): Repository access blocked"
    cat.github.repo("octo/cat").blocked = False
    cat.next()
    assert cat.collect().complete
    assert timeline(cat)[-1][1] == "available"


def test_a_repository_that_becomes_private_is_private_to_its_readers_and_missing_to_others(cat: Days) -> None:
    repo = cat.github.repo("octo/cat")
    repo.private, repo.readers = True, {"secret"}
    assert cat.collect().complete
    assert timeline(cat)[-1][1] == "private"
    assert max(cat.rows(), key=lambda row: row["day"])["visibility"] == "private"
    repo.readers = set()
    cat.next()
    cat.collect()
    assert timeline(cat)[-1][1] == "missing"


def test_a_crash_before_the_ledger_knows_forgets_no_rename_and_asks_for_nothing_again(
    cat: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise SystemExit

    cat.github.rename("octo/cat", "octo/dog")
    before = len(cat.github.requests)
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "landed_many", crash)
        with pytest.raises(SystemExit):
            cat.collect()
    asked = cat.github.requests[before:]
    assert cat.collect().complete
    again = cat.github.requests[before + len(asked) :]
    # Where there is no GraphQL, each run finds that out by itself.
    assert not {(one.path, one.body) for one in again if cat.github.graphql or one.path != "/graphql"} & {
        (one.path, one.body) for one in asked
    }
    assert timeline(cat) == [
        (1000, "available", "octo/cat", None),
        (1000, "renamed", "octo/dog", "octo/cat"),
    ]
