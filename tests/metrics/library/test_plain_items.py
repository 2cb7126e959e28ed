"""Metrics of issues and pull requests over real hours, against the same hours added up in plain Python."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

import pytest

from tests.metrics.library.plainly import (
    YEARS,
    Ask,
    Row,
    assert_same,
    day,
    hours_between,
    is_bot,
    is_merge,
    quantile,
)

Happened = dict[str, list[Row]]
Item = tuple[str, int]
every_year = pytest.mark.parametrize("year", YEARS)


def of(events: Iterable[Row], type_: str, action: str | None = None) -> list[Row]:
    """The events of a type, and of an action if one is given."""
    return [event for event in events if event["type"] == type_ and action in (None, event["action"])]


def item(event: Row) -> Item:
    """What an event is about: a number within a repository."""
    return event["repo_name"], event["number"]


def quartiles(hours: list[float]) -> Row:
    """The three quartiles as columns."""
    shares = {"p25_hours": 0.25, "median_hours": 0.5, "p75_hours": 0.75}
    return {name: quantile(hours, share) for name, share in shares.items()}


@every_year
def test_issues_opened_closed(ask: Ask, happened: Happened, year: str) -> None:
    counted = Counter(event["action"] for event in of(happened[year], "IssuesEvent") if not event["bot"])
    wanted = {action: counted[action] for action in ("opened", "closed", "reopened")}
    assert_same(ask("issues_opened_closed", year), [{"bucket": day(year), **wanted}])


@every_year
def test_pull_requests_opened_merged_closed(ask: Ask, happened: Happened, year: str) -> None:
    pulls = of(happened[year], "PullRequestEvent")
    counted = Counter(event["action"] for event in pulls)
    merged = sum(map(is_merge, pulls))
    assert counted["opened"] > 0
    assert merged > 0 or year == "2011"
    wanted = {
        "opened": counted["opened"],
        # Events of 2011 do not say which closings were merges.
        "merged": None if year == "2011" else merged,
        "closed": counted["closed"] + counted["merged"],
        "reopened": counted["reopened"],
    }
    assert_same(ask("pull_requests_opened_merged_closed", year, bots="include"), [wanted])


@every_year
def test_change_request_closure_ratio(ask: Ask, happened: Happened, year: str) -> None:
    counted = Counter(event["action"] for event in of(happened[year], "PullRequestEvent"))
    ratio = (counted["closed"] + counted["merged"]) / counted["opened"]
    assert_same(ask("change_request_closure_ratio", year, interval="d"), [{"ratio": ratio}])


@pytest.mark.parametrize("year", ["2012", "2015", "2021"])
def test_change_request_acceptance_ratio(ask: Ask, happened: Happened, year: str) -> None:
    closed = of(happened[year], "PullRequestEvent", "closed")
    merged = sum(map(is_merge, closed))
    wanted = {"merged": merged, "declined": len(closed) - merged, "ratio": merged / (len(closed) - merged)}
    assert_same(ask("change_request_acceptance_ratio", year, interval="d"), [wanted])


@pytest.mark.parametrize("year", ["2011", "2012", "2015", "2021"])
def test_time_between_pull_requests(ask: Ask, happened: Happened, year: str) -> None:
    opened: dict[str, list[datetime]] = defaultdict(list)
    for event in of(happened[year], "PullRequestEvent", "opened"):
        if event["repo_name"] and not event["bot"]:
            opened[event["repo_name"]].append(event["created_at"])
    wanted = []
    for repo, times in sorted(opened.items(), key=lambda kept: (-len(kept[1]), kept[0])):
        times.sort()
        gaps = [(later - earlier).total_seconds() / 60 for earlier, later in pairwise(times)]
        if gaps:
            averages = {"average_minutes": sum(gaps) / len(gaps), "median_minutes": median(gaps)}
            wanted.append({"repo_name": repo, "pull_requests": len(times), **averages})
    assert_same(ask("time_between_pull_requests", year), wanted[:10])


@pytest.mark.parametrize("year", ["2012", "2015", "2021"])
def test_time_to_merge(ask: Ask, happened: Happened, year: str) -> None:
    merges = [event for event in happened[year] if is_merge(event) and not is_bot(event["author_login"])]
    hours = [hours_between(event["opened_at"], event["merged_at"]) for event in merges]
    wanted = {"merged": len(hours), "average_hours": sum(hours) / len(hours), **quartiles(hours)}
    assert_same(ask("time_to_merge", year, interval="d"), [wanted])


@pytest.mark.parametrize("name", ["time_to_merge", "pull_request_size"])
def test_what_trimmed_pull_requests_do_not_say_has_no_answer(ask: Ask, happened: Happened, name: str) -> None:
    assert any(map(is_merge, happened["2026"]))
    assert of(happened["2026"], "PullRequestEvent", "opened")
    assert ask(name, "2026", interval="d") == []


@pytest.mark.parametrize("year", ["2015", "2026"])
def test_time_to_close_issues(ask: Ask, happened: Happened, year: str) -> None:
    last: dict[Item, Row] = {}
    for event in sorted(of(happened[year], "IssuesEvent", "closed"), key=lambda event: event["created_at"]):
        if not is_bot(event["author_login"]):
            last[item(event)] = event
    hours = [hours_between(event["opened_at"], event["created_at"]) for event in last.values()]
    wanted = {"closed": len(hours), "average_hours": sum(hours) / len(hours), **quartiles(hours)}
    assert_same(ask("time_to_close_issues", year, interval="d"), [wanted])


@pytest.mark.parametrize("year", ["2012", "2015", "2026"])
def test_time_to_first_response(ask: Ask, happened: Happened, year: str) -> None:
    answers = ("IssueCommentEvent", "PullRequestReviewEvent", "PullRequestReviewCommentEvent")
    opened: dict[Item, Row] = {}
    answered: dict[Item, list[Row]] = defaultdict(list)
    for event in happened[year]:
        if event["type"] in ("IssuesEvent", "PullRequestEvent") and event["action"] == "opened" and not event["bot"]:
            opened[item(event)] = event
        elif event["type"] in answers and not event["bot"]:
            answered[item(event)].append(event)
    hours: list[float] = []
    for key, event in opened.items():
        others = [other for other in answered[key] if other["actor_login"] != event["actor_login"]]
        later = [other["created_at"] for other in others if other["created_at"] >= event["created_at"]]
        hours += [hours_between(event["created_at"], min(later))] if later else []
    wanted = {"opened": len(opened), "answered": len(hours), **quartiles(hours)}
    assert_same(ask("time_to_first_response", year, interval="d"), [wanted])


@every_year
def test_age_of_open_items(ask: Ask, happened: Happened, year: str) -> None:
    end = day(year) + timedelta(days=1)
    wanted = []
    for type_, name in (("IssuesEvent", "issue"), ("PullRequestEvent", "pull request")):
        changes: dict[Item, list[Row]] = defaultdict(list)
        for event in of(happened[year], type_):
            if event["action"] in ("opened", "reopened", "closed", "merged") and event["repo_name"]:
                changes[item(event)].append(event)
        ages = [age for events in changes.values() if (age := _age(events, end)) is not None]
        if ages:
            columns = {"average_days": sum(ages) / len(ages), "median_days": median(ages), "oldest_days": max(ages)}
            wanted.append({"item": name, "open_items": len(ages), **columns})
    assert_same(ask("age_of_open_items", year), wanted)


def _age(events: list[Row], end: datetime) -> float | None:
    last = max(events, key=lambda event: (event["created_at"], event["action"] in ("closed", "merged")))
    begins = [e["opened_at"] or (e["created_at"] if e["action"] == "opened" else None) for e in events]
    known = [begin for begin in begins if begin]
    if last["action"] in ("closed", "merged") or not known:
        return None
    return hours_between(min(known), end) / 24


@pytest.mark.parametrize("year", ["2011", "2012", "2015", "2021"])
def test_pull_request_size(ask: Ask, happened: Happened, year: str) -> None:
    opened = of(happened[year], "PullRequestEvent", "opened")
    lines = [event["additions"] + event["deletions"] for event in opened if not event["bot"]]
    bounds = {"size_xs": 10, "size_s": 30, "size_m": 100, "size_l": 500, "size_xl": 1000, "size_xxl": 10**12}
    sizes: Counter[str] = Counter(next(name for name, bound in bounds.items() if size < bound) for size in lines)
    wanted = {"pull_requests": len(lines), **{name: sizes[name] for name in bounds}, "median_lines": median(lines)}
    assert_same(ask("pull_request_size", year, interval="d"), [wanted])


def is_review(event: Row) -> bool:
    """Whether an event is a review."""
    return event["type"] == "PullRequestReviewEvent"


def is_closed_issue(event: Row) -> bool:
    """Whether an event closes an issue."""
    return event["type"] == "IssuesEvent" and event["action"] == "closed"


RATIOS: dict[str, tuple[str, str, Callable[[Row], bool]]] = {
    "pull_request_merged_ratio_28d": ("PullRequestEvent", "merged", is_merge),
    "pull_request_reviewed_ratio_28d": ("PullRequestEvent", "reviewed", is_review),
    "issue_closed_ratio_28d": ("IssuesEvent", "closed", is_closed_issue),
}


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("pull_request_merged_ratio_28d", "2012"),
        ("pull_request_merged_ratio_28d", "2015"),
        ("pull_request_merged_ratio_28d", "2026"),
        ("pull_request_reviewed_ratio_28d", "2026"),
        ("issue_closed_ratio_28d", "2015"),
    ],
)
def test_ratios_of_28_days(ask: Ask, happened: Happened, name: str, year: str) -> None:
    opened, column, done = RATIOS[name]
    begun = {item(event) for event in of(happened[year], opened, "opened")}
    ended = begun & {item(event) for event in happened[year] if done(event)}
    assert_same(ask(name, year), [{"opened": len(begun), column: len(ended), "ratio": len(ended) / len(begun)}])


@pytest.mark.parametrize("year", ["2021", "2026"])
def test_reviews(ask: Ask, happened: Happened, year: str) -> None:
    reviews = [event for event in of(happened[year], "PullRequestReviewEvent") if not event["bot"]]
    states = Counter(event["review_state"] for event in reviews)
    assert reviews
    wanted = {state: states[state] for state in ("approved", "changes_requested", "commented")}
    reviewers = len({event["actor_login"] for event in reviews})
    got = ask("reviews", year, interval="d")
    assert_same(got, [{"bucket": day(year), "reviews": len(reviews), **wanted, "reviewers": reviewers}])


@pytest.mark.parametrize("year", ["2012", "2015", "2021", "2026"])
def test_most_active_reviewers(ask: Ask, happened: Happened, year: str) -> None:
    seen: dict[str, set[Item]] = defaultdict(set)
    for event in happened[year]:
        review = event["type"] in ("PullRequestReviewEvent", "PullRequestReviewCommentEvent") and not event["bot"]
        if review and event["author_login"] != event["actor_login"]:
            seen[event["actor_login"]].add(item(event))
    ranked = sorted(((login, len(items)) for login, items in seen.items()), key=lambda kept: (-kept[1], kept[0]))
    wanted = [{"actor_login": login, "pull_requests": number} for login, number in ranked[:10]]
    assert_same(ask("most_active_reviewers", year), wanted)


@every_year
def test_comments(ask: Ask, happened: Happened, year: str) -> None:
    types = {
        "issue_comments": "IssueCommentEvent",
        "review_comments": "PullRequestReviewCommentEvent",
        "commit_comments": "CommitCommentEvent",
    }
    counted = {name: len(of(happened[year], type_)) for name, type_ in types.items()}
    assert sum(counted.values()) > 0
    wanted = {"bucket": day(year), "comments": sum(counted.values()), **counted}
    assert_same(ask("comments", year, bots="include"), [wanted])


@pytest.mark.parametrize("year", ["2012", "2015", "2021"])
def test_pull_requests_by_language(ask: Ask, happened: Happened, year: str) -> None:
    opened = [e for e in of(happened[year], "PullRequestEvent", "opened") if e["repo_language"] and not e["bot"]]
    counted = sorted(Counter(e["repo_language"] for e in opened).items(), key=lambda kept: (-kept[1], kept[0]))
    wanted = [
        {"language": language, "pull_requests": number, "share": number / len(opened)} for language, number in counted
    ]
    assert_same(ask("pull_requests_by_language", year), wanted[:20])
