"""chDB (ClickHouse in a process): JSONEachRow on a declared structure, named tuples with only the fields needed.

Tried without gain: the payload as text with JSONExtract (twice as slow), other block sizes, zstd level 1, the older
Parquet encoder, ``mmap``, no bloom filters and no page index.
"""

from functools import cache
from pathlib import Path
from typing import Any

from chdb.session import Session

from benchmarks.contenders import inflated, result

INT, TEXT, FLAG, INSTANT = "Nullable(Int64)", "Nullable(String)", "Nullable(Bool)", "Nullable(DateTime64(6, 'UTC'))"
USER = f"Tuple(id {INT}, login {TEXT})"
ITEM = (
    f"id {INT}, number {INT}, title {TEXT}, state {TEXT}, user {USER}, author_association {TEXT}, "
    f"created_at {INSTANT}, closed_at {INSTANT}, comments {INT}, labels Array(Tuple(name {TEXT}))"
)
PULL = (
    f"Tuple({ITEM}, draft {FLAG}, merged {FLAG}, merged_at {INSTANT}, merged_by {USER}, additions {INT}, "
    f"deletions {INT}, changed_files {INT}, commits {INT}, review_comments {INT}, "
    f"base Tuple(ref {TEXT}, repo Tuple(language {TEXT}, stargazers_count {INT}, forks_count {INT})), "
    f"head Tuple(ref {TEXT}))"
)
REMARK = f"Tuple(id {INT}, state {TEXT}, author_association {TEXT})"
PAYLOAD = (
    f"Tuple(action {TEXT}, ref {TEXT}, ref_type {TEXT}, head {TEXT}, before {TEXT}, size {INT}, distinct_size {INT}, "
    f"push_id {INT}, commits Array(Tuple(distinct Bool)), number {INT}, "
    f"issue Tuple({ITEM}, pull_request Tuple(url {TEXT})), pull_request {PULL}, comment {REMARK}, review {REMARK}, "
    f"release Tuple(id {INT}, tag_name {TEXT}, prerelease {FLAG}), forkee Tuple(id {INT}, full_name {TEXT}), "
    f"member {USER})"
)
STRUCTURE = (
    f"id Int64, type String, created_at DateTime64(6, 'UTC'), actor {USER}, repo Tuple(id {INT}, name {TEXT}), "
    f"org {USER}, payload {PAYLOAD}"
)


def _same(prefix: str, *names: str) -> dict[str, str]:
    return {name: f"{prefix}.{name}" for name in names}


def _item(field: str) -> str:
    return f"coalesce(payload.pull_request.{field}, payload.issue.{field})"


COLUMNS = {
    "id": "id",
    "type": "type",
    "created_at": "created_at",
    **{f"{name}_id": f"{name}.id" for name in ("actor", "repo", "org")},
    "actor_login": "actor.login",
    "repo_name": "repo.name",
    "org_login": "org.login",
    **_same("payload", "action", "ref", "ref_type", "push_id"),
    "push_size": "payload.size",
    "push_distinct_size": "payload.distinct_size",
    "push_head": "payload.head",
    "push_before": "payload.before",
    "commit_count": "if(type = 'PushEvent', toInt64(length(payload.commits)), NULL)",
    "number": f"coalesce(payload.number, {_item('number')})",
    "item_id": _item("id"),
    "is_pull_request": "multiIf(isNotNull(payload.pull_request.id), true, isNotNull(payload.issue.id), "
    "isNotNull(payload.issue.pull_request.url), NULL)",
    **{name: _item(name) for name in ("title", "state", "author_association", "closed_at", "comments")},
    "opened_at": _item("created_at"),
    "author_id": _item("user.id"),
    "author_login": _item("user.login"),
    "is_draft": "payload.pull_request.draft",
    **_same("payload.pull_request", "merged", "merged_at", "additions", "deletions", "changed_files"),
    "merged_by_id": "payload.pull_request.merged_by.id",
    "merged_by_login": "payload.pull_request.merged_by.login",
    "pull_commits": "payload.pull_request.commits",
    "review_comments": "payload.pull_request.review_comments",
    # An array cannot be NULL there; where we have NULL it has none.
    "labels": "if(isNotNull(payload.pull_request.id), payload.pull_request.labels.name, payload.issue.labels.name)",
    "base_ref": "payload.pull_request.base.ref",
    "head_ref": "payload.pull_request.head.ref",
    "review_id": "payload.review.id",
    "review_state": "payload.review.state",
    "comment_id": "payload.comment.id",
    "actor_association": "coalesce(payload.comment.author_association, payload.review.author_association)",
    "release_id": "payload.release.id",
    "release_tag": "payload.release.tag_name",
    "release_prerelease": "payload.release.prerelease",
    "forkee_id": "payload.forkee.id",
    "forkee_name": "payload.forkee.full_name",
    "member_id": "payload.member.id",
    "member_login": "payload.member.login",
    "repo_language": "payload.pull_request.base.repo.language",
    "repo_stars": "payload.pull_request.base.repo.stargazers_count",
    "repo_forks": "payload.pull_request.base.repo.forks_count",
}
SETTINGS = {
    "max_threads": 1,
    "max_insert_threads": 1,
    "max_parsing_threads": 1,
    "input_format_parallel_parsing": 0,
    "output_format_parallel_formatting": 0,
    "output_format_parquet_parallel_encoding": 0,
    "input_format_skip_unknown_fields": 1,
    "input_format_json_ignore_unknown_keys_in_named_tuple": 1,
    "input_format_json_defaults_for_missing_elements_in_named_tuple": 1,
    "input_format_null_as_default": 1,
    "date_time_input_format": "'best_effort'",
    "output_format_parquet_compression_method": "'zstd'",
    "engine_file_truncate_on_insert": 1,
}


@cache
def _session() -> Any:
    return Session()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "\\'") + "'"


def _insert(text: Path, compression: str, path: Path) -> None:
    # Named in two steps: a column named like the one that it is made of would hide it.
    inner = ", ".join(f"{sql} AS {name}_" for name, sql in COLUMNS.items())
    outer = ", ".join(f"{name}_ AS {name}" for name in COLUMNS)
    settings = ", ".join(f"{name} = {value}" for name, value in SETTINGS.items())
    source = f"file({_quoted(str(text))}, 'JSONEachRow', {_quoted(STRUCTURE)}, '{compression}')"
    target = f"file({_quoted(str(path))}, 'Parquet')"
    select = f"SELECT {outer} FROM (SELECT {inner} FROM {source})"
    _session().query(f"INSERT INTO FUNCTION {target} {select} SETTINGS {settings}")


def run(files: list[Path], folder: Path) -> None:
    """chDB reads the gzip files by itself."""
    for file in files:
        _insert(file, "gz", result(folder, file))


def run_inflated(files: list[Path], folder: Path) -> None:
    """isal inflates to a file in memory."""
    for file, text in inflated(files, folder):
        _insert(text, "none", result(folder, file))
