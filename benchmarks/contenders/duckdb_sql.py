"""DuckDB: `read_json` on declared columns with only the fields that are needed, and COPY to Parquet.

Tried without gain: larger ``maximum_object_size``, ``ignore_errors``, instants read as text or by a declared format and
cast afterwards, Parquet v1, no dictionaries, other row groups, the external file cache off.
"""

from functools import cache
from pathlib import Path

import duckdb

from benchmarks.contenders import inflated, result
from forgelake.engines.duckdb import connect

USER = "STRUCT(id BIGINT, login VARCHAR)"
LABELS = 'STRUCT("name" VARCHAR)[]'
ITEM = (
    f'id BIGINT, "number" BIGINT, title VARCHAR, state VARCHAR, "user" {USER}, author_association VARCHAR, '
    f'created_at TIMESTAMPTZ, closed_at TIMESTAMPTZ, "comments" BIGINT, labels {LABELS}'
)
REPO = 'STRUCT("language" VARCHAR, stargazers_count BIGINT, forks_count BIGINT)'
PULL = (
    f"STRUCT({ITEM}, draft BOOLEAN, merged BOOLEAN, merged_at TIMESTAMPTZ, merged_by {USER}, additions BIGINT, "
    "deletions BIGINT, changed_files BIGINT, commits BIGINT, review_comments BIGINT, "
    f"base STRUCT(ref VARCHAR, repo {REPO}), head STRUCT(ref VARCHAR))"
)
REMARK = "STRUCT(id BIGINT, state VARCHAR, author_association VARCHAR)"
PAYLOAD = (
    'STRUCT("action" VARCHAR, ref VARCHAR, ref_type VARCHAR, head VARCHAR, "before" VARCHAR, size BIGINT, '
    "distinct_size BIGINT, push_id BIGINT, commits STRUCT(sha VARCHAR)[], "
    f'"number" BIGINT, issue STRUCT({ITEM}, pull_request STRUCT(url VARCHAR)), pull_request {PULL}, '
    f'"comment" {REMARK}, review {REMARK}, "release" STRUCT(id BIGINT, tag_name VARCHAR, prerelease BOOLEAN), '
    f"forkee STRUCT(id BIGINT, full_name VARCHAR), member {USER})"
)
COLUMNS = {
    "id": "BIGINT",
    "type": "VARCHAR",
    "created_at": "TIMESTAMPTZ",
    "actor": USER,
    "repo": 'STRUCT(id BIGINT, "name" VARCHAR)',
    "org": USER,
    "payload": PAYLOAD,
}
SELECT = """
SELECT
    id, type, p."action" AS "action", created_at,
    actor.id AS actor_id, actor.login AS actor_login, repo.id AS repo_id, repo.name AS repo_name,
    org.id AS org_id, org.login AS org_login,
    p.ref AS ref, p.ref_type AS ref_type, p.push_id AS push_id, p.size AS push_size,
    p.distinct_size AS push_distinct_size, p.head AS push_head, p."before" AS push_before,
    len(p.commits) AS commit_count,
    coalesce(p."number", pull."number", issue."number") AS "number",
    coalesce(pull.id, issue.id) AS item_id,
    CASE WHEN pull IS NOT NULL THEN true WHEN issue IS NOT NULL THEN issue.pull_request IS NOT NULL END
        AS is_pull_request,
    coalesce(pull.title, issue.title) AS title, coalesce(pull.state, issue.state) AS state,
    pull.draft AS is_draft,
    coalesce(pull."user".id, issue."user".id) AS author_id,
    coalesce(pull."user".login, issue."user".login) AS author_login,
    coalesce(pull.author_association, issue.author_association) AS author_association,
    coalesce(pull.created_at, issue.created_at) AS opened_at,
    coalesce(pull.closed_at, issue.closed_at) AS closed_at,
    pull.merged AS merged, pull.merged_at AS merged_at,
    pull.merged_by.id AS merged_by_id, pull.merged_by.login AS merged_by_login,
    pull.additions AS additions, pull.deletions AS deletions, pull.changed_files AS changed_files,
    pull.commits AS pull_commits, coalesce(pull."comments", issue."comments") AS "comments",
    pull.review_comments AS review_comments,
    [label.name FOR label IN coalesce(pull.labels, issue.labels)] AS labels,
    pull.base.ref AS base_ref, pull.head.ref AS head_ref,
    p.review.id AS review_id, p.review.state AS review_state, p."comment".id AS comment_id,
    coalesce(p."comment".author_association, p.review.author_association) AS actor_association,
    p."release".id AS release_id, p."release".tag_name AS release_tag, p."release".prerelease AS release_prerelease,
    p.forkee.id AS forkee_id, p.forkee.full_name AS forkee_name,
    p.member.id AS member_id, p.member.login AS member_login,
    pull.base.repo."language" AS repo_language, pull.base.repo.stargazers_count AS repo_stars,
    pull.base.repo.forks_count AS repo_forks
FROM (
    SELECT *, payload AS p, payload.pull_request AS pull, payload.issue AS issue
    FROM read_json('{text}', columns = {columns}, format = 'newline_delimited')
)
"""
COPY = "COPY ({select}) TO '{path}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2)"


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    connection = connect(threads=1)
    connection.execute("SET preserve_insertion_order = false")
    return connection


def _copy(text: Path, path: Path) -> None:
    columns = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items()) + "}"
    _connection().execute(COPY.format(select=SELECT.format(text=text, columns=columns), path=path))


def run(files: list[Path], folder: Path) -> None:
    """DuckDB reads the gzip files by itself."""
    for file in files:
        _copy(file, result(folder, file))


def run_inflated(files: list[Path], folder: Path) -> None:
    """isal inflates to a file in memory."""
    for file, text in inflated(files, folder):
        _copy(text, result(folder, file))
