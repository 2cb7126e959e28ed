"""The ledger as items; every portion of slices is written together with the version that it makes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from forgelake.model.slices import SliceKey, SliceStatus
from forgelake.state import schema
from forgelake.state.dynamo.definition import BY_END, BY_GROUP, BY_OPEN, BY_TIME, BY_VERSION
from forgelake.state.dynamo.items import TRANSACTION, Item, Items, Key, portions
from forgelake.state.dynamo.shelf import EVERY, Shelf, beginning, instant, joined
from forgelake.state.ledger import VERDICTS, Ledger, Step
from forgelake.state.ledger_rows import Changes, LedgerRow

_VERSION: Final = Key("ledger_version", "1")
_LATEST: Final = 10**15
_LANDED, _DUE = "landed", "due"
_SOURCES: Final = "sources"
"""Beside the version: whose slices there are."""


class DynamoLedger(Ledger):
    """See ``Ledger``."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._shelf = Shelf(items, schema.slices, split=True, indexed=_indexed)
        self._noted = Shelf(items, schema.ledger_version)

    def get_many(self, keys: Iterable[SliceKey]) -> dict[SliceKey, LedgerRow]:
        return self._rows(self._items.get_many(map(self._key, keys)))

    def rows(self, source: str, start: datetime, end: datetime) -> list[LedgerRow]:
        return self._query(source, BY_TIME, _within(start, end))

    def due(self, source: str, now: datetime) -> list[LedgerRow]:
        # What is due at that very instant has more behind it in its key.
        until = joined(_DUE, instant(now), EVERY[1])
        found = self._query(source, BY_OPEN, (joined(_DUE, ""), until))
        return sorted(found, key=lambda row: (row.start, row.origin, row.name))

    def landed_not_committed(self, source: str) -> list[LedgerRow]:
        return self._query(source, BY_OPEN, beginning(_LANDED))

    def latest(self, source: str, origin: str, before: datetime | None = None, limit: int = 1) -> list[LedgerRow]:
        first, last = beginning(origin)
        between = (first, last if before is None else joined(origin, instant(before)))
        found = self._shelf.query(source, BY_GROUP, between, last_first=True, page=limit)
        return [LedgerRow.of(values) for values in islice(found, limit)]

    def period(self, source: str) -> tuple[datetime, datetime] | None:
        first = next(self._shelf.query(source, BY_TIME, page=1), None)
        if first is None:
            return None
        partition = self._shelf.partition(source)
        end = next(self._items.query(partition, BY_END, last_first=True, page=1))[BY_END]["S"]
        return first["start"], datetime.fromisoformat(end).replace(tzinfo=UTC)

    def version(self) -> int:
        return self._version(self._items.get(_VERSION))["number"]

    def changes(self, since: int | None = None, period: tuple[str, datetime, datetime] | None = None) -> Changes:
        # The version first: what changes meanwhile is told again the next time.
        noted = self._items.get(_VERSION)
        version = self._version(noted)
        newer = None if since is None or version["forgotten"] > since else (since + 1, _LATEST)
        if period is not None:
            found = self._items.query(self._shelf.partition(period[0]), BY_TIME, _within(*period[1:]))
            rows = [item for item in found if newer is None or int(item[BY_VERSION]["N"]) >= newer[0]]
        else:
            index = BY_TIME if newer is None else BY_VERSION
            partitions = map(self._shelf.partition, _sources(noted))
            rows = [item for partition in partitions for item in self._items.query(partition, index, newer)]
        return Changes(version["number"], newer is None, [self._shelf.stored(item) for item in rows])

    def all_rows(self) -> Iterator[LedgerRow]:
        for source in _sources(self._items.get(_VERSION)):
            yield from map(LedgerRow.of, self._shelf.query(source, BY_TIME))

    def forget(self, key: SliceKey) -> None:
        def decide(known: Mapping[Key, Item]) -> dict[Key, Item | None]:
            version = self._counted_up(known, ())
            version["forgotten"] = version["number"]
            return {_VERSION: version, **{place: None for place in known if place != _VERSION}}

        self._items.change([_VERSION, self._key(key)], decide)

    def _change(self, keys: Iterable[SliceKey], step: Step) -> None:
        for portion in portions(keys, TRANSACTION - 1):
            self._change_at_once(portion, step)

    def _change_at_once(self, keys: list[SliceKey], step: Step) -> None:
        def decide(known: Mapping[Key, Item]) -> dict[Key, Item | None]:
            version = self._counted_up(known, (key.source for key in keys))
            rows = self._rows({place: item for place, item in known.items() if place != _VERSION})
            new = (replace(step(key, rows.get(key)), changed=int(version["number"]["N"])) for key in keys)
            return {_VERSION: version, **{self._key(row.key): self._shelf.item(asdict(row)) for row in new}}

        self._items.change([_VERSION, *map(self._key, keys)], decide)

    def _version(self, noted: Item | None) -> dict[str, int]:
        return {"number": 0, "forgotten": 0} if noted is None else self._noted.values(noted)

    def _counted_up(self, known: Mapping[Key, Item], sources: Iterable[str]) -> Item:
        noted = known.get(_VERSION)
        version = self._version(noted)
        item = self._noted.item({**version, "id": 1, "number": version["number"] + 1})
        known_sources = sorted({*_sources(noted), *sources})
        return item | {_SOURCES: {"SS": known_sources}} if known_sources else item

    def _key(self, key: SliceKey) -> Key:
        return self._shelf.key(key.source, key.name, key.origin)

    def _rows(self, found: Mapping[Key, Item]) -> dict[SliceKey, LedgerRow]:
        rows = (LedgerRow.of(self._shelf.values(item)) for item in found.values())
        return {row.key: row for row in rows}

    def _query(self, source: str, index: str, between: tuple[str, str] | None = None) -> list[LedgerRow]:
        return [LedgerRow.of(values) for values in self._shelf.query(source, index, between)]


def _sources(noted: Item | None) -> list[str]:
    return sorted(noted[_SOURCES]["SS"]) if noted is not None and _SOURCES in noted else []


def _within(start: datetime, end: datetime) -> tuple[str, str]:
    """A key that begins with the end itself comes after it, because more follows in it."""
    return instant(start), instant(end)


def _indexed(values: Mapping[str, Any]) -> dict[str, str | int | None]:
    start, origin, name = instant(values["start"]), values["origin"], values["name"]
    opened = None
    if values["status"] == SliceStatus.LANDED:
        opened = joined(_LANDED, start, origin, name)
    elif values["status"] in VERDICTS and values["next_ask_at"] is not None:
        opened = joined(_DUE, instant(values["next_ask_at"]), origin, name)
    return {
        BY_TIME: joined(start, origin, name),
        BY_GROUP: joined(origin, start, name) if values["path"] is not None else None,
        BY_OPEN: opened,
        BY_END: instant(values["end"]),
    }
