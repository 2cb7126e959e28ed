"""The rows of an imported archive.

An aggregate does not say when it saw a day; its last day is when it was seen as a whole, then or a little later.
"""

from datetime import datetime
from typing import Final

from forgelake.lake.rejects import KEPT_BYTES, REJECTS
from forgelake.lake.traffic import TRAFFIC_DAYS
from forgelake.model.period import midnight
from forgelake.model.slices import Receipt
from forgelake.normalise.traffic import TABLES, Row, day_row, rows
from forgelake.sources.repo_stats.packing import Member, Repository
from forgelake.sources.repo_stats.parse import Archive, Refused

ALL_TABLES: Final = (*TABLES, REJECTS)


def archive_rows(
    archive: Archive, repository: Repository, members: dict[str, Member], receipt: Receipt
) -> dict[str, list[Row]]:
    """The rows of all tables, by table."""
    of_repo: Row = {
        "source": str(receipt.key),
        "repo_id": repository.id,
        "repo_name": repository.name,
        "visibility": repository.visibility,
    }
    found: dict[str, list[Row]] = {table.name: [] for table in ALL_TABLES}
    if (last := archive.last_day) is not None:
        head = {**of_repo, **_seen_at(midnight(last))}
        found[TRAFFIC_DAYS.name] = [{**head, **day_row(day, last)} for day in archive.days]
    for snapshot in archive.snapshots:
        head = {**of_repo, **_seen_at(snapshot.taken_at)}
        for name, listed in rows(snapshot, snapshot.taken_at.date()).items():
            found[name] += [{**head, **row} for row in listed]
    found[REJECTS.name] = [_reject(one, members[one.file], receipt) for one in archive.refused]
    return found


def _seen_at(instant: datetime) -> Row:
    return {"day": instant.date(), "taken_at": instant}


def _reject(one: Refused, member: Member, receipt: Receipt) -> Row:
    lines = member.content.splitlines(keepends=True)
    line = lines[one.line - 1] if one.line <= len(lines) else b""
    return {
        "source": str(receipt.key),
        "slice_start": receipt.start,
        "path": receipt.path,
        "scope": "object",
        "reason": f"{one.file}: {one.reason}",
        "position": member.offset + sum(map(len, lines[: one.line - 1])),
        "line": one.line,
        "length": len(line),
        "bytes": line[:KEPT_BYTES],
    }
