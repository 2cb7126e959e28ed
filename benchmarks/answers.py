"""That all contenders did the same work: equal types, row counts, sums and distinct counts.

Without this a comparison is won by whoever leaves something out.
"""

from collections.abc import Mapping
from pathlib import Path

from forgelake.engines.duckdb import connect
from forgelake.lake.columns import Era
from forgelake.lake.events import EVENTS

PROVENANCE = {"era", "sources", "fingerprint"}
COLUMNS = tuple(c for c in EVENTS.columns if Era.API_2015 in c.eras and c.name not in PROVENANCE)
"""What the form of 2015 to 2025 fills; which slice a row came from is asked of nobody but us."""

FACTS: Mapping[str, str] = {
    "rows": "count(*)",
    "ids": "count(DISTINCT id)",
    "sum of ids": "sum(CAST(id AS HUGEINT))",
    "times": "sum(epoch_ms(created_at))",
    "repositories": "count(DISTINCT (repo_id, repo_name))",
    "actors": "count(DISTINCT (actor_id, actor_login))",
    "organisations": "count(DISTINCT org_login)",
    "actions": "count(DISTINCT (type, action))",
    "refs": "count(DISTINCT (ref, ref_type))",
    "pushes": "count(DISTINCT push_head), sum(push_size), sum(push_distinct_size)",
    "commits listed": "sum(commit_count)",
    "items": "count(DISTINCT item_id), sum(number), sum(comments), count(DISTINCT state)",
    "titles": "count(DISTINCT title), sum(length(title))",
    "pull requests": "count(*) FILTER (is_pull_request), count(*) FILTER (NOT is_pull_request)",
    "authors": "count(DISTINCT (author_id, author_login))",
    "item times": "sum(epoch_ms(opened_at)), sum(epoch_ms(closed_at)), sum(epoch_ms(merged_at))",
    "merged": "count(*) FILTER (merged), count(*) FILTER (NOT merged), count(DISTINCT merged_by_login)",
    "changes": "sum(additions), sum(deletions), sum(changed_files), sum(pull_commits), sum(review_comments)",
    "labels": "sum(length(labels)), count(DISTINCT labels) FILTER (length(labels) > 0)",
    "branches": "count(DISTINCT (base_ref, head_ref))",
    "releases": "sum(release_id), count(DISTINCT release_tag), count(*) FILTER (release_prerelease)",
    "others": "sum(comment_id), sum(forkee_id), count(DISTINCT forkee_name), sum(member_id)",
    "facts of repositories": "count(DISTINCT repo_language), sum(repo_stars), sum(repo_forks)",
}
FACTS_WITHOUT_PAYLOAD = {"rows": "count(*)", "ids": "count(DISTINCT id)", "sum of ids": "sum(CAST(id AS HUGEINT))"}


class DifferentError(Exception):
    """Two contenders did not write the same."""


def facts(folder: Path, asked: Mapping[str, str] = FACTS) -> dict[str, object]:
    """What the Parquet files in a folder say."""
    questions = ", ".join(f"({sql})" if "," not in sql else f"row({sql})" for sql in asked.values())
    with connect() as connection:
        answers = connection.execute(f"SELECT {questions} FROM read_parquet('{folder}/**/*.parquet')").fetchone()
    return dict(zip(asked, answers or (), strict=True))


def kinds(folder: Path) -> dict[str, str]:
    """The types of the columns that count, by name."""
    wanted = [column.name for column in COLUMNS]
    with connect() as connection:
        rows = connection.execute(f"DESCRIBE SELECT * FROM read_parquet('{folder}/**/*.parquet')").fetchall()
    found = {row[0]: row[1] for row in rows}
    return {name: found.get(name, "missing") for name in wanted}


def compare(who: str, theirs: Mapping[str, object], ours: Mapping[str, object]) -> int:
    """How many facts were compared.

    Raises:
        DifferentError: one of them differs.
    """
    for name, fact in theirs.items():
        if ours[name] != fact:
            message = f"{who} has other {name} than forgelake: {fact}, not {ours[name]}"
            raise DifferentError(message)
    return len(theirs)
