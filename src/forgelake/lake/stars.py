"""The table of stars by day as GitHub tells them later: only stars that are still held count."""

from typing import Final

from forgelake.lake.columns import Column, Kind, Table
from forgelake.lake.repos import OF_A_REPO

STAR_DAYS: Final = Table(
    name="star_days",
    meaning="Stars of one day that were still held when asked: a star taken back lowers its day. All revisions stay.",
    day_column="day",
    slices="stars",
    sort=("repo_id", "source", "star_day"),
    late=True,
    columns=(
        *OF_A_REPO,
        Column("star_day", Kind.DATE, "The UTC day on which the stars were given.", required=True),
        Column("stars", Kind.INTEGER, "Stars given on it that were still held at taken_at.", required=True),
    ),
)
