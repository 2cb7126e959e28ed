"""Tables of topics and searches: how many repositories there are, and the most starred of them."""

from typing import Final

from forgelake.lake.columns import Column, Kind, Table
from forgelake.lake.repos import OF_A_REPO, SOURCE_AND_DAY

_TOPIC: Final = Column("topic", Kind.TEXT, "The topic, or the search's name.", required=True)

TOPIC_COUNTS: Final = Table(
    name="topic_counts",
    meaning="How many public repositories GitHub's search finds for a topic on one day, in all or by main language.",
    day_column="day",
    slices="topic",
    sort=("topic", "source", "language"),
    columns=(
        *SOURCE_AND_DAY,
        _TOPIC,
        Column("language", Kind.TEXT, "Main language of the repositories; NULL for all of them."),
        Column("total", Kind.INTEGER, "Repositories that the search counted.", required=True),
        Column("is_incomplete", Kind.FLAG, "Whether the search gave up before it had seen all of them.", required=True),
    ),
)

TOPIC_REPOS: Final = Table(
    name="topic_repos",
    meaning="One of the most starred repositories of a topic on one day.",
    day_column="day",
    slices="topic",
    sort=("topic", "source", "rank"),
    columns=(
        *OF_A_REPO,
        _TOPIC,
        Column("rank", Kind.INTEGER, "Its place by stars, from 1; ties by id.", required=True),
        Column("stars", Kind.INTEGER, "Accounts that star it."),
        Column("forks", Kind.INTEGER, "Forks of it."),
        Column("open_issues", Kind.INTEGER, "Open issues and pull requests together, as the search tells them."),
        Column("size_kb", Kind.INTEGER, "Size of its git data on GitHub, in kilobytes."),
        Column("language", Kind.TEXT, "Its main language."),
    ),
)
