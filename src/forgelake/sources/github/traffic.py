"""What the traffic endpoints answer (GitHub's "REST API endpoints for repository traffic"), and its rows. No network.

GitHub lists only days with traffic. A day that it leaves out after the first one listed had none; of the last days
that is not yet known, so a zero is only told of days that can no longer change.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from forgelake.model.errors import SkipError
from forgelake.model.traffic import WINDOW_DAYS, Popular, Traffic, TrafficDay, TrafficWindow, is_final, utc_day
from forgelake.normalise.traffic import rows
from forgelake.sources.github.pieces import Piece, Rows

VIEWS, CLONES, REFERRERS, PATHS = PARTS = ("views", "clones", "popular/referrers", "popular/paths")
"""The endpoints of one repository, as they end."""

PERMISSION: Final = (
    'a fine-grained token needs the repository permission "Administration" (read), a classic one the scope "repo", '
    "and its owner write access"
)
_SHOWN: Final = 60


class BadTrafficError(SkipError):
    """An answer that is no traffic; the message says what it is instead."""


class _Series(NamedTuple):
    count: int
    uniques: int
    days: dict[date, tuple[int, int]]


def path(repo_name: str, part: str) -> str:
    """The address of an endpoint below the API's base."""
    return f"/repos/{repo_name}/traffic/{part}"


def traffic_rows(piece: Piece) -> Rows:
    """The rows of a day's answers; those of endpoints that did not answer are left out.

    Raises:
        BadTrafficError: an answer is not what the endpoint answers.
    """
    bodies = {
        part: said.body for said in piece.answers for part in PARTS if said.ok and said.url.endswith(f"/traffic/{part}")
    }
    # A run may go on past midnight; the first answer is the most careful one about what is final.
    first = min(said.at for said in piece.answers)
    of_repo = {name: piece.notes[name] for name in ("repo_id", "repo_name", "visibility")}
    made = rows(traffic(bodies, first), utc_day(first))
    return {table: [{**of_repo, **row} for row in listed] for table, listed in made.items()}


def traffic(bodies: Mapping[str, bytes], taken_at: datetime) -> Traffic:
    """What some of the endpoints answered, by endpoint; those that did not answer are left out.

    Raises:
        BadTrafficError: a body is not what the endpoint answers.
    """
    views = _series(bodies[VIEWS], VIEWS) if VIEWS in bodies else None
    clones = _series(bodies[CLONES], CLONES) if CLONES in bodies else None
    window = None
    if views or clones:
        window = TrafficWindow(
            *((views.count, views.uniques) if views else (None, None)),
            *((clones.count, clones.uniques) if clones else (None, None)),
        )
    return Traffic(
        taken_at=taken_at,
        days=_days(views, clones, utc_day(taken_at)),
        window=window,
        referrers=_popular(bodies[REFERRERS], "referrer") if REFERRERS in bodies else None,
        paths=_popular(bodies[PATHS], "path") if PATHS in bodies else None,
    )


def _days(views: _Series | None, clones: _Series | None, today: date) -> tuple[TrafficDay, ...]:
    listed = {day for series in (views, clones) if series for day in series.days}
    window = {today - timedelta(days=back) for back in range(WINDOW_DAYS + 1)}
    quiet = {day for day in window if min(listed, default=today) <= day and is_final(day, today)}
    return tuple(TrafficDay(day, *_on(views, day, quiet), *_on(clones, day, quiet)) for day in sorted(listed | quiet))


def _on(series: _Series | None, day: date, quiet: set[date]) -> tuple[int | None, int | None]:
    """A day's count and different visitors."""
    if series is None:
        return None, None
    return series.days.get(day) or ((0, 0) if day in quiet else (None, None))


def _series(body: bytes, part: str) -> _Series:
    said = _json(body)
    try:
        listed = {_day(item["timestamp"]): (_number(item["count"]), _number(item["uniques"])) for item in said[part]}
        return _Series(_number(said["count"]), _number(said["uniques"]), listed)
    except (KeyError, TypeError, ValueError) as error:
        message = f"no {part} by day: {_shown(body)}"
        raise BadTrafficError(message) from error


def _popular(body: bytes, key: str) -> tuple[Popular, ...]:
    said = _json(body)
    try:
        return tuple(
            Popular(rank, str(item[key]), _number(item["count"]), _number(item["uniques"]), item.get("title"))
            for rank, item in enumerate(said, start=1)
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = f"no list of {key}s: {_shown(body)}"
        raise BadTrafficError(message) from error


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        message = f"not JSON: {_shown(body)}"
        raise BadTrafficError(message) from error


def _day(text: str) -> date:
    return utc_day(datetime.fromisoformat(text))


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(value)
    return value


def _shown(body: bytes) -> str:
    text = body[:_SHOWN].decode("utf-8", errors="replace")
    return "".join(c for c in text if c.isprintable()) or "empty body"
