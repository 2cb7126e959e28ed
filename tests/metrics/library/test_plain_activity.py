"""Metrics of activity over real hours, against the same hours added up in plain Python."""

import math
from collections import Counter, defaultdict
from datetime import timedelta

import pytest

from tests.metrics.library.plainly import YEARS, Ask, Row, assert_same, contributions, day, hour_of, is_merge

Happened = dict[str, list[Row]]
every_year = pytest.mark.parametrize("year", YEARS)


def ranked(counted: Counter[str], limit: int = 10) -> list[tuple[str, int]]:
    """Most first, equal ones by name."""
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:limit]


@pytest.mark.parametrize("year", ["2011", "2012", "2015", "2026"])
def test_events(ask: Ask, happened: Happened, year: str) -> None:
    counted = Counter(hour_of(event) for event in happened[year])
    got = [row for row in ask("events", year, interval="h") if row["events"]]
    hours = {row["bucket"] for row in got}
    # A file holds a few events of the hours beside its own, which are no numbers for those hours.
    assert sum(number for hour, number in counted.items() if hour not in hours) < 0.03 * sum(counted.values())
    assert_same(got, [{"bucket": hour, "events": counted[hour]} for hour in sorted(hours)])


@every_year
def test_events_of_a_day(ask: Ask, happened: Happened, year: str) -> None:
    assert_same(ask("events", year), [{"bucket": day(year), "events": len(happened[year])}])


@every_year
def test_events_by_type(ask: Ask, happened: Happened, year: str) -> None:
    counted = Counter(event["type"] for event in happened[year])
    wanted = [{"bucket": day(year), "type": type_, "events": number} for type_, number in ranked(counted, 99)]
    assert_same(ask("events_by_type", year), wanted)


@every_year
def test_activity_totals(ask: Ask, happened: Happened, year: str) -> None:
    events = happened[year]
    done = Counter((event["type"], event["action"]) for event in events)
    wanted = {
        "events": len(events),
        "repos": len({event["repo_name"] for event in events} - {None}),
        "accounts": len({event["actor_login"] for event in events if not event["bot"]} - {None}),
        "stars": sum(event["type"] == "WatchEvent" for event in events),
        "pull_requests_opened": done["PullRequestEvent", "opened"],
        # Events of 2011 do not say which closings were merges.
        "pull_requests_merged": None if year == "2011" else sum(map(is_merge, events)),
        "issues_opened": done["IssuesEvent", "opened"],
        "pushes": sum(event["type"] == "PushEvent" for event in events),
    }
    assert_same(ask("activity_totals", year), [wanted])


def test_biggest_movers(ask: Ask, happened: Happened) -> None:
    begin = day("2015")
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    for event in happened["2015"]:
        if event["repo_name"] and not event["bot"]:
            counted[event["created_at"].hour][event["repo_name"]] += 1
    now, before = counted[1], counted[0]
    repos = [repo for repo in now | before if max(now[repo], before[repo]) >= 20]
    best = sorted(repos, key=lambda repo: (-abs(now[repo] - before[repo]), repo))[:15]
    wanted = [
        {
            "repo_name": repo,
            "events": now[repo],
            "previous_events": before[repo],
            "change": now[repo] - before[repo],
            "growth": (now[repo] - before[repo]) / before[repo] if before[repo] else None,
        }
        for repo in best
    ]
    assert {row["change"] > 0 for row in wanted} == {True, False}
    period = {"from_": (begin + timedelta(hours=1)).isoformat(), "to": (begin + timedelta(hours=2)).isoformat()}
    assert_same(ask("biggest_movers", "2015", minimum_events="20", limit="15", **period), wanted)
    first = {"from_": (begin - timedelta(hours=1)).isoformat(), "to": (begin + timedelta(hours=1)).isoformat()}
    assert ask("biggest_movers", "2015", **first) == []


@every_year
def test_compare_activity(ask: Ask, happened: Happened, year: str) -> None:
    events = [event for event in happened[year] if not event["bot"]]
    counted = Counter(event["repo_name"] for event in events if event["repo_name"])
    repos = sorted(repo for repo, _ in ranked(counted))
    wanted = []
    for repo in repos:
        own = [event for event in events if event["repo_name"] == repo]
        types = Counter(event["type"] for event in own)
        opened = [event for event in own if event["type"] == "PullRequestEvent" and event["action"] == "opened"]
        counts = {"events": len(own), "stars": types["WatchEvent"], "forks": types["ForkEvent"]}
        people = {event["actor_login"] for event in contributions(own)}
        row = {"bucket": day(year), "repo_name": repo, **counts}
        wanted.append({**row, "pull_requests": len(opened), "contributors": len(people)})
    assert_same(ask("compare_activity", year, interval="d", repos=",".join(repos)), wanted)


def test_punch_card(ask: Ask, happened: Happened) -> None:
    counted = Counter((event["created_at"].isoweekday(), event["created_at"].hour) for event in happened["2015"])
    got = ask("punch_card", "2015", bots="include")
    assert_same(got, [{"weekday": d, "hour": h, "events": number} for (d, h), number in sorted(counted.items())])


@every_year
def test_busiest_repos(ask: Ask, happened: Happened, year: str) -> None:
    counted = Counter(event["repo_name"] for event in happened[year] if event["repo_name"] and not event["bot"])
    got = ask("busiest_repos", year, bots="exclude")
    assert_same(got, [{"repo_name": repo, "events": number} for repo, number in ranked(counted)])


@every_year
def test_most_active_contributors(ask: Ask, happened: Happened, year: str) -> None:
    made = contributions(happened[year])
    counted = Counter(event["actor_login"] for event in made)
    pushed = Counter(event["actor_login"] for event in made if event["type"] == "PushEvent")
    wanted = [
        {"actor_login": actor, "contributions": number, "pushes": pushed[actor]} for actor, number in ranked(counted)
    ]
    assert_same(ask("most_active_contributors", year), wanted)


@every_year
def test_distinct_actors_and_contributors(ask: Ask, happened: Happened, year: str) -> None:
    actors = {event["actor_login"] for event in happened[year]} - {None}
    assert_same(ask("distinct_actors", year), [{"bucket": day(year), "actors": len(actors)}])
    people = {event["actor_login"] for event in contributions(happened[year])}
    got = ask("contributors", year, interval="d")
    assert_same(got, [{"bucket": day(year), "contributors": len(people)}])


def test_new_and_returning_contributors(ask: Ask, happened: Happened) -> None:
    begin = day("2015") + timedelta(hours=1)
    firsts: dict[str, int] = {}
    active: dict[int, set[str]] = defaultdict(set)
    for event in sorted(contributions(happened["2015"]), key=lambda event: event["created_at"]):
        firsts.setdefault(event["actor_login"], event["created_at"].hour)
        active[event["created_at"].hour].add(event["actor_login"])
    new = Counter(firsts.values())
    got = [row for row in ask("new_contributors", "2015", interval="h", from_=begin.isoformat()) if row[_NEW]]
    bucket = day("2015").replace
    assert_same(got, [{"bucket": bucket(hour=hour), _NEW: new[hour]} for hour in (1, 15)])
    wanted = [
        {"bucket": bucket(hour=hour), "returning_contributors": len(active[hour]) - new[hour]} for hour in (1, 15)
    ]
    assert_same(ask("returning_contributors", "2015", interval="h", from_=begin.isoformat()), wanted)


_NEW = "new_contributors"


def test_retained_contributors(ask: Ask, happened: Happened) -> None:
    active: dict[str, set[int]] = defaultdict(set)
    for event in contributions(happened["2015"]):
        active[event["actor_login"]].add(event["created_at"].hour)
    pairs = Counter((min(hours), hour) for hours in active.values() for hour in hours)
    sizes = Counter(min(hours) for hours in active.values())
    bucket = day("2015").replace
    wanted = [
        {
            "bucket": bucket(hour=cohort),
            "active_bucket": bucket(hour=hour),
            "contributors": number,
            "cohort_size": sizes[cohort],
            "retention": number / sizes[cohort],
        }
        for (cohort, hour), number in sorted(pairs.items())
    ]
    assert_same(ask("retained_contributors", "2015", interval="h"), wanted)


def test_contributor_retention(ask: Ask, happened: Happened) -> None:
    made = contributions(happened["2015"])
    first, second = ({event["actor_login"] for event in made if event["created_at"].hour == hour} for hour in (0, 1))
    kept = len(first & second)
    wanted = [{"previous_contributors": len(first), "retained_contributors": kept, "retention": kept / len(first)}]
    assert_same(ask("contributor_retention", "2015", interval="h"), wanted)


def test_inactive_contributors(ask: Ask, happened: Happened) -> None:
    begin = day("2015") + timedelta(hours=15)
    made = contributions(happened["2015"])
    before = {event["actor_login"] for event in made if event["created_at"] < begin}
    gone = before - {event["actor_login"] for event in made if event["created_at"] >= begin}
    got = ask("inactive_contributors", "2015", from_=begin.isoformat())
    assert_same(got, [{"known_contributors": len(before), "inactive_contributors": len(gone)}])


@every_year
def test_active_repos(ask: Ask, happened: Happened, year: str) -> None:
    repos = {event["repo_name"] for event in happened[year]} - {None}
    assert_same(ask("active_repos", year), [{"bucket": day(year), "repos": len(repos)}])


@every_year
def test_new_repos(ask: Ask, happened: Happened, year: str) -> None:
    created = sum(event["type"] == "CreateEvent" and event["ref_type"] == "repository" for event in happened[year])
    public = sum(event["type"] == "PublicEvent" for event in happened[year])
    forked = sum(event["type"] == "ForkEvent" for event in happened[year])
    assert created + forked > 0
    assert_same(ask("new_repos", year), [{"created": created, "made_public": public, "forked": forked}])


@every_year
def test_pushes(ask: Ask, happened: Happened, year: str) -> None:
    pushes = [event for event in happened[year] if event["type"] == "PushEvent"]
    pushers = {event["actor_login"] for event in pushes} - {None}
    repos = {event["repo_name"] for event in pushes} - {None}
    assert_same(ask("pushes", year), [{"pushes": len(pushes), "pushers": len(pushers), "repos": len(repos)}])


@pytest.mark.parametrize("year", ["2011", "2012", "2015", "2021"])
def test_commits_pushed(ask: Ask, happened: Happened, year: str) -> None:
    pushes = [event for event in happened[year] if event["type"] == "PushEvent"]
    sizes = [e["push_distinct_size"] if e["push_distinct_size"] is not None else e["push_size"] for e in pushes]
    assert_same(ask("commits_pushed", year), [{"commits": sum(sizes), "pushes": len(pushes)}])


def test_commits_pushed_since_the_trimming_are_unknown(ask: Ask, happened: Happened) -> None:
    assert any(event["type"] == "PushEvent" for event in happened["2026"])
    assert_same(ask("commits_pushed", "2026"), [{"bucket": day("2026"), "commits": None, "pushes": None}])


def weighted(events: list[Row]) -> dict[str, dict[str, list[int]]]:
    """OpenDigger's five counts of each account of each repository."""
    seen: dict[str, dict[str, list[set[int]]]] = defaultdict(lambda: defaultdict(lambda: [set() for _ in range(5)]))
    for event in events:
        type_, action, actor = event["type"], event["action"], event["actor_login"]
        counts = seen[event["repo_name"]]
        if type_ == "IssueCommentEvent":
            counts[actor][0].add(event["comment_id"])
        elif type_ == "IssuesEvent" and action == "opened":
            counts[actor][1].add(event["item_id"])
        elif type_ == "PullRequestEvent" and action == "opened":
            counts[actor][2].add(event["item_id"])
        elif type_ == "PullRequestReviewCommentEvent":
            counts[actor][3].add(event["comment_id"])
        elif type_ == "PullRequestEvent" and action == "closed" and event["merged"]:
            counts[event["author_login"]][4].add(event["item_id"])
    return {r: {a: [len(ids) for ids in found] for a, found in actors.items()} for r, actors in seen.items() if actors}


def activity(counts: list[int]) -> float:
    """OpenDigger's activity of one account."""
    return math.sqrt(sum(w * n for w, n in zip((0.5252, 2.2235, 4.0679, 0.7427, 2.0339), counts, strict=True)))


@pytest.mark.parametrize("year", ["2012", "2015", "2021"])
def test_opendigger_activity(ask: Ask, happened: Happened, year: str) -> None:
    repos = {
        repo: sum(activity(counts) for counts in actors.values()) for repo, actors in weighted(happened[year]).items()
    }
    best = sorted(repos.items(), key=lambda item: (-round(item[1], 9), item[0]))[:5]
    got = ask("opendigger_activity", year, limit="5")
    wanted = [{"month": day(year).replace(day=1), "repo_name": repo, "activity": score} for repo, score in best]
    assert_same(got, wanted)


def test_opendigger_activity_since_the_trimming_is_not_answered(ask: Ask, happened: Happened) -> None:
    assert any(event["type"] == "PullRequestEvent" for event in happened["2026"])
    assert ask("opendigger_activity", "2026") == []


@every_year
def test_opendigger_attention(ask: Ask, happened: Happened, year: str) -> None:
    fans: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for event in happened[year]:
        if event["type"] in ("WatchEvent", "ForkEvent") and event["repo_name"] and event["actor_login"]:
            fans[event["repo_name"]].add((event["type"], event["actor_login"]))
    scores = Counter({repo: sum(2 if type_ == "ForkEvent" else 1 for type_, _ in kept) for repo, kept in fans.items()})
    got = ask("opendigger_attention", year)
    assert_same(got, [{"repo_name": repo, "attention": score} for repo, score in ranked(scores)])
