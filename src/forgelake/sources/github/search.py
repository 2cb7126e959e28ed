"""Searches of repositories: addresses, ranges beyond the cap, and rows. No network.

A search shows 1,000 results at most. The most starred beyond them are found by asking for those with no more stars than
the last one; where more than 1,000 have that many stars alike, those are divided by the day they were made.
"""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import quote

from forgelake.model.errors import RetryError
from forgelake.sources.github.pieces import Piece, Rows
from forgelake.sources.github.said import Said
from forgelake.sources.github.snapshots import visibility

CAP: Final = 1_000
PAGE: Final = 100
FIRST_DAY: Final = date(2007, 10, 1)
"""No repository was made before: GitHub's own first one is of that month."""


def address(query: str, per_page: int = PAGE) -> str:
    """The first page of a search, the most starred first."""
    return f"/search/repositories?q={quote(query)}&sort=stars&order=desc&per_page={per_page}"


def page(said: Said) -> Mapping[str, Any]:
    """One page's values.

    Raises:
        RetryError: it is no page of results.
    """
    with contextlib.suppress(ValueError, KeyError, TypeError):
        told = said.json() if said.ok else {}
        if isinstance(told["total_count"], int) and isinstance(told["items"], list):
            return told
    message = f"{said.url} is no page of results ({said.status})"
    raise RetryError(message)


def halves(first: date, last: date) -> tuple[tuple[date, date], tuple[date, date]] | None:
    """A range of days as two; None if it is one day."""
    if first >= last:
        return None
    middle = first + (last - first) // 2
    return (first, middle), (middle + timedelta(days=1), last)


def topic_rows(piece: Piece) -> Rows:
    """Counts and the most starred repositories of a topic or search.

    ``notes["roles"]`` says of each answer what it is: ``all`` for the search itself, ``more`` for further pages and
    ranges, or a language.
    """
    topic = piece.notes["topic"]
    pages = list(zip(piece.notes["roles"], map(page, piece.answers), strict=True))
    counts = [
        {
            "topic": topic,
            "language": None if role == "all" else role.removeprefix("language:"),
            "total": told["total_count"],
            "is_incomplete": bool(told.get("incomplete_results")),
        }
        for role, told in pages
        if role == "all" or role.startswith("language:")
    ]
    items = [item for role, told in pages if not role.startswith("language:") for item in told["items"]]
    ranked = enumerate(most_starred(items)[: piece.notes["top"]], start=1)
    return {"topic_counts": counts, "topic_repos": [_repo(topic, rank, item) for rank, item in ranked]}


def most_starred(items: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Each repository once, the most starred first, ties by id."""
    by_id = {item["id"]: item for item in items}
    return sorted(by_id.values(), key=lambda item: (-item["stargazers_count"], item["id"]))


def _repo(topic: str, rank: int, item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "topic": topic,
        "rank": rank,
        "repo_id": item["id"],
        "repo_name": item["full_name"],
        "visibility": visibility(item),
        "stars": item["stargazers_count"],
        "forks": item.get("forks_count"),
        "open_issues": item.get("open_issues_count"),
        "size_kb": item.get("size"),
        "language": item.get("language"),
    }
