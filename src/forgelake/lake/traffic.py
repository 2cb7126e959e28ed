"""Tables of traffic: GitHub forgets it after 14 days.

Uniques are never summed: who came on two days counts on both, and once in the window of 14 days.
"""

from typing import Final

from forgelake.lake.columns import Column, Kind, Table
from forgelake.lake.repos import SOURCE_AND_DAY

_OF_A_REPO: Final = (
    *SOURCE_AND_DAY,
    Column("repo_id", Kind.INTEGER, "Repository id; NULL where an archive was imported without it."),
    Column("repo_name", Kind.TEXT, "Repository as owner/name, at that time.", required=True),
    Column("visibility", Kind.TEXT, "public, private or internal, at that time; NULL where it is not known."),
)
_VIEWS: Final = (
    Column("views", Kind.INTEGER, "Page views."),
    Column("view_uniques", Kind.INTEGER, "Different visitors among them."),
)
_CLONES: Final = (
    Column("clones", Kind.INTEGER, "Full clones; fetches do not count."),
    Column("clone_uniques", Kind.INTEGER, "Different cloners among them."),
)
_RANK: Final = Column("rank", Kind.INTEGER, "Its place by views, from 1.", required=True)

TRAFFIC_DAYS: Final = Table(
    name="traffic_days",
    meaning=(
        "One UTC day of a repository's traffic with the highest numbers that were seen of it, in SQL and metrics; "
        "the files hold a row for each time that it was seen."
    ),
    day_column="day",
    slices="traffic",
    sort=("repo_id", "source", "traffic_day"),
    late=True,
    columns=(
        *_OF_A_REPO,
        Column("traffic_day", Kind.DATE, "The UTC day of the traffic.", required=True),
        *_VIEWS,
        *_CLONES,
        Column("is_final", Kind.FLAG, "Whether the day can no longer change.", required=True),
    ),
)

TRAFFIC_WINDOWS: Final = Table(
    name="traffic_windows",
    meaning="Traffic of the 14 days up to one day, taken together.",
    day_column="day",
    slices="traffic",
    sort=("repo_id", "source"),
    columns=(*_OF_A_REPO, *_VIEWS, *_CLONES),
)

TRAFFIC_REFERRERS: Final = Table(
    name="traffic_referrers",
    meaning="One of the ten sites that most views came from, in the 14 days up to one day.",
    day_column="day",
    slices="traffic",
    sort=("repo_id", "source", "rank"),
    columns=(*_OF_A_REPO, _RANK, Column("referrer", Kind.TEXT, "The site.", required=True), *_VIEWS),
)

TRAFFIC_PATHS: Final = Table(
    name="traffic_paths",
    meaning="One of the ten most viewed pages of a repository, in the 14 days up to one day.",
    day_column="day",
    slices="traffic",
    sort=("repo_id", "source", "rank"),
    columns=(
        *_OF_A_REPO,
        _RANK,
        Column("path", Kind.TEXT, "The page's path on GitHub.", required=True),
        Column("title", Kind.TEXT, "The page's title."),
        *_VIEWS,
    ),
)
