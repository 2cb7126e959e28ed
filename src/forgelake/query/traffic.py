"""Traffic days as readers see them: one row per repository and day, from all that was ever observed of it.

Of several observations the highest holds, whatever their order, so an outage that zeroes the data lowers nothing. A
day is final once views and clones have each been seen after it could change. Where an archive was imported without the
repository's id, its name tells which repository it is. ``repo_names`` holds every name that observations know of it.
"""

from typing import Final

from forgelake.state.columns import DescribedColumn

REPO_NAMES: Final = DescribedColumn(
    "repo_names", "VARCHAR[]", "Every name that its observations know of the repository, in small letters."
)
"""A column that the view ``traffic_days`` has beside those of the table."""


def highest(observations: str) -> str:
    """SQL for the days, from SQL for rows of ``traffic_days``; its columns are the same, and ``repo_names``."""
    return f"""
        SELECT
            arg_max(source, row(taken_at, source)) AS source,
            max(day) AS day,
            max(taken_at) AS taken_at,
            known_id AS repo_id,
            arg_max(repo_name, row(taken_at, repo_name)) AS repo_name,
            arg_max(visibility, row(taken_at, visibility)) AS visibility,
            traffic_day,
            max(views) AS views,
            max(view_uniques) AS view_uniques,
            max(clones) AS clones,
            max(clone_uniques) AS clone_uniques,
            count(*) FILTER (WHERE is_final AND views IS NOT NULL) > 0
                AND count(*) FILTER (WHERE is_final AND clones IS NOT NULL) > 0 AS is_final,
            any_value(names) AS repo_names
        FROM (
            SELECT *, list(DISTINCT lower(repo_name)) OVER (
                PARTITION BY known_id, CASE WHEN known_id IS NULL THEN lower(repo_name) END
            ) AS names
            FROM (
                SELECT *, coalesce(
                    repo_id, arg_max(repo_id, row(taken_at, repo_id)) OVER (PARTITION BY lower(repo_name))
                ) AS known_id
                FROM ({observations})
            )
        )
        GROUP BY known_id, CASE WHEN known_id IS NULL THEN lower(repo_name) END, traffic_day"""  # noqa: S608 - our own
