"""Rows of the tables of commits, from what was mined of a repository."""

from collections.abc import Iterator
from typing import Any, Final

from forgelake.lake.commits import COMMIT_LANGUAGES, COMMIT_PACKAGES, COMMITS
from forgelake.model.commits import MinedCommit, MinedRepo, in_all

Rows = dict[str, list[dict[str, Any]]]
_NUMBERS: Final = ("files", "binary_files", "lines_added", "lines_deleted")


def rows(repo: MinedRepo, counted_by: str) -> Rows:
    """Rows by table, without the columns that all of them share."""
    used = [{"commit_id": None, "ecosystem": one.ecosystem, "package": one.name} for one in repo.uses]
    return {
        COMMITS.name: [_commit(one, counted_by) for one in repo.commits],
        COMMIT_LANGUAGES.name: [row for one in repo.commits for row in _languages(one)],
        COMMIT_PACKAGES.name: [*(row for one in repo.commits for row in _packages(one)), *used],
    }


def _commit(one: MinedCommit, counted_by: str) -> dict[str, Any]:
    numbers = (None,) * len(_NUMBERS) if one.tallies is None else in_all(one.tallies)
    return {
        "commit_id": one.id,
        "authored_at": one.authored_at,
        "utc_offset": one.utc_offset,
        "kind": str(one.kind),
        "is_breaking": one.is_breaking,
        "is_large": one.is_large,
        **dict(zip(_NUMBERS, numbers, strict=True)),
        "counted_by": counted_by,
        "role": str(one.role),
    }


def _languages(one: MinedCommit) -> Iterator[dict[str, Any]]:
    for of, *numbers in one.tallies or ():
        yield {"commit_id": one.id, **of._asdict(), **dict(zip(_NUMBERS, numbers, strict=True))}


def _packages(one: MinedCommit) -> Iterator[dict[str, Any]]:
    return ({"commit_id": one.id, "ecosystem": package.ecosystem, "package": package.name} for package in one.packages)
