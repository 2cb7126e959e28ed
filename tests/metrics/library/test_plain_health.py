"""Metrics of health, stars and bots over real hours, against the same hours added up in plain Python."""

import math
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean, median, pstdev

import pytest

from tests.metrics.library.plainly import YEARS, Ask, Row, assert_same, contributions, day, hour_of, is_bot
from tests.metrics.library.test_plain_activity import activity, weighted

Happened = dict[str, list[Row]]
every_year = pytest.mark.parametrize("year", YEARS)


def by_repo(events: list[Row]) -> dict[str, Counter[str]]:
    """How many events each account has in each repository."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for event in events:
        if event["repo_name"]:
            counted[event["repo_name"]][event["actor_login"]] += 1
    return counted


def largest(repos: dict[str, Counter[str]]) -> list[str]:
    """The ten repositories with most, equal ones by name."""
    return sorted(repos, key=lambda repo: (-repos[repo].total(), repo))[:10]


def factor(counts: list[int], share: float = 0.5) -> int:
    """The fewest that sum to a share."""
    total, running = sum(counts), 0
    for number, count in enumerate(sorted(counts, reverse=True), start=1):
        running += count
        if running >= share * total:
            return number
    raise AssertionError(counts)


@every_year
def test_bus_factor_and_top_contributor(ask: Ask, happened: Happened, year: str) -> None:
    repos = by_repo(contributions(happened[year]))
    factors: list[Row] = []
    tops: list[Row] = []
    for repo in largest(repos):
        counts, total = repos[repo], repos[repo].total()
        factors.append({"repo_name": repo, "bus_factor": factor([*counts.values()]), "contributions": total})
        login, most = min(counts.items(), key=lambda kept: (-kept[1], kept[0]))
        tops.append({"repo_name": repo, "actor_login": login, "share": most / total})
    assert_same(ask("bus_factor", year), factors)
    assert_same(ask("top_contributor_share", year), tops)


@pytest.mark.parametrize("year", ["2012", "2015", "2021"])
def test_opendigger_bus_factor(ask: Ask, happened: Happened, year: str) -> None:
    found = []
    for repo, accounts in weighted(happened[year]).items():
        weights = sorted(math.ceil(activity(counts)) for login, counts in accounts.items() if not is_bot(login))
        if weights:
            copies = [weight for weight in weights for _ in range(weight)]
            middle = copies[math.ceil(len(copies) / 2) - 1]
            found.append((repo, sum(weight >= middle for weight in weights), sum(weights)))
    found.sort(key=lambda kept: (-kept[2], kept[0]))
    wanted = [{"repo_name": repo, "bus_factor": n, "total_contributions": total} for repo, n, total in found[:10]]
    assert_same(ask("opendigger_bus_factor", year), wanted)


@every_year
def test_elephant_factor(ask: Ask, happened: Happened, year: str) -> None:
    pushes = [event for event in happened[year] if event["type"] == "PushEvent" and not event["bot"]]
    owners = Counter(event["org_login"] for event in pushes if event["org_login"])
    wanted = {
        "elephant_factor": factor([*owners.values()]),
        "organisations": len(owners),
        "pushes": owners.total(),
        "known_share": owners.total() / len(pushes),
    }
    assert_same(ask("elephant_factor", year), [wanted])


@pytest.mark.parametrize("year", ["2011", "2012", "2015"])
def test_development_distribution_score(ask: Ask, happened: Happened, year: str) -> None:
    repos: dict[str, Counter[str]] = defaultdict(Counter)
    for event in happened[year]:
        if event["type"] == "PushEvent" and not event["bot"] and event["repo_name"] and event["actor_login"]:
            new = event["push_distinct_size"]
            repos[event["repo_name"]][event["actor_login"]] += event["push_size"] if new is None else new
    wanted = []
    for repo in largest(repos):
        commits = repos[repo]
        score = 1 - max(commits.values()) / commits.total()
        wanted.append({"repo_name": repo, "score": score, "commits": commits.total()})
    assert_same(ask("development_distribution_score", year), wanted)


@pytest.mark.parametrize("year", ["2015", "2021", "2026"])
def test_release_frequency(ask: Ask, happened: Happened, year: str) -> None:
    releases: dict[str, list[datetime]] = defaultdict(list)
    for event in happened[year]:
        if event["type"] == "ReleaseEvent" and event["action"] == "published":
            releases[event["repo_name"]].append(event["created_at"])
    wanted = []
    for repo, times in sorted(releases.items(), key=lambda kept: (-len(kept[1]), kept[0]))[:10]:
        times.sort()
        gaps = [(later - earlier) / timedelta(days=1) for earlier, later in pairwise(times)]
        wanted.append({"repo_name": repo, "releases": len(times), "median_days": median(gaps) if gaps else None})
    assert_same(ask("release_frequency", year), wanted)


def test_activity_bursts(ask: Ask, happened: Happened) -> None:
    counted = Counter(hour_of(event) for event in happened["2015"] if event["type"] == "PushEvent")
    hours = sorted(counted)
    wanted: list[Row] = [{"bucket": hours[0], "events": counted[hours[0]], "burst": None, "average": None}]
    for earlier, hour in pairwise(hours):
        pair = [counted[earlier], counted[hour]]
        upper = fmean(pair) + 0.5 * pstdev(pair)
        bands = {"average": fmean(pair), "upper_band": upper, "burst": counted[hour] > upper}
        wanted.append({"bucket": hour, "events": counted[hour], **bands})
    asked = {"interval": "h", "window": "2", "deviations": "0.5", "type": "PushEvent"}
    assert_same(ask("activity_bursts", "2015", **asked), wanted)


@every_year
def test_stars_and_forks(ask: Ask, happened: Happened, year: str) -> None:
    for name, type_, who in (("stars", "WatchEvent", "stargazers"), ("forks", "ForkEvent", "forkers")):
        found = [event for event in happened[year] if event["type"] == type_]
        people = {event["actor_login"] for event in found} - {None}
        assert_same(ask(name, year), [{"bucket": day(year), name: len(found), who: len(people)}])


@pytest.mark.parametrize("year", ["2011", "2012", "2015"])
def test_most_starred_repos(ask: Ask, happened: Happened, year: str) -> None:
    starred = Counter(e["repo_name"] for e in happened[year] if e["type"] == "WatchEvent" and e["repo_name"])
    ranked = sorted(starred.items(), key=lambda kept: (-kept[1], kept[0]))[:10]
    assert_same(ask("most_starred_repos", year), [{"repo_name": repo, "stars": number} for repo, number in ranked])


@pytest.mark.parametrize("year", ["2012", "2015"])
def test_trending(ask: Ask, happened: Happened, year: str) -> None:
    scores = {"WatchEvent": 2, "ForkEvent": 1}
    events: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for event in happened[year]:
        if event["type"] in scores and event["repo_name"]:
            events[event["type"], event["repo_name"]].append(event)
    found: dict[str, float] = {}
    for (type_, repo), kept in events.items():
        several = len({event["actor_login"] for event in kept}) > 0.9 * len(kept)
        enough = type_ == "ForkEvent" or len(kept) >= 3
        if several and enough:
            weights = [scores[type_] + 3 * (e["created_at"] - day(year)) / timedelta(days=1) for e in kept]
            found[f"{type_} {repo}"] = sum(weights)
    repos = [key.split(" ")[1] for key in found if key.startswith("WatchEvent")]
    totals = [(repo, found[f"WatchEvent {repo}"] + found.get(f"ForkEvent {repo}", 0)) for repo in repos]
    ranked = sorted(totals, key=lambda kept: (-round(kept[1], 9), kept[0]))[:10]
    wanted = [{"repo_name": repo, "score": score} for repo, score in ranked]
    assert_same(ask("trending", year, minimum_stars="3"), wanted)


def test_steady_growth(ask: Ask, happened: Happened) -> None:
    starred = Counter(event["repo_name"] for event in happened["2015"] if event["type"] == "WatchEvent")
    kept = sorted(((r, n) for r, n in starred.items() if n >= 5), key=lambda pair: (-pair[1], pair[0]))[:10]
    wanted = [{"repo_name": repo, "rate": 1.0, "stars": n, "best_day_stars": n} for repo, n in kept]
    assert_same(ask("steady_growth", "2015", minimum_stars="5"), wanted)


def test_stargazer_affinity(ask: Ask, happened: Happened) -> None:
    fans: dict[str, set[str]] = defaultdict(set)
    for event in happened["2015"]:
        if event["type"] == "WatchEvent" and not event["bot"]:
            fans[event["repo_name"]].add(event["actor_login"])
    chosen = max(sorted(fans), key=lambda repo: len(fans[repo]))
    others = [(r, len(f & fans[chosen]), len(f)) for r, f in fans.items() if r != chosen and f & fans[chosen]]
    kept = [(r, shared / n, shared, n) for r, shared, n in others if n >= 2]
    kept.sort(key=lambda found: (-found[1], -found[2], found[0]))
    wanted = [{"repo_name": r, "affinity": share, "shared_stargazers": n} for r, share, n, _ in kept[:10]]
    assert_same(ask("stargazer_affinity", "2015", repo=chosen, minimum_stargazers="2"), wanted)


@every_year
def test_bots(ask: Ask, happened: Happened, year: str) -> None:
    bots = Counter(event["actor_login"] for event in happened[year] if event["bot"])
    wanted = {"events": len(happened[year]), "bot_events": bots.total(), "share": bots.total() / len(happened[year])}
    assert_same(ask("bot_share", year), [{"bucket": day(year), **wanted}])
    ranked = sorted(bots.items(), key=lambda kept: (-kept[1], kept[0]))[:10]
    got = ask("busiest_bots", year)
    assert [(row["actor_login"], row["events"]) for row in got] == ranked
    assert all(row["reason"] for row in got)
