"""Ninety days of daily collection from a GitHub that fails one call in ten."""

from datetime import date, timedelta
from typing import Final

import pytest

from tests.pipelines.lakes import Lake
from tests.pipelines.traffic_days import FIRST, World, collect, collecting, days, rows, values

DAYS: Final = 90
UNTIL_FINAL: Final = 6
OUTAGE: Final = 44
"""The day from which some repositories cannot be reached."""

UNREACHABLE: Final = {"cat": 0, "owl": 11, "fox": 14, "dog": 20}
"""For how many days in a row."""


def after(number: int) -> date:
    return FIRST + timedelta(days=number)


@pytest.mark.timeout(300)
def test_ninety_days_end_with_the_true_numbers_and_gaps_only_where_it_failed_too_long(lake: Lake) -> None:
    with World(failing=0.1) as github:
        ids = {name: github.with_repo(f"octo/{name}", DAYS + UNTIL_FINAL) for name in UNREACHABLE}
        github.down = {
            f"octo/{name}": {after(OUTAGE + number) for number in range(long)} for name, long in UNREACHABLE.items()
        }
        with collecting(lake, github, *(f"octo/{name}" for name in ids)) as context:
            for number in range(DAYS + UNTIL_FINAL):
                github.today = after(number)
                # What an outage costs is only certain if the last day before it and the first after it are whole.
                github.failing = 0 if number - OUTAGE in {-1, *UNREACHABLE.values()} else 0.1
                # Zeros for days on which people came.
                github.desk.outage = number in {30, 31}
                collect(context, github)
            seen = {name: days(context, repo_id) for name, repo_id in ids.items()}
            windows = rows(context, "SELECT count(*) AS n, count(DISTINCT (repo_id, day)) AS days FROM traffic_windows")
    whole = {after(number) for number in range(DAYS)}
    for name, long in UNREACHABLE.items():
        truth, found = github.desk.visits[ids[name]], seen[name]
        lost, stale = whole - found.keys(), {day for day in whole & found.keys() if not found[day]["is_final"]}
        # A day is shown for 14 days after it, and final from the third day on.
        assert lost == {after(OUTAGE + number) for number in range(long - 14)}, name
        assert stale == {after(OUTAGE - number) for number in range(1, 4) if number + long > 14}, name
        for day in whole - lost - stale:
            assert values(found[day]) == truth[day], (name, day)
        for day in stale:
            assert (found[day]["views"] or 0) <= truth[day].views, (name, day)
    assert windows[0]["n"] == windows[0]["days"] > DAYS
