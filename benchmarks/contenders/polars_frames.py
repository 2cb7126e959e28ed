"""Polars: NDJSON on a declared schema with only the fields that are needed, structs unnested, Parquet written.

Unnesting once costs a fifth of taking fields out of nullable structs one by one. Tried without gain: the lazy and the
streaming reader on text, ``low_memory``, other batch sizes, ``ignore_errors``, zstd level 3, no statistics.
"""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
from isal import igzip

from benchmarks.contenders import result

INT, TEXT, FLAG = pl.Int64(), pl.String(), pl.Boolean()
USER = pl.Struct({"id": INT, "login": TEXT})
LABELS = pl.List(pl.Struct({"name": TEXT}))
ITEM = {
    "id": INT, "number": INT, "title": TEXT, "state": TEXT, "user": USER, "author_association": TEXT,
    "created_at": TEXT, "closed_at": TEXT, "comments": INT, "labels": LABELS,
}  # fmt: skip
REPO = pl.Struct({"language": TEXT, "stargazers_count": INT, "forks_count": INT})
PULL = {
    **ITEM, "draft": FLAG, "merged": FLAG, "merged_at": TEXT, "merged_by": USER, "additions": INT, "deletions": INT,
    "changed_files": INT, "commits": INT, "review_comments": INT,
    "base": pl.Struct({"ref": TEXT, "repo": REPO}), "head": pl.Struct({"ref": TEXT}),
}  # fmt: skip
REMARK = pl.Struct({"id": INT, "state": TEXT, "author_association": TEXT})
PAYLOAD = pl.Struct({
    "action": TEXT, "ref": TEXT, "ref_type": TEXT, "head": TEXT, "before": TEXT, "size": INT, "distinct_size": INT,
    "push_id": INT, "commits": pl.List(pl.Struct({})), "number": INT,
    "issue": pl.Struct({**ITEM, "pull_request": pl.Struct({"url": TEXT})}), "pull_request": pl.Struct(PULL),
    "comment": REMARK, "review": REMARK, "release": pl.Struct({"id": INT, "tag_name": TEXT, "prerelease": FLAG}),
    "forkee": pl.Struct({"id": INT, "full_name": TEXT}), "member": USER,
})  # fmt: skip
SCHEMA: Mapping[str, pl.DataType] = {
    "id": TEXT, "type": TEXT, "created_at": TEXT, "actor": USER, "repo": pl.Struct({"id": INT, "name": TEXT}),
    "org": USER, "payload": PAYLOAD,
}  # fmt: skip
OUTER = ("actor", "repo", "org", "payload")
INNER = [f"payload.{field.name}" for field in PAYLOAD.fields if isinstance(field.dtype, pl.Struct)]

# Columns that are one field as it stands.
FIELDS = {
    "type": "type", "actor_id": "actor.id", "actor_login": "actor.login", "repo_id": "repo.id",
    "repo_name": "repo.name", "org_id": "org.id", "org_login": "org.login", "action": "payload.action",
    "ref": "payload.ref", "ref_type": "payload.ref_type", "push_id": "payload.push_id", "push_size": "payload.size",
    "push_distinct_size": "payload.distinct_size", "push_head": "payload.head", "push_before": "payload.before",
    "is_draft": "payload.pull_request.draft", "merged": "payload.pull_request.merged",
    "additions": "payload.pull_request.additions", "deletions": "payload.pull_request.deletions",
    "changed_files": "payload.pull_request.changed_files", "pull_commits": "payload.pull_request.commits",
    "review_comments": "payload.pull_request.review_comments", "review_id": "payload.review.id",
    "review_state": "payload.review.state", "comment_id": "payload.comment.id", "release_id": "payload.release.id",
    "release_tag": "payload.release.tag_name", "release_prerelease": "payload.release.prerelease",
    "forkee_id": "payload.forkee.id", "forkee_name": "payload.forkee.full_name", "member_id": "payload.member.id",
    "member_login": "payload.member.login",
}  # fmt: skip


def _pull(name: str, *fields: str) -> pl.Expr:
    return _field(f"payload.pull_request.{name}", *fields)


def _field(column: str, *fields: str) -> pl.Expr:
    expression = pl.col(column)
    for field in fields:
        expression = expression.struct.field(field)
    return expression


def _item(name: str, *fields: str) -> pl.Expr:
    return pl.coalesce(_pull(name, *fields), _field(f"payload.issue.{name}", *fields))


def _instant(text: pl.Expr) -> pl.Expr:
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC")


def _columns() -> list[pl.Expr]:
    issue = pl.when(pl.col("payload.issue.id").is_not_null())
    associations = [pl.col(f"payload.{name}.author_association") for name in ("comment", "review")]
    computed = {
        "id": pl.col("id").cast(pl.Int64),
        "created_at": _instant(pl.col("created_at")),
        "commit_count": pl.col("payload.commits").list.len().cast(pl.Int64),
        "number": pl.coalesce(pl.col("payload.number"), _item("number")),
        "item_id": _item("id"),
        "is_pull_request": pl.coalesce(
            pl.when(_pull("id").is_not_null()).then(True),
            issue.then(_field("payload.issue.pull_request", "url").is_not_null()),
        ),
        "title": _item("title"),
        "state": _item("state"),
        "author_id": _item("user", "id"),
        "author_login": _item("user", "login"),
        "author_association": _item("author_association"),
        "opened_at": _instant(_item("created_at")),
        "closed_at": _instant(_item("closed_at")),
        "merged_at": _instant(_pull("merged_at")),
        "merged_by_id": _pull("merged_by", "id"),
        "merged_by_login": _pull("merged_by", "login"),
        "comments": _item("comments"),
        "labels": _item("labels").list.eval(pl.element().struct.field("name")),
        "base_ref": _pull("base", "ref"),
        "head_ref": _pull("head", "ref"),
        "actor_association": pl.coalesce(associations),
        "repo_language": _pull("base", "repo", "language"),
        "repo_stars": _pull("base", "repo", "stargazers_count"),
        "repo_forks": _pull("base", "repo", "forks_count"),
    }
    fields = {name: pl.col(field) for name, field in FIELDS.items()}
    return [expression.alias(name) for name, expression in (computed | fields).items()]


def run(files: list[Path], folder: Path) -> None:
    """isal inflates into memory."""
    for file in files:
        events = pl.read_ndjson(igzip.decompress(file.read_bytes()), schema=SCHEMA)
        rows = events.unnest(OUTER, separator=".").unnest(INNER, separator=".").select(_columns())
        rows.write_parquet(result(folder, file), compression="zstd", compression_level=1)


def run_lazy(files: list[Path], folder: Path) -> None:
    """The streaming engine reads the gzip files by itself."""
    for file in files:
        events = pl.scan_ndjson(file, schema=SCHEMA)
        rows = events.unnest(OUTER, separator=".").unnest(INNER, separator=".").select(_columns())
        rows.sink_parquet(result(folder, file), compression="zstd", compression_level=1)
