"""The ledger: what was expected, received and rejected, per slice and origin.

A slice's way is asked → landed → committing → committed. Each step is one transaction, so after a crash the ledger
tells how far the slice came: bytes without rows are found by ``landed_not_committed``, and ``days`` always covers
every day of the lake under which rows of the slice may lie.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    delete,
    func,
    null,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy import tuple_ as sql_tuple
from sqlalchemy.types import NullType

from forgelake.model.errors import StopError
from forgelake.model.slices import Counts, Receipt, SliceKey, SliceStatus
from forgelake.state import schema
from forgelake.state.connection import Database, chunks
from forgelake.state.ledger_rows import Changes, LedgerRow, Totals, Verdict
from forgelake.state.ledger_values import counts_values, receipt_values, verdict_values

VERDICTS = (
    SliceStatus.AWAITED,
    SliceStatus.MISSING,
    SliceStatus.REFUSED,
    SliceStatus.EMPTY,
    SliceStatus.FAILED,
)
"""The statuses that an origin may be asked about again."""

_NOT_THERE = (SliceStatus.AWAITED, SliceStatus.MISSING)
_VERDICT_COLUMNS = ("status", "reason", "next_ask_at")
_RECEIPT_COLUMNS = (
    "start", "end", "url", "etag", "sha256", "size", "path", "received_at", "last_asked_at", "changed"
)  # fmt: skip

_table = schema.slices
_version = schema.ledger_version
_KEY = (_table.c.source, _table.c.name, _table.c.origin)
# Put together once: with so many columns that takes longer than to ask.
_ALL = select(_table)
_ORDERED = _ALL.order_by(_table.c.source, _table.c.start, _table.c.origin, _table.c.name)
_AS_STORED = tuple(type_coerce(column, NullType()).label(column.name) for column in _table.c)


class Ledger:
    """The table ``slices``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def asked(  # noqa: PLR0913, PLR0917 — a verdict's parts, spelled out
        self,
        key: SliceKey,
        start: datetime,
        end: datetime,
        status: SliceStatus,
        reason: str | None,
        now: datetime,
        next_ask_at: datetime | None = None,
    ) -> None:
        """Record that an origin was asked for a slice and gave no bytes that could be used; see ``asked_many``."""
        self.asked_many([Verdict(key, start, end, status, reason, next_ask_at)], now)

    def asked_many(self, verdicts: Iterable[Verdict], now: datetime) -> None:
        """Record verdicts in one transaction.

        A received slice stays received, and a landed one is not made awaited or missing: what the origin says today
        does not undo the bytes it gave before. Such rows only count the attempt.

        Raises:
            ValueError: a verdict says landed or received, which only ``landed`` and ``committed`` may say.
        """
        rows = [verdict_values(verdict, now) for verdict in sorted(verdicts, key=_by_key)]
        if not rows:
            return
        insert = self._database.insert(_table)
        new = insert.excluded
        has_bytes = or_(
            _table.c.status == SliceStatus.RECEIVED,
            and_(_table.c.status == SliceStatus.LANDED, or_(*(new["status"] == status for status in _NOT_THERE))),
        )
        verdict = {name: case((has_bytes, _table.c[name]), else_=new[name]) for name in _VERDICT_COLUMNS}
        asked = {name: new[name] for name in ("last_asked_at", "changed")} | {"attempts": _table.c.attempts + 1}
        with self._write() as (connection, number):
            statement = insert.on_conflict_do_update(index_elements=_KEY, set_=verdict | asked)
            connection.execute(statement, [{**row, "changed": number} for row in rows])

    def landed(self, receipt: Receipt, now: datetime) -> None:
        """See ``landed_many``."""
        self.landed_many([receipt], now)

    def landed_many(self, receipts: Iterable[Receipt], now: datetime) -> None:
        """Record bytes in landing, in one transaction.

        A slice received before with the same digest stays received. Otherwise it is landed; the counts and days of
        an older version stay, since its rows are in the lake until the new version is committed.
        """
        insert = self._database.insert(_table)
        new = insert.excluded
        same = and_(_table.c.status == SliceStatus.RECEIVED, _table.c.sha256 == new["sha256"])
        statement = insert.on_conflict_do_update(
            index_elements=_KEY,
            set_={
                **{name: new[name] for name in _RECEIPT_COLUMNS},
                "status": case((same, _table.c.status), else_=new["status"]),
                "reason": null(),
                "next_ask_at": null(),
                "attempts": _table.c.attempts + 1,
            },
        )
        rows = [receipt_values(receipt, now) for receipt in sorted(receipts, key=lambda one: str(one.key))]
        if rows:
            with self._write() as (connection, number):
                connection.execute(statement, [{**row, "changed": number} for row in rows])

    def committing(self, key: SliceKey, counts: Counts) -> None:
        """See ``committing_many``."""
        self.committing_many({key: counts})

    def committing_many(self, counts: Mapping[SliceKey, Counts]) -> None:
        """Record, before a commit to the lake, that rows may soon lie under the new days besides the old ones.

        Raises:
            StopError: a slice is not in the ledger.
        """
        if not counts:
            return
        with self._write() as (connection, number):
            known = _days(connection, counts)
            days = {key: {"days": (*known[key], *new.days)} for key, new in counts.items()}
            _update(connection, days, number)

    def committed(self, key: SliceKey, counts: Counts, now: datetime, next_ask_at: datetime | None = None) -> None:
        """See ``committed_many``."""
        self.committed_many({key: counts}, now, next_ask_at)

    def committed_many(
        self, counts: Mapping[SliceKey, Counts], now: datetime, next_ask_at: datetime | None = None
    ) -> None:
        """Record, after a commit to the lake, what it holds of these slices now: received, or empty.

        ``next_ask_at`` is kept for the empty ones only: when to see whether the origin has filled them.

        Raises:
            StopError: a slice is not in the ledger.
        """
        if not counts:
            return
        with self._write() as (connection, number):
            _days(connection, counts)
            _update(connection, {key: counts_values(new, now, next_ask_at) for key, new in counts.items()}, number)

    def get(self, key: SliceKey) -> LedgerRow | None:
        """The row of one slice as one origin holds it."""
        return self.get_many([key]).get(key)

    def get_many(self, keys: Iterable[SliceKey]) -> dict[SliceKey, LedgerRow]:
        """The rows of those slices that there are."""
        wanted = [(key.source, key.name, key.origin) for key in keys]
        rows = (row for portion in chunks(wanted) for row in self._select(sql_tuple(*_KEY).in_(portion)))
        return {row.key: row for row in rows}

    def rows(self, source: str, start: datetime, end: datetime) -> list[LedgerRow]:
        """All rows of slices that begin within a period, end excluded, by start and origin."""
        return self._select(_table.c.source == source, _table.c.start >= start, _table.c.start < end)

    def due(self, source: str, now: datetime) -> list[LedgerRow]:
        """Rows without data whose time to be asked again has come, by start and origin."""
        return self._select(_table.c.source == source, _table.c.status.in_(VERDICTS), _table.c.next_ask_at <= now)

    def landed_not_committed(self, source: str) -> list[LedgerRow]:
        """Rows whose bytes are in landing and not yet in the lake, by start and origin."""
        return self._select(_table.c.source == source, _table.c.status == SliceStatus.LANDED)

    def latest(self, source: str, origin: str, before: datetime | None = None, limit: int = 1) -> list[LedgerRow]:
        """The slices of an origin that have bytes, the latest first; only those that begin before a time if given."""
        statement = _ALL.where(_table.c.source == source, _table.c.origin == origin, _table.c.path.is_not(None))
        if before is not None:
            statement = statement.where(_table.c.start < before)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(_table.c.start.desc(), _table.c.name).limit(limit))
            return [LedgerRow.of(row) for row in rows]

    def period(self, source: str) -> tuple[datetime, datetime] | None:
        """From the first start to the last end that the ledger knows of a source; None when it knows nothing."""
        statement = select(func.min(_table.c.start), func.max(_table.c.end)).where(_table.c.source == source)
        with self._database.read() as connection:
            first, last = connection.execute(statement).one()
        return None if first is None else (first, last)

    def totals(self, source: str) -> Totals:
        """Sums over all slices of a source."""
        names = ("events", "duplicates", "rejected", "repaired", "size", "json_bytes")
        sums = [func.coalesce(func.sum(_table.c[name]), 0).label(name) for name in names]
        by_status = select(_table.c.status, func.count()).where(_table.c.source == source).group_by(_table.c.status)
        with self._database.read() as connection:
            slices = {SliceStatus(status): number for status, number in connection.execute(by_status)}
            row = connection.execute(select(*sums).where(_table.c.source == source)).one()
        return Totals(slices, **{name: int(getattr(row, name)) for name in names})

    def version(self) -> int:
        """A number that every change of the ledger counts up."""
        with self._database.read() as connection:
            return connection.execute(select(_version.c.number)).scalar_one()

    def changes(self, since: int | None = None, period: tuple[str, datetime, datetime] | None = None) -> Changes:
        """What has changed since a version; everything without one, and where rows were removed since.

        Args:
            period: only slices of a source that begin within a period, end excluded.
        """
        statement = _ORDERED.with_only_columns(*_AS_STORED)
        if period is not None:
            source, start, end = period
            statement = statement.where(_table.c.source == source, _table.c.start >= start, _table.c.start < end)
        with self._database.read() as connection:
            version, forgotten = connection.execute(select(_version.c.number, _version.c.forgotten)).one()
            whole = since is None or forgotten > since
            if not whole:
                statement = statement.where(_table.c.changed > since)
            return Changes(version, whole, [tuple(row) for row in connection.execute(statement)])

    def all_rows(self) -> Iterator[LedgerRow]:
        """Every row, streamed; holds a connection until it is exhausted or closed."""
        statement = _ORDERED.execution_options(yield_per=1000)
        with self._database.read() as connection:
            for row in connection.execute(statement):
                yield LedgerRow.of(row)

    def forget(self, key: SliceKey) -> None:
        """Remove a slice's row, as if its origin had never been asked."""
        with self._write() as (connection, number):
            connection.execute(delete(_table).where(_is(key)))
            connection.execute(update(_version).values(forgotten=number))

    @contextmanager
    def _write(self) -> Generator[tuple[Connection, int], None, None]:
        """A transaction that changes the ledger, with the version that it makes.

        The version comes first, so that of two writers the one with the higher number is seen later.
        """
        with self._database.write() as connection:
            counted = update(_version).values(number=_version.c.number + 1).returning(_version.c.number)
            yield connection, connection.execute(counted).scalar_one()

    def _select(self, *conditions: ColumnElement[bool]) -> list[LedgerRow]:
        with self._database.read() as connection:
            return [LedgerRow.of(row) for row in connection.execute(_ORDERED.where(*conditions))]


def _is(key: SliceKey) -> ColumnElement[bool]:
    return and_(_table.c.source == key.source, _table.c.name == key.name, _table.c.origin == key.origin)


def _by_key(verdict: Verdict) -> str:
    return str(verdict.key)


def _days(connection: Connection, keys: Iterable[SliceKey]) -> dict[SliceKey, tuple[date, ...]]:
    """The days of each slice, its row locked; rows are locked in one order, so that two writers cannot deadlock."""
    wanted = sorted((key.source, key.name, key.origin) for key in keys)
    found: dict[SliceKey, tuple[date, ...]] = {}
    for portion in chunks(wanted):
        statement = select(*_KEY, _table.c.days).where(sql_tuple(*_KEY).in_(portion))
        for row in connection.execute(statement.order_by(*_KEY).with_for_update()):
            found[SliceKey(row.source, row.name, row.origin)] = row.days
    for source, name, origin in wanted:
        if (key := SliceKey(source, name, origin)) not in found:
            message = f'the slice "{key}" is not in the ledger, so it cannot be committed; land it first'
            raise StopError(message)
    return found


def _update(connection: Connection, values: Mapping[SliceKey, Mapping[str, object]], number: int) -> None:
    this = and_(*(column == bindparam(f"this_{column.name}") for column in _KEY))
    rows = [
        {"this_source": key.source, "this_name": key.name, "this_origin": key.origin, "changed": number, **new}
        for key, new in values.items()
    ]
    connection.execute(update(_table).where(this), rows)
