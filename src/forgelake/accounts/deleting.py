"""Deleting a person everywhere: state, tables with their files and history, landing, ledger, kept cards.

What others hold stays theirs to delete: backups, exports, and what a browser or a proxy keeps.
"""

import shutil
from datetime import UTC, date, datetime, timedelta
from typing import Final

from forgelake.accounts.people import People
from forgelake.lake.catalog import TABLES
from forgelake.lake.columns import Table
from forgelake.lake.commit import Batch, Committer
from forgelake.lake.landing import LANDING
from forgelake.lake.swap import forget_snapshots
from forgelake.lake.sweep import named_files
from forgelake.pipelines.context import Context
from forgelake.pipelines.contributions import SOURCE as FORGES
from forgelake.sources.git import SOURCE as GIT
from forgelake.state.accounts import AccountRow
from forgelake.state.ledger_rows import LedgerRow

_KINDS: Final = ("commits", "contributions")
"""What a slice of a person begins with; the account's id is behind it."""


def hide(context: Context, people: People, name: str, by: str, *, hidden: bool) -> AccountRow:
    """Show a person nowhere from now on, or show them again; cards that were made before are forgotten.

    Raises:
        UsageError: there is none of that name.
    """
    row = people.hide(name, by, hidden=hidden)
    forget_cards(context)
    return row


def delete(context: Context, people: People, name: str, by: str) -> AccountRow:
    """Delete a person everywhere. Doing it again after it was cut off goes on where it was.

    Raises:
        UsageError: there is none of that name.
        RetryError: others commit to the same tables all the time.
    """
    row = people.named(name)
    # Hidden and without sessions first, so that nothing is shown or added while the rest takes its time.
    people.hide(name, by, hidden=True)
    context.state.sessions.end_others(row.id)
    _forget_rows(context, row.id)
    forget_cards(context)
    context.state.people.forget(row.id)
    people.note("", by, "account deleted")
    context.state.people.scrub()
    return row


def forget_cards(context: Context) -> None:
    """Forget all kept cards, which are made again when they are asked for: a card does not tell whose it is."""
    shutil.rmtree(context.settings.home / "cards", ignore_errors=True)


def _forget_rows(context: Context, account: str) -> None:
    held = [row for row in context.state.ledger.all_rows() if _is_of(row, account)]
    existing = context.catalog.pointers()
    tables = [
        table
        for name, table in TABLES.items()
        if name in existing and any(column.name == "account" for column in table.columns)
    ]
    former = {str(row.key): frozenset(row.days) for row in held}
    for table in tables:
        _forget_in(context, table, former)
    for row in held:
        if row.receipt is not None:
            context.landing.remove(row.receipt)
        context.state.ledger.forget(row.key)
    # What a run landed that died before it told the ledger.
    landed = [info.path for source in (GIT, FORGES) for info in context.storage.list(f"{LANDING}/{source}")]
    for path in landed:
        if any(f"/{kind}/{account}/" in path for kind in _KINDS):
            context.storage.delete(path)


def _is_of(row: LedgerRow, account: str) -> bool:
    kind, _, rest = row.key.name.partition("/")
    return kind in _KINDS and rest.partition("/")[0] == account


def _forget_in(context: Context, table: Table, former: dict[str, frozenset[date]]) -> None:
    """Take slices out of a table, and the files that no state of it needs any more out of the storage, at once."""
    before = set(named_files(context.catalog.table(table)))
    committer = Committer(context.catalog, context.storage, context.scratch, context.connect_to_merge)
    committer.commit(Batch([], former, (table,), is_told=False))
    forget_snapshots(context.catalog.table(table), datetime.now(UTC) + timedelta(hours=1))
    left = context.catalog.table(table)
    log = {entry.metadata_file for entry in left.metadata.metadata_log}
    for uri in (before | log) - (set(named_files(left)) - log):
        context.storage.delete(context.storage.path(uri))
