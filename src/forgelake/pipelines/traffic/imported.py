"""Importing archives of github-repo-stats: landed as they are, committed as a slice of their own.

The slice is named for the repository and the archive's digest: the same archive changes nothing when it is imported
again, and one that has grown stands beside its former self, for of several observations of a day the highest holds.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from forgelake.lake.catalog import TABLES
from forgelake.lake.landing import object_path
from forgelake.lake.staged import staged
from forgelake.model.errors import UsageError
from forgelake.model.period import midnight
from forgelake.model.slices import Counts, Receipt, SliceKey, SliceStatus
from forgelake.normalise.slice import Normalised
from forgelake.normalise.traffic import Row
from forgelake.pipelines.commit_loop import CommitLoop
from forgelake.pipelines.context import Context
from forgelake.pipelines.record import recorded
from forgelake.pipelines.traffic.archive_rows import ALL_TABLES, archive_rows
from forgelake.sources.repo_stats import SOURCE
from forgelake.sources.repo_stats.folder import read
from forgelake.sources.repo_stats.packing import Repository, packed, unpacked
from forgelake.sources.repo_stats.parse import Archive, parse
from forgelake.state.runs import RunCounters

JOB: Final = "import traffic"
REBUILD_JOB: Final = "rebuild imported traffic"
ORIGIN: Final = "import"


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import.

    Attributes:
        archive: what the files hold.
        repository: whose traffic it is.
        known: whether the very same archive had been imported before; nothing was changed then.
    """

    archive: Archive
    repository: Repository
    known: bool


def import_traffic(context: Context, folder: Path, repo: str, identify: Callable[[str], Repository]) -> Imported:
    """Bring an archive of one repository into the lake.

    Args:
        identify: finds the repository of that name, without an id if it cannot be found out now.

    Raises:
        UsageError: there is no such archive in the folder, or not a single day in it.
    """
    files = read(folder)
    archive = parse(files)
    observed = sorted(archive.observed)
    if not observed:
        reasons = "; ".join(f"{one.file}:{one.line}: {one.reason}" for one in archive.refused[:3]) or "no lines"
        message = f'nothing in "{folder}" could be read as traffic: {reasons}'
        raise UsageError(message)
    digest = hashlib.sha256(packed(files, Repository(repo.lower()))).hexdigest()
    key = SliceKey(SOURCE, f"{repo.lower()}/{digest[:16]}", ORIGIN)
    row = context.state.ledger.get(key)
    if row is not None and row.status is SliceStatus.RECEIVED:
        return Imported(archive, Repository(repo), known=True)
    repository = identify(repo)
    receipt = _landed(context, key, packed(files, repository), (observed[0], observed[-1]))
    with recorded(context, JOB, {"folder": str(folder), "repo": repo}) as record:
        loop = CommitLoop(context, record.owner, tables=ALL_TABLES)
        record.counters = lambda: loop.counters
        context.state.ledger.landed(receipt, datetime.now(UTC))
        _commit(context, loop, receipt)
        record.complete = not archive.refused
    return Imported(archive, repository, known=False)


def rebuild_imports(context: Context, first: date, last: date) -> RunCounters:
    """Make the rows again of archives that landed with days from first on, and not after last."""
    receipts = list(context.landing.receipts(SOURCE, first, last))
    if not receipts:
        return RunCounters()
    with recorded(context, REBUILD_JOB, {"from": str(first), "to": str(last), "archives": len(receipts)}) as record:
        loop = CommitLoop(context, record.owner, rebuilding=True, tables=ALL_TABLES)
        record.counters = lambda: loop.counters
        for receipt in receipts:
            if context.state.ledger.get(receipt.key) is None:
                context.state.ledger.landed(receipt, datetime.now(UTC))
            _commit(context, loop, receipt)
        return loop.counters


def _landed(context: Context, key: SliceKey, data: bytes, days: tuple[date, date]) -> Receipt:
    start, end = map(midnight, days)
    sha256 = hashlib.sha256(data).hexdigest()
    path = object_path(key, start, sha256, origin_slug=ORIGIN).removesuffix(".json.gz") + ".tar.gz"
    now = datetime.now(UTC)
    receipt = Receipt(key, start, end + timedelta(days=1), path, "file:", None, sha256, len(data), now)
    context.landing.land_bytes(receipt, data)
    return receipt


def _commit(context: Context, loop: CommitLoop, receipt: Receipt) -> None:
    repository, members = unpacked(context.storage.get(receipt.path))
    archive = parse({name: member.content for name, member in members.items()})
    with TemporaryDirectory(dir=context.scratch, prefix="import-") as folder:
        rows = archive_rows(archive, repository, members, receipt)
        files = [staged(TABLES[table], day, found, Path(folder)) for (table, day), found in _by_day(rows)]
        for file in files:
            file.upload(context.storage)
        events = sum(file.rows for file in files) - len(archive.refused)
        days = tuple(sorted({file.day for file in files}))
        counts = Counts(events=events, rejected=len(archive.refused), days=days)
        loop.commit_batch([Normalised(receipt, counts, files)], None)


def _by_day(rows: Mapping[str, Iterable[Row]]) -> list[tuple[tuple[str, date], list[Row]]]:
    """Rows by table, as by table and day."""
    found: dict[tuple[str, date], list[Row]] = defaultdict(list)
    for table, listed in rows.items():
        for row in listed:
            value = row[TABLES[table].day_column]
            found[table, value.date() if isinstance(value, datetime) else value].append(row)
    return sorted(found.items(), key=itemgetter(0))
