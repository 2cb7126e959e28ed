"""What was seen of a repository's traffic, as rows of the tables."""

from dataclasses import asdict
from datetime import date
from typing import Any, Final, TypeAlias

from forgelake.lake.traffic import TRAFFIC_DAYS, TRAFFIC_PATHS, TRAFFIC_REFERRERS, TRAFFIC_WINDOWS
from forgelake.model.traffic import Popular, Traffic, TrafficDay, is_final

TABLES: Final = (TRAFFIC_DAYS, TRAFFIC_WINDOWS, TRAFFIC_REFERRERS, TRAFFIC_PATHS)
Row: TypeAlias = dict[str, Any]


def rows(traffic: Traffic, seen_on: date) -> dict[str, list[Row]]:
    """The rows by table, without what all rows of a repository share.

    Args:
        seen_on: the UTC day by which it is told whether a day is final.
    """
    window = [asdict(traffic.window)] if traffic.window else list[Row]()
    return {
        TRAFFIC_DAYS.name: [day_row(day, seen_on) for day in traffic.days],
        TRAFFIC_WINDOWS.name: window,
        TRAFFIC_REFERRERS.name: [_popular(one, "referrer") for one in traffic.referrers or ()],
        TRAFFIC_PATHS.name: [{**_popular(one, "path"), "title": one.title} for one in traffic.paths or ()],
    }


def day_row(day: TrafficDay, seen_on: date) -> Row:
    """A row of ``traffic_days``."""
    values = asdict(day)
    traffic_day = values.pop("day")
    return {"traffic_day": traffic_day, **values, "is_final": is_final(traffic_day, seen_on)}


def _popular(one: Popular, column: str) -> Row:
    return {"rank": one.rank, column: one.name, "views": one.views, "view_uniques": one.view_uniques}
