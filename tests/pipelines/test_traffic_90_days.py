"""Ninety days of daily collection from a GitHub that fails one call in ten."""

from datetime import date, timedelta
from typing import Final

import pytest

from tests.pipelines.lakes import Lake
from tests.pipelines.traffic_days import FIRST, World, collect, collecting, days, rows, values

DAYS: Final = 90
UNTIL_FINAL: Final = 6
OUTAGES: Final = {"cat": (0, 0), "owl": (12, 11), "fox": (44, 14), "dog": (66, 20)}
"""From which day on, and for how many days in a row, a repository cannot be reached."""

WHOLE_DAYS: Final = {day for first, long in OUTAGES.values() if long for day in (first - 1, first + long)}
"""What an outage costs is only certain if the last day before it and the first one after it are whole."""


def after(number: int) -> date:
    return FIRST + timedelta(days=number)


@pytest.mark.timeout(300)
def test_ninety_days_end_with_the_true_numbers_and_gaps_only_where_it_failed_too_long(lake: Lake) -> None:
    with World() as github:
        ids = {name: github.with_repo(f"octo/{name}", DAYS + UNTIL_FINAL) for name in OUTAGES}
        github.down = {
            f"octo/{name}": {after(first + number) for number in range(long)} for name, (first, long) in OUTAGES.items()
        }
        with collecting(lake, github, *(f"octo/{name}" for name in ids)) as context:
            for number in range(DAYS + UNTIL_FINAL):
                github.today = after(number)
                github.failing = 0 if number in WHOLE_DAYS else 0.1
                # As if nobody had come.
                github.desk.outage = number in {30, 31}
                collect(context, github)
            seen = {name: days(context, repo_id) for name, repo_id in ids.items()}
            windows = rows(context, "SELECT count(*) AS n, count(DISTINCT (repo_id, day)) AS days FROM traffic_windows")
    whole = {after(number) for number in range(DAYS)}
    for name, (first, long) in OUTAGES.items():
        truth, found = github.desk.visits[ids[name]], seen[name]
        lost, stale = whole - found.keys(), {day for day in whole & found.keys() if not found[day]["is_final"]}
        # A day is shown for 14 days after it, and final from the third day on.
        assert lost == {after(first + number) for number in range(long - 14)}, name
        assert stale == {after(first - number) for number in range(1, 4) if number + long > 14}, name
        for day in whole - lost - stale:
            assert values(found[day]) == truth[day], (name, day)
        for day in stale:
            assert (found[day]["views"] or 0) <= truth[day].views, (name, day)
    assert windows[0]["n"] == windows[0]["days"] > DAYS
