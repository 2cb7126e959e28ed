"""A CV straight from what was mined: no lake, no account."""

from collections.abc import Collection, Sequence
from datetime import datetime

from forgelake.cv.counting import Counting, count
from forgelake.cv.held import hold
from forgelake.cv.page import Aside, Cv, Failure, Source
from forgelake.engines.duckdb import connect
from forgelake.model.commits import MinedRepo
from forgelake.pipelines.commits.rows import Rows, rows


def counted(
    repos: Sequence[MinedRepo],
    as_of: datetime,
    counted_by: str,
    *,
    own: Collection[Aside] = (),
    failures: Sequence[Failure] = (),
) -> Cv:
    """Count everything; see ``Counting``."""
    sources = [
        Source(str(number), repo.label, collected_at=as_of, notes=repo.notes, merges=repo.merges)
        for number, repo in enumerate(repos)
    ]
    connection = connect(extensions=("icu",))
    try:
        hold(connection, _all_rows(repos, counted_by), sources)
        return count(connection, Counting(sources, as_of, counted_by, own, failures=failures))
    finally:
        connection.close()


def _all_rows(repos: Sequence[MinedRepo], counted_by: str) -> Rows:
    found: Rows = {}
    for number, repo in enumerate(repos):
        for name, some in rows(repo, counted_by).items():
            found.setdefault(name, []).extend({"repo": str(number), **row} for row in some)
    return found
