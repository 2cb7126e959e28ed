"""Polling timelines: each event once, each poll landed, and what was lost said."""

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest

from forgelake.model.errors import ConfigurationError, RetryError
from forgelake.model.slices import SliceStatus
from forgelake.pipelines.polls.rebuild import rebuild_polls
from forgelake.pipelines.retention import forget_old_bytes
from tests.pipelines.lakes import Lake
from tests.pipelines.timelines import START, PassingTime, held, ledger, made, poll, watching
from tests.servers.github import Budget, GitHub, Json
from tests.servers.mirror import Fault


@pytest.fixture
def time() -> PassingTime:
    return PassingTime()


@pytest.fixture
def github(time: PassingTime) -> Iterator[GitHub]:
    with GitHub(lambda: time.instant) as server:
        yield server


@pytest.fixture
def live(lake: Lake, github: GitHub) -> Lake:
    github.repo("octo/cat")
    return watching(lake, github)


def test_a_poll_brings_every_event_of_a_timeline(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.happen(*(github.push() for _ in range(250)))
    polled = poll(live, time)
    assert held(live) == made(github)
    assert polled.complete
    assert polled.tally.events == polled.counters.events == 250
    assert len(github.asked("/repos/octo/cat/events")) == 3


def test_the_bytes_land_as_they_came(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.happen(*(github.push() for _ in range(150)))
    poll(live, time)
    [row] = ledger(live, SliceStatus.RECEIVED)
    assert row.origin == f"127.0.0.1:{github.url.rpartition(':')[2]}/repos/octo/cat/events"
    with live.open() as context:
        landed = gzip.decompress(context.storage.get(row.path or "")).decode()
    pages: list[list[Json]] = []
    end = 0
    while end < len(landed):
        page, end = json.JSONDecoder().raw_decode(landed, end)
        pages.append(page)
    assert [len(page) for page in pages] == [100, 50]
    assert {event["id"] for page in pages for event in page} == set(made(github))


def test_only_the_first_poll_that_has_an_event_brings_it(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.happen(*(github.push() for _ in range(20)))
    for minute in range(1, 5):
        time.plan(minute * 60 - 30, lambda: github.happen(github.push(), github.push()))
    polled = poll(live, time, 299)
    assert polled.tally.polls == 5
    assert held(live) == made(github)
    assert [len(row["sources"]) for row in live.rows()] == [1] * 28
    rows = ledger(live, SliceStatus.RECEIVED)
    assert [(row.events, row.duplicates) for row in rows] == [(20, 0), (2, 20), (2, 22), (2, 24), (2, 26)]


def test_many_polls_make_few_commits_and_files(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.happen(github.push())
    for minute in range(14):
        time.plan(minute * 60 + 30, lambda: github.happen(github.push()))
    poll(live, time, 899)
    assert len(ledger(live, SliceStatus.RECEIVED)) == 15
    assert len(live.objects("tables/events/data")) == 3
    assert held(live) == made(github)


def test_what_is_unchanged_costs_nothing_and_leaves_nothing(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.happen(github.push())
    poll(live, time, 599)
    assert len(github.asked("/repos/octo/cat/events")) == 10
    assert github.tokens["secret"].used == 1
    assert len(ledger(live, SliceStatus.RECEIVED)) == len(live.objects("landing")) / 2 == 1


def test_the_interval_that_the_api_asks_for_is_kept_over_runs(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.poll_interval = 100
    for _ in range(6):
        poll(live, time, 50)
    assert [round((one.at - START).total_seconds()) for one in github.requests] == [0, 100, 200]


def test_without_an_asked_interval_the_setting_counts(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.poll_interval = None
    poll(live, time, 99, FORGELAKE_GITHUB_POLL_SECONDS="20")
    assert len(github.requests) == 5


def test_all_kinds_of_timelines_are_polled_and_an_event_in_several_is_one_row(
    live: Lake, github: GitHub, time: PassingTime
) -> None:
    github.happen(github.push("octo/cat", "mona"), github.push("octo/dog", "mona"), github.push("else/where", "x"))
    watching(live, github, FORGELAKE_GITHUB_EVENTS="all", FORGELAKE_GITHUB_ORGS="octo", FORGELAKE_GITHUB_USERS="mona")
    poll(live, time)
    assert held(live) == made(github)
    by_repo = {row["repo_name"]: len(row["sources"]) for row in live.rows()}
    assert by_repo == {"octo/cat": 4, "octo/dog": 3, "else/where": 1}


def test_events_that_show_up_late_are_found(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.happen(*(github.push() for _ in range(130)))
    late = github.push(at=START - timedelta(minutes=5))
    time.plan(10, lambda: github.happen(late))
    time.plan(100, lambda: github.happen(github.push()))
    polled = poll(live, time, 200)
    assert held(live) == made(github)
    assert polled.complete


def test_a_timeline_that_moved_on_too_fast_is_a_gap_with_its_reason(
    live: Lake, github: GitHub, time: PassingTime
) -> None:
    github.happen(*(github.push() for _ in range(5)))
    time.plan(30, lambda: github.happen(*(github.push() for _ in range(400))))
    polled = poll(live, time, 100)
    assert not polled.complete
    [gap] = ledger(live, SliceStatus.MISSING)
    assert gap.reason is not None
    assert "faster than it was polled" in gap.reason
    lost = set(made(github)) - set(held(live))
    assert len(lost) == 100
    instants = [one.created_at.replace(microsecond=0) for one in github.events if one.event["id"] in lost]
    assert all(gap.start <= instant < gap.end for instant in instants)


def test_a_timeline_seen_to_its_end_lost_nothing(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.happen(github.push())
    github.events[0] = type(github.events[0])(github.events[0].event, START - timedelta(days=29, hours=23), START)
    time.plan(60 * 70, lambda: github.happen(*(github.push() for _ in range(299))))
    assert poll(live, time, 60 * 75).complete


def test_loss_is_seen_across_runs(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.happen(github.push())
    poll(live, time)
    time.sleep(3600)
    github.happen(*(github.push() for _ in range(301)))
    assert poll(live, time).tally.lost == 1


def test_coverage_of_the_archive_knows_nothing_of_polls(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.happen(github.push())
    poll(live, time)
    with live.open() as context:
        assert context.state.ledger.period("gharchive") is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("deleted", "there is none, or it is private; correct github.repos"),
        ("private", "or give a token that may read it (404)"),
        ("blocked", 'blocked for legal reasons: "Repository access blocked"'),
    ],
)
def test_what_cannot_be_had_is_told_once_and_asked_for_rarely(
    live: Lake, github: GitHub, time: PassingTime, change: str, said: str
) -> None:
    github.repo("octo/dog")
    setattr(github.repo("octo/cat"), change, True)
    polled = poll(live, time, 3000, FORGELAKE_GITHUB_REPOS="octo/cat octo/dog")
    assert list(polled.tally.faults) == ["repository octo/cat"]
    assert said in polled.tally.faults["repository octo/cat"]
    [row] = ledger(live, SliceStatus.MISSING)
    assert row.reason == polled.tally.faults["repository octo/cat"]
    assert len(github.asked("/repos/octo/cat/events")) == 1
    assert len(github.asked("/repos/octo/dog/events")) > 40


def test_what_can_be_had_again_is_no_fault_any_more(live: Lake, github: GitHub, time: PassingTime) -> None:
    repo = github.repo("octo/cat")
    repo.private = True
    github.happen(github.push())
    poll(live, time)
    repo.readers.add("secret")
    assert poll(live, time).complete
    assert ledger(live, SliceStatus.MISSING) == []
    assert held(live) == made(github)


def test_a_renamed_repository_is_followed_and_its_new_name_told(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.happen(github.push())
    github.rename("octo/cat", "octo/lynx")
    time.plan(90, lambda: github.happen(github.push("octo/lynx")))
    polled = poll(live, time, 170)
    assert polled.tally.moved == {
        "repository octo/cat": "repository octo/cat is called octo/lynx now (301); write the new name in github.repos"
    }
    assert held(live) == made(github)
    assert len(github.asked("/repos/octo/cat/events")) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!DOCTYPE html><html>unicorn</html>", "HTML page"),
        (b'[{"id": "1", "type": "PushEv', "not JSON"),
        (b'{"message": "hello"}', "no list of events"),
        (b"", "empty body"),
    ],
)
def test_a_body_that_is_no_page_is_set_aside_and_never_an_event(
    live: Lake, github: GitHub, time: PassingTime, body: bytes, said: str
) -> None:
    github.happen(github.push())
    github.plan("/repos/octo/cat/events", Fault(body=body, status=200))
    polled = poll(live, time)
    assert said in polled.tally.faults["repository octo/cat"]
    [row] = ledger(live, SliceStatus.REFUSED)
    [kept] = live.objects("refused")
    assert kept in (row.reason or "")
    assert live.rows() == []
    time.sleep(60)
    assert poll(live, time).complete
    assert held(live) == made(github)


def test_a_bad_second_page_keeps_the_first_and_loses_nothing(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.happen(*(github.push() for _ in range(150)))
    github.plan("/repos/octo/cat/events", Fault(), Fault(body=b"<html>", status=200))
    poll(live, time)
    assert len(held(live)) == 100
    time.sleep(60)
    polled = poll(live, time)
    assert held(live) == made(github)
    assert polled.tally.lost == 0


@pytest.mark.parametrize("fault", [Fault(status=502), Fault(cut_after=50), Fault(refuse=True), Fault(status=500)])
def test_passing_faults_are_got_past(live: Lake, github: GitHub, time: PassingTime, fault: Fault) -> None:
    github.happen(github.push())
    github.plan("/repos/octo/cat/events", fault, fault)
    assert poll(live, time).complete
    assert held(live) == made(github)


def test_lasting_faults_end_a_batch_and_not_what_others_bring(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.happen(github.push("octo/dog"))
    github.plan("/repos/octo/cat/events", *[Fault(status=502)] * 6)
    polled = poll(live, time, FORGELAKE_GITHUB_REPOS="octo/cat octo/dog")
    assert "502" in polled.tally.faults["repository octo/cat"]
    assert held(live) == made(github)
    github.plan("/repos/octo/cat/events", *[Fault(status=502)] * 6)
    time.sleep(600)
    with pytest.raises(RetryError, match="502"):
        poll(live, time, FORGELAKE_GITHUB_REPOS="octo/cat")


def test_a_refused_token_ends_the_run_without_naming_it(live: Lake, github: GitHub, time: PassingTime) -> None:
    with pytest.raises(ConfigurationError, match="refuses the token") as refused:
        poll(live, time, FORGELAKE_GITHUB_TOKEN="wrong-one")
    assert "wrong-one" not in str(refused.value)
    assert len(github.requests) == 1


def test_a_spent_budget_is_waited_for(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.tokens["secret"] = Budget(8)
    github.happen(*(github.push() for _ in range(250)))
    for minute in range(0, 100, 10):
        time.plan(60 * minute + 30, lambda: github.happen(github.push()))
    polled = poll(live, time, 130 * 60)
    assert github.offences == []
    assert polled.complete
    assert held(live) == made(github)
    assert github.tokens["secret"].used <= 8


def test_a_limit_is_remembered_by_the_next_run(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.tokens["secret"] = Budget(1)
    github.happen(github.push())
    poll(live, time)
    for _ in range(5):
        time.sleep(300)
        poll(live, time)
    assert len(github.requests) == 1
    time.sleep(3600)
    poll(live, time)
    assert len(github.requests) == 2


@pytest.mark.parametrize("retry_after", [None, 90])
def test_secondary_limits_are_waited_for(
    live: Lake, github: GitHub, time: PassingTime, retry_after: int | None
) -> None:
    github.per_minute, github.retry_after = 4, retry_after
    github.happen(*(github.push(f"octo/{name}") for name in "abcdef"))
    polled = poll(live, time, 900, FORGELAKE_GITHUB_REPOS=" ".join(f"octo/{name}" for name in "abcdef"))
    assert github.offences == []
    assert polled.complete
    assert held(live) == made(github)


def test_without_a_token_the_polls_are_spread_over_the_hour(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.tokens[""] = Budget(20)
    for minute in range(100):
        time.plan(60 * minute + 30, lambda: github.happen(github.push()))
    poll(live, time, 110 * 60, FORGELAKE_GITHUB_TOKEN="", FORGELAKE_GITHUB_COMMIT_SECONDS="3600")
    assert github.offences == []
    asked = [one.at for one in github.asked("/repos/octo/cat/events")]
    assert max(later - earlier for earlier, later in pairwise(asked)) < timedelta(minutes=10)
    assert held(live) == made(github)


def test_a_stopped_run_keeps_what_it_has_received(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.happen(*(github.push() for _ in range(5)))
    time.plan(30, lambda: github.happen(github.push()))
    time.plan(90, time.end)
    assert poll(live, time, None).complete
    assert held(live) == made(github)


def test_there_must_be_something_to_poll(live: Lake, time: PassingTime) -> None:
    with pytest.raises(ConfigurationError, match="name some"):
        poll(live, time, FORGELAKE_GITHUB_REPOS="")


def test_polls_can_be_made_again_from_landing(live: Lake, github: GitHub, time: PassingTime) -> None:
    github.happen(*(github.push() for _ in range(20)))
    for minute in range(3):
        time.plan(minute * 60 + 30, lambda: github.happen(github.push()))
    poll(live, time, 200)
    before = live.table()
    day = START.date()
    elsewhere = live.beside("again", FORGELAKE_STORAGE_URI=str(live.home / "lake"))
    with live.open() as same, elsewhere.open() as fresh:
        for context in (same, fresh):
            assert rebuild_polls(context, day, day).events == 23
    assert live.table() == elsewhere.table() == before


def test_retention_forgets_the_bytes_of_polls_and_loss_is_still_seen(
    live: Lake, github: GitHub, time: PassingTime
) -> None:
    github.happen(github.push())
    poll(live, time)
    with live.open(FORGELAKE_LANDING_KEEP_DAYS="1", FORGELAKE_NOW="2036-01-01") as context:
        assert forget_old_bytes(context) == 1
    assert live.objects("landing") == []
    time.sleep(3600)
    github.happen(*(github.push() for _ in range(301)))
    assert poll(live, time).tally.lost == 1
