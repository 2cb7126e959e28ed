"""The data sets of a traffic export: the SQL of each, over the views of a snapshot.

Every row carries the repository's id, which stays, and its latest name, which people know it by.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class DataSet:
    """One file of the export.

    Attributes:
        name: of the file, without its ending.
        table: what it is made from.
        columns: SQL of the columns after the repository's.
        order: by what rows of one repository are sorted.
        condition: which rows count.
    """

    name: str
    table: str
    columns: str
    order: str
    condition: str = "true"

    @property
    def sql(self) -> str:
        """The rows of the repositories in ``chosen``."""
        return f"""
            SELECT repo_id, chosen.name AS repo_name, {self.columns}
            FROM {self.table} JOIN chosen ON chosen.key = {_KEY}
            WHERE {self.condition}
            ORDER BY chosen.name, repo_id, {self.order}"""  # noqa: S608 - our own names


_KEY: Final = "coalesce(CAST(repo_id AS VARCHAR), lower(repo_name))"

TRAFFIC_SETS: Final = (
    DataSet(
        "views",
        "traffic_days",
        "traffic_day AS date, views, view_uniques AS unique_visitors, is_final",
        "traffic_day",
        "views IS NOT NULL",
    ),
    DataSet(
        "clones",
        "traffic_days",
        "traffic_day AS date, clones, clone_uniques AS unique_cloners, is_final",
        "traffic_day",
        "clones IS NOT NULL",
    ),
    DataSet(
        "windows",
        "traffic_windows",
        "taken_at, views, view_uniques AS unique_visitors, clones, clone_uniques AS unique_cloners",
        "taken_at",
    ),
    DataSet(
        "referrers",
        "traffic_referrers",
        "taken_at, rank, referrer, views, view_uniques AS unique_visitors",
        "taken_at, rank, referrer",
    ),
    DataSet(
        "paths",
        "traffic_paths",
        "taken_at, rank, path, title, views, view_uniques AS unique_visitors",
        "taken_at, rank, path",
    ),
)
TABLES: Final = tuple(dict.fromkeys(one.table for one in TRAFFIC_SETS))

_EVERY_ROW: Final = " UNION ALL ".join(
    f"SELECT {_KEY} AS key, repo_name, visibility, taken_at FROM {table}"  # noqa: S608 - our own names
    for table in TABLES
)
REPOSITORIES: Final = f"""
    SELECT
        key,
        arg_max(repo_name, row(taken_at, repo_name)) AS name,
        coalesce(arg_max(visibility, row(taken_at, visibility)), 'public') AS visibility,
        list(DISTINCT lower(repo_name)) AS names
    FROM ({_EVERY_ROW})
    GROUP BY key
    ORDER BY key"""  # noqa: S608 - our own names
"""Every repository that there is traffic of: latest name, latest visibility, and all names that it had."""
