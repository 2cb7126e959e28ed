"""Rows of the schema's tables as items: the same columns under the same names, each in one of DynamoDB's types."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, Double, Integer, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

from forgelake.state.columns import Days, UtcDateTime
from forgelake.state.dynamo.items import Item, Items, Key

SEPARATOR: Final = "\x1f"
"""Between the parts of a key: sorts before every character of a name."""

EVERY: Final = ("\x01", "\U0010ffff")
"""Before and after every sort key."""

_LONGEST_KEY: Final = 1024
"""Bytes of a sort key; a URL may be longer, and is only ever looked for as a whole."""

_DIALECT: Final = sqlite.dialect()  # type: ignore[no-untyped-call]
"""Instants are kept as SQLite keeps them: in UTC, without saying so."""

Values = Mapping[str, Any]
"""A row: its columns' values by name."""

Indexed = Callable[[Values], Mapping[str, str | int | None]]
"""What a row is found by besides its key; None for not at all."""


def joined(*parts: object) -> str:
    """A sort key that orders as its parts do."""
    return SEPARATOR.join(map(str, parts))


def beginning(*parts: object) -> tuple[str, str]:
    """The first and last sort key that begin with these parts."""
    prefix = joined(*parts, "")
    return prefix, prefix + EVERY[1]


def instant(value: object) -> str:
    """A time as it stands in items, so that texts sort as times do.

    Raises:
        ValueError: it has no time zone.
    """
    plain = UtcDateTime().process_bind_param(value, _DIALECT)  # type: ignore[arg-type]
    return "" if plain is None else plain.isoformat(timespec="microseconds")


class Shelf:
    """The rows of one table.

    Args:
        split: whether rows lie apart by the first part of their primary key, because there are many.
        indexed: the attributes of the indexes.
    """

    def __init__(
        self, items: Items, table: Table, *, split: bool = False, indexed: Indexed = lambda _values: {}
    ) -> None:
        self.items = items
        self.table = table
        self._split = split
        self._indexed = indexed
        self._codecs = {column.name: _Codec(column.type) for column in table.columns}
        self._names = [column.name for column in table.primary_key.columns]

    def partition(self, first: str = "") -> str:
        """Where rows lie, those with that first part of their key if they lie apart."""
        return f"{self.table.name}/{first}" if self._split else self.table.name

    def key(self, *parts: object) -> Key:
        """Where the row with that primary key lies."""
        sort = joined(*parts[1:] if self._split else parts)
        if len(sort.encode()) > _LONGEST_KEY:
            sort = f"sha256{SEPARATOR}{sha256(sort.encode()).hexdigest()}"
        return Key(self.partition(str(parts[0])), sort)

    def key_of(self, values: Values) -> Key:
        """Where a row lies."""
        return self.key(*(values[name] for name in self._names))

    def item(self, values: Values) -> Item:
        """A row as an item."""
        item = {
            name: codec.encoded(values[name]) for name, codec in self._codecs.items() if values.get(name) is not None
        }
        for index, value in self._indexed(values).items():
            if value is not None:
                item[index] = {"N": str(value)} if isinstance(value, int) else {"S": value}
        return item

    def values(self, item: Item) -> dict[str, Any]:
        """An item as a row."""
        return {name: codec.decoded(item[name]) if name in item else None for name, codec in self._codecs.items()}

    def stored(self, item: Item) -> tuple[Any, ...]:
        """An item as a row whose instants and lists are still texts."""
        return tuple(codec.plain(item[name]) if name in item else None for name, codec in self._codecs.items())

    def get(self, *parts: object) -> dict[str, Any] | None:
        """The row with that primary key."""
        item = self.items.get(self.key(*parts))
        return None if item is None else self.values(item)

    def query(
        self,
        first: str = "",
        index: str | None = None,
        between: tuple[str | int, str | int] | None = None,
        *,
        last_first: bool = False,
        page: int | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Rows, see ``Items.query``."""
        found = self.items.query(self.partition(first), index, between, last_first=last_first, page=page)
        return map(self.values, found)

    def put_all(self, rows: Iterable[Values]) -> None:
        """Keep rows whatever was there before."""
        self.items.put_all({self.key_of(row): self.item(row) for row in rows})

    def change(self, *parts: object, to: Callable[[dict[str, Any]], Values | None]) -> bool:
        """Change the row with that primary key, from what it is to what ``to`` says; returns whether there is one.

        Where ``to`` says None, the row stays as it is.
        """
        key, found = self.key(*parts), list[bool]()

        def decide(known: Mapping[Key, Item]) -> dict[Key, Item | None]:
            new = to(self.values(known[key])) if key in known else None
            found[:] = [new is not None]
            return {} if new is None else {key: self.item(new)}

        self.items.change([key], decide)
        return found == [True]


class _Codec:
    """Between a column's values and attributes."""

    def __init__(self, kind: TypeEngine[Any]) -> None:
        self._kind = kind
        self._number = float if isinstance(kind, Double) else int if isinstance(kind, BigInteger | Integer) else None

    def encoded(self, value: Any) -> dict[str, Any]:
        if self._number is not None:
            return {"N": str(value)}
        if isinstance(self._kind, UtcDateTime):
            return {"S": instant(value)}
        if isinstance(self._kind, Days):
            value = self._kind.process_bind_param(value, _DIALECT)
        return {"S": json.dumps(value) if isinstance(self._kind, JSON | Days) else str(value)}

    def plain(self, attribute: Mapping[str, Any]) -> Any:
        return attribute["S"] if self._number is None else self._number(attribute["N"])

    def decoded(self, attribute: Mapping[str, Any]) -> Any:
        value = self.plain(attribute)
        if isinstance(self._kind, UtcDateTime):
            return self._kind.process_result_value(datetime.fromisoformat(value), _DIALECT)
        if isinstance(self._kind, Days):
            return self._kind.process_result_value(json.loads(value), _DIALECT)
        return json.loads(value) if isinstance(self._kind, JSON) else value
