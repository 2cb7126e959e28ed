"""Leases as items: claimed on condition that nobody has claimed or renewed them meanwhile."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from forgelake.state import schema
from forgelake.state.dynamo.definition import BY_GROUP
from forgelake.state.dynamo.items import Item, Items, Key, portions
from forgelake.state.dynamo.shelf import Shelf, beginning, joined
from forgelake.state.leases import LeaseInfo, LeaseRows, claims
from forgelake.state.owners import Owner

_To = Callable[[LeaseInfo], LeaseInfo | None]


class DynamoLeaseRows(LeaseRows):
    """See ``LeaseRows``."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._shelf = Shelf(items, schema.leases, indexed=_indexed)

    def take(self, names: Sequence[str], owner: Owner, now: datetime, expires_at: datetime) -> set[str]:
        return {name for portion in portions(names) for name in self._take(portion, owner, now, expires_at)}

    def extend(self, owner: Owner, expires_at: datetime) -> set[str]:
        def extended(info: LeaseInfo) -> LeaseInfo:
            return replace(info, expires_at=expires_at)

        return self._change(self._names_of(owner), owner, extended)

    def give_back(self, names: Sequence[str], owner: Owner) -> None:
        self._change(names, owner, lambda _info: None)

    def give_back_all(self, owner: Owner) -> int:
        return len(self._change(self._names_of(owner), owner, lambda _info: None))

    def named(self, names: Sequence[str]) -> dict[str, LeaseInfo]:
        return self._infos(self._items.get_many(map(self._shelf.key, names)))

    def all(self) -> list[LeaseInfo]:
        return [LeaseInfo.of(values) for values in self._shelf.query()]

    def _take(self, names: Sequence[str], owner: Owner, now: datetime, expires_at: datetime) -> set[str]:
        claimed = list[LeaseInfo]()

        def decide(known: Mapping[Key, Item]) -> dict[Key, Item | None]:
            claimed[:] = claims(names, self._infos(known), owner, now, expires_at)
            return {self._shelf.key(one.name): self._shelf.item(one.values()) for one in claimed}

        self._items.change(map(self._shelf.key, names), decide)
        return {one.name for one in claimed}

    def _change(self, names: Iterable[str], owner: Owner, to: _To) -> set[str]:
        """Change those of the leases that the owner holds; returns their names."""
        changed = set[str]()
        for portion in portions(names):
            changed |= self._change_at_once(portion, owner, to)
        return changed

    def _change_at_once(self, names: Sequence[str], owner: Owner, to: _To) -> set[str]:
        own = set[str]()

        def decide(known: Mapping[Key, Item]) -> dict[Key, Item | None]:
            held = {name: info for name, info in self._infos(known).items() if info.owner == owner}
            own.update(held)
            return {
                self._shelf.key(name): None if (new := to(info)) is None else self._shelf.item(new.values())
                for name, info in held.items()
            }

        self._items.change(map(self._shelf.key, names), decide)
        return own

    def _names_of(self, owner: Owner) -> list[str]:
        found = self._shelf.query(index=BY_GROUP, between=beginning(owner.run_id))
        return [values["name"] for values in found]

    def _infos(self, found: Mapping[Key, Item]) -> dict[str, LeaseInfo]:
        infos = (LeaseInfo.of(self._shelf.values(item)) for item in found.values())
        return {info.name: info for info in infos}


def _indexed(values: Mapping[str, Any]) -> dict[str, str | int | None]:
    return {BY_GROUP: joined(values["run_id"], values["name"])}
