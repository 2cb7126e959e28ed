"""Real archive hours as plain Python rows, and how an answer is compared with what they add up to by hand."""

import csv
import json
import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias

from tests.normalise.plain import raw_events, row

Row: TypeAlias = dict[str, Any]
Ask: TypeAlias = Callable[..., list[Row]]

YEARS = ("2011", "2012", "2015", "2021", "2026")
DAYS = dict(zip(YEARS, ("02-15", "04-11", "01-01", "07-21", "06-01"), strict=True))
"""A day of each form of events, of which the samples hold some hours; 2021 has the first reviews."""

SAMPLES = {
    "2011-02-15-0": "2011-02-15-0",
    "2012-04-11-15": "2012-04-11-15",
    "2015-01-01-0": "2015-01-01-0",
    "2015-01-01-1": "2015-01-01-1",
    "2015-01-01-15": "2015-01-01-15",
    "2021-07-21-excerpt": "2021-07-21-10",
    "2026-06-01-15": "2026-06-01-15",
}
"""Sample files, and the archive hour as which they are collected."""

CONTRIBUTIONS = {
    "PushEvent",
    "IssueCommentEvent",
    "CommitCommentEvent",
    "PullRequestReviewEvent",
    "PullRequestReviewCommentEvent",
}


def read_samples(folder: Path) -> dict[str, list[Row]]:
    """The events of each year's sample hours, each once, by their columns, with ``bot`` beside them."""
    found: dict[str, dict[str, Row]] = {year: {} for year in YEARS}
    for sample, hour in SAMPLES.items():
        for raw in raw_events(folder / f"{sample}.json.gz"):
            event = row(raw)
            event["bot"] = is_bot(event["actor_login"])
            found[hour[:4]].setdefault(json.dumps(raw, sort_keys=True), event)
    return {year: list(events.values()) for year, events in found.items()}


def is_bot(login: str | None) -> bool:
    """Whether a login is a program's: its ending says so, or it is listed."""
    return login is not None and (login.lower().endswith("[bot]") or login.lower() in _LISTED)


def _listed() -> set[str]:
    text = files("forgelake.query").joinpath("bots.csv").read_text(encoding="utf-8")
    return {line["login"] for line in csv.DictReader(text.splitlines())}


_LISTED = _listed()


def is_contribution(event: Row) -> bool:
    """Whether an event is a contribution as the library's definitions say."""
    by_action = event["type"] in ("IssuesEvent", "PullRequestEvent")
    return event["type"] in CONTRIBUTIONS or (
        by_action and event["action"] in ("opened", "closed", "reopened", "merged")
    )


def contributions(events: Iterable[Row]) -> list[Row]:
    """The contributions of people with a name."""
    return [event for event in events if is_contribution(event) and event["actor_login"] and not event["bot"]]


def is_merge(event: Row) -> bool:
    """Whether an event says that a pull request was merged, in either form."""
    return event["type"] == "PullRequestEvent" and (
        event["action"] == "merged" or (event["action"] == "closed" and event["merged"] is True)
    )


def hour_of(event: Row) -> datetime:
    """The begin of the hour in which an event happened."""
    instant: datetime = event["created_at"]
    return instant.replace(minute=0, second=0, microsecond=0)


def day(year: str) -> datetime:
    """The begin of a year's sample day."""
    return datetime.fromisoformat(f"{year}-{DAYS[year]}").replace(tzinfo=UTC)


def hours_between(earlier: datetime, later: datetime) -> float:
    """How many hours lie between."""
    return (later - earlier).total_seconds() / 3600


def quantile(values: Iterable[float], share: float) -> float | None:
    """The quantile with linear interpolation between neighbours."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def assert_same(got: list[Row], wanted: list[Row]) -> None:
    """Rows are the same, in order, numbers to nine digits; and there are some, as nothing proves nothing."""
    assert wanted, "the sample holds nothing to compare; ask for something else"
    for number, (row_got, row_wanted) in enumerate(zip(got, wanted, strict=False)):
        cells = {name: row_got[name] for name in row_wanted}
        assert all(_equal(cells[name], row_wanted[name]) for name in cells), (number, cells, row_wanted)
    assert len(got) == len(wanted)


def _equal(got: object, wanted: object) -> bool:
    if isinstance(got, float) and isinstance(wanted, int | float):
        return math.isclose(got, wanted, rel_tol=1e-9, abs_tol=1e-9)
    return got == wanted
