"""The machinery of daily jobs: going on, limits, several tokens, coverage, costs."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from forgelake.metrics.answer import answer_from
from forgelake.metrics.binding import bind
from forgelake.metrics.catalogue import Catalogue, folders
from forgelake.model.errors import ConfigurationError, StopError
from forgelake.model.slices import SliceStatus
from forgelake.pipelines.daily.journal import Journal
from forgelake.sources.github.said import Said
from forgelake.state.owners import Owner
from tests.pipelines.days import FIRST, REPOS, STARS, Days, days
from tests.pipelines.lakes import Lake
from tests.servers.github import Budget
from tests.servers.mirror import Fault

NAMES = [f"octo/r{number}" for number in range(8)]


@pytest.fixture
def eight(lake: Lake) -> Iterator[Days]:
    """Eight repositories, asked for by REST: five requests each, and one to find each by its name."""
    with days(lake, repos=" ".join(NAMES)) as opened:
        opened.github.graphql = False
        for name in NAMES:
            opened.github.repo(name)
        yield opened


def repeated(opened: Days, first: int = 0) -> list[str]:
    """Requests that were made more than once and answered in full each time."""
    paths = [one.path for one in opened.github.requests[first:] if one.path != "/graphql"]
    return sorted({path for path in paths if paths.count(path) > 1})


def test_a_run_that_is_stopped_goes_on_where_it_was_and_asks_for_nothing_twice(eight: Days) -> None:
    eight.github.tokens["secret"] = Budget(20)
    ended = eight.time.sleep

    def stop(seconds: float) -> None:
        ended(seconds)
        eight.time.end()

    eight.time.sleep = stop  # type: ignore[method-assign]
    gathered = eight.collect()
    assert gathered.stopped
    assert not gathered.complete
    eight.time.ended = False
    eight.time.sleep = ended  # type: ignore[method-assign]
    assert eight.collect().complete
    assert len(eight.rows()) == 8
    assert repeated(eight) == []
    assert eight.github.offences == []


@pytest.mark.parametrize("requests", [3, 9, 17, 30])
def test_a_run_that_dies_loses_no_answer(eight: Days, requests: int, monkeypatch: pytest.MonkeyPatch) -> None:
    left = [requests]

    class DiedError(BaseException):
        """The process is gone."""

    def put_and_die(journal: Journal, url: str, said: Said) -> None:
        put(journal, url, said)
        left[0] -= 1
        if left[0] == 0:
            raise DiedError

    put = Journal.put
    with monkeypatch.context() as patched:
        patched.setattr(Journal, "put", put_and_die)
        with pytest.raises(DiedError):
            eight.collect()
    assert eight.collect().complete
    assert len(eight.rows()) == 8
    assert repeated(eight) == []


def test_limits_are_waited_for_and_never_overstepped(eight: Days) -> None:
    eight.github.tokens["secret"] = Budget(15)
    before = eight.time.instant
    assert eight.collect().complete
    assert eight.github.offences == []
    assert timedelta(hours=1) < eight.time.instant - before < timedelta(hours=6)


def test_bursts_that_are_refused_are_waited_for(eight: Days) -> None:
    eight.github.per_minute = 20
    eight.github.retry_after = 90
    assert eight.collect().complete
    assert eight.github.offences == []


def test_several_tokens_share_the_work_each_with_its_budget(eight: Days) -> None:
    eight.github.tokens |= {"second": Budget(5000), "third": Budget(5000)}
    variables = {"FORGELAKE_GITHUB_TOKENS": "env:TWO env:THREE", "TWO": "second", "THREE": "third"}
    assert eight.collect(**variables).complete
    used = {name: budget.used for name, budget in eight.github.tokens.items() if name}
    assert all(used.values())
    spent = eight.github.spent["core"]
    assert spent == sum(used.values()) == 40
    eight.next()
    assert eight.collect(**variables).complete
    # Each repository stays with one token, which knows its version marks, so nothing costs anything any more.
    spent = eight.github.spent["core"]
    eight.next()
    assert eight.collect(**variables).complete
    assert eight.github.spent["core"] == spent


def test_a_token_that_is_refused_is_left_out_and_the_last_one_is_an_error(eight: Days) -> None:
    good = {"FORGELAKE_GITHUB_TOKEN": "revoked", "FORGELAKE_GITHUB_TOKENS": "env:TWO", "TWO": "secret"}
    assert eight.collect(**good).complete
    eight.next()
    with pytest.raises(ConfigurationError, match="GitHub refuses the token"):
        eight.collect(FORGELAKE_GITHUB_TOKEN="revoked")


def test_a_private_repository_is_seen_with_the_token_that_may(eight: Days) -> None:
    repo = eight.github.repo(NAMES[0])
    repo.private, repo.readers = True, {"second"}
    eight.github.tokens["second"] = Budget(5000)
    assert eight.collect(FORGELAKE_GITHUB_TOKENS="env:TWO", TWO="second").complete
    assert {row["visibility"] for row in eight.rows()} == {"private", "public"}


def test_every_job_pays_for_itself_and_the_tokens_end_is_known(eight: Days) -> None:
    eight.github.expiry = "2026-12-24 10:00:00 UTC"
    gathered = eight.collect()
    eight.collect(STARS)
    with eight.lake.open() as context:
        costs = context.state.tokens.costs("2026-01-01")
        (token,) = context.state.tokens.all_tokens()
    by_job = {(cost.job, cost.resource): (cost.requests, cost.points) for cost in costs}
    assert by_job["collect repos", "core"] == (gathered.requests - 2, gathered.requests - 2)
    assert by_job["collect stars", "core"][1] == by_job["collect stars", "core"][0]
    assert token.expires_at == datetime(2026, 12, 24, 10, tzinfo=UTC)


def test_days_that_were_not_collected_are_gaps_and_stops_expected_when_no_longer_tracked(eight: Days) -> None:
    eight.collect()
    eight.go_to(FIRST + timedelta(days=3))
    eight.collect()
    eight.go_to(FIRST + timedelta(days=5))
    eight.collect(FORGELAKE_GITHUB_REPOS=NAMES[0])
    eight.go_to(FIRST + timedelta(days=7))
    with eight.lake.open() as context:
        metric = Catalogue.load(folders(None)).get("stars_net")
        question = {"from": str(FIRST), "to": str(FIRST + timedelta(days=7)), "repo": NAMES[0]}
        now = eight.time.instant
        one = answer_from(context.lake.now(), bind(metric, question, now), now)
        del question["repo"]
        whole = answer_from(context.lake.now(), bind(metric, question, now), now)
    assert (one.coverage.expected, one.coverage.received, one.coverage.unit) == (7, 3, "repository day")
    gaps = [(gap.start.day - FIRST.day, gap.end.day - FIRST.day, gap.reason) for gap in one.coverage.gaps]
    assert gaps == [(1, 3, f"{NAMES[0]}: not collected"), (4, 5, f"{NAMES[0]}: not collected"),
                    (6, 7, f"{NAMES[0]}: not collected")]  # fmt: skip
    assert (whole.coverage.expected, whole.coverage.received) == (7 + 7 * 5, 3 + 7 * 2)
    assert [bucket.unknown for bucket in one.buckets] == [False, True, True, False, True, False, True]


def test_an_answer_that_is_not_what_was_asked_for_costs_its_slice_only(eight: Days) -> None:
    body = json.dumps({"id": 1000, "full_name": NAMES[0], "node_id": "R_1000"}).encode()
    eight.github.plan(f"/repos/{NAMES[0]}", Fault(), Fault(status=200, body=body))
    eight.github.plan(f"/repos/{NAMES[0]}/languages", Fault(status=200, body=b"[1, 2]"))
    gathered = eight.collect()
    assert gathered.unreadable == 1
    assert len(eight.rows()) == 7
    (failed,) = [row for row in eight.slices("snapshot").values() if row.status is SliceStatus.FAILED]
    assert "its answers cannot be read" in (failed.reason or "")


def test_two_runs_of_a_job_do_not_meet(eight: Days) -> None:
    with eight.lake.open() as context:
        other = Owner.current()
        context.state.leases.acquire([f"github/{REPOS.name}"], other, 60, datetime.now(UTC))
        assert eight.collect().held_by_other
        context.state.leases.release_all(other)
    assert eight.collect().complete


def test_a_server_that_cannot_be_reached_ends_the_run(lake: Lake) -> None:
    names = " ".join(f"octo/r{number}" for number in range(40))
    with days(lake, repos=names) as many:
        many.tracked["FORGELAKE_GITHUB_API_URL"] = "http://127.0.0.1:9"
        with pytest.raises(
            StopError, match=r"10 requests in a row failed, the last one: .*127\.0\.0\.1:9.*; the next run goes on"
        ):
            many.collect(FORGELAKE_HTTP_ATTEMPTS="1")


def test_a_run_without_one_answer_has_failed_however_few_repositories_there_are(eight: Days) -> None:
    eight.collect()
    eight.next()
    eight.github.plan(f"/repos/{NAMES[0]}", *(Fault(status=502) for _ in range(9)))
    eight.github.plan("/graphql", *(Fault(status=502) for _ in range(9)))
    with pytest.raises(
        StopError, match=r"not one request was answered, the last one: .*502.*; the next run tries again"
    ):
        eight.collect(FORGELAKE_GITHUB_REPOS=NAMES[0], FORGELAKE_HTTP_ATTEMPTS="1")
    assert eight.statuses().count(SliceStatus.FAILED) == 1


def test_a_run_that_cannot_find_out_whom_names_mean_ends_nothing(eight: Days) -> None:
    jobs = (REPOS, STARS)
    for job in jobs:
        eight.collect(job)
    eight.next()
    # Under another address nothing is known of the names.
    other = {"FORGELAKE_GITHUB_API_URL": "http://127.0.0.1:9", "FORGELAKE_HTTP_ATTEMPTS": "1"}
    names = f"{' '.join(NAMES[:3])} octo/new"
    for job in jobs:
        with pytest.raises(StopError, match="not one request was answered"):
            eight.collect(job, FORGELAKE_GITHUB_REPOS=names, **other)
    with eight.lake.open() as context:
        tracked = [(row.kind, row.title, row.until) for row in context.state.tracked.all_rows()]
    assert sorted(tracked) == [(kind, name, None) for kind in ("snapshot", "stars") for name in ("octo/new", *NAMES)]
    missed = {subject for (subject, day), row in eight.slices("stars").items() if day > FIRST}
    assert missed == {"1000", "1001", "1002", "octo/new"}
    eight.collect(FORGELAKE_GITHUB_REPOS=NAMES[0])
    with eight.lake.open() as context:
        rows = [row for row in context.state.tracked.all_rows() if row.kind == "snapshot" and row.until is None]
    assert [row.title for row in rows] == [NAMES[0]]


def test_a_server_that_fails_for_long_leaves_gaps_with_the_reason(eight: Days) -> None:
    eight.collect()
    eight.next()
    for name in NAMES:
        eight.github.plan(f"/repos/{name}", *(Fault(status=502) for _ in range(20)))
    gathered = eight.collect(FORGELAKE_HTTP_ATTEMPTS="2")
    assert len(gathered.faults) == 8
    assert "answered 502 Bad Gateway; given up after 2 attempts" in gathered.faults[0][1]
    assert eight.statuses().count(SliceStatus.FAILED) == 8
