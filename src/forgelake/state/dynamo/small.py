"""Jobs, slices whose work did not end, and API keys as items."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from forgelake.state import schema
from forgelake.state.api_keys import ApiKeyRow
from forgelake.state.dynamo.definition import BY_GROUP
from forgelake.state.dynamo.items import Item, Items, Key, portions
from forgelake.state.dynamo.shelf import Shelf, Values, beginning, joined
from forgelake.state.jobs import Ended, JobOrders, JobRow
from forgelake.state.stores import ApiKeyStore, UnfinishedStore


class DynamoJobs(JobOrders):
    """See ``Jobs``."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._shelf = Shelf(items, schema.jobs)

    def add(self, name: str, schedule: str, scheduled_at: datetime | None) -> None:
        key = self._shelf.key(name)
        item = self._shelf.item({"name": name, "schedule": schedule, "scheduled_at": scheduled_at, "failures": 0})
        self._items.change([key], lambda known: {} if key in known else {key: item})

    def end(self, name: str, run_id: str, ended: Ended, now: datetime) -> bool:
        done = list[bool]()

        def decide(known: Mapping[Key, Item]) -> dict[Key, Item | None]:
            rows = {row.name: row for row in (JobRow.of(self._shelf.values(item)) for item in known.values())}
            done[:] = [name in rows and rows[name].run_id == run_id]
            if done == [False]:
                return {}
            new = {name: rows[name].ended(ended, now)}
            for woken in ended.wakes:
                row = new.get(woken, rows.get(woken))
                if row is not None and row.wanted_at is None:
                    new[woken] = replace(row, wanted_at=now, wanted_by=f"after {name}")
            return {self._shelf.key(one): self._shelf.item(asdict(row)) for one, row in new.items()}

        self._items.change(map(self._shelf.key, (name, *ended.wakes)), decide)
        return done == [True]

    def get(self, name: str) -> JobRow | None:
        values = self._shelf.get(name)
        return None if values is None else JobRow.of(values)

    def all_rows(self) -> dict[str, JobRow]:
        return {values["name"]: JobRow.of(values) for values in self._shelf.query()}

    def _change(self, name: str, **values: object) -> bool:
        return self._shelf.change(name, to=lambda known: known | values)


class DynamoUnfinished(UnfinishedStore):
    """See ``Unfinished``."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._shelf = Shelf(items, schema.unfinished, indexed=_by_run)

    def times(self, source: str) -> Mapping[str, int]:
        return {values["name"]: values["times"] for values in self._shelf.query(between=beginning(source))}

    def begin(self, source: str, name: str, run_id: str, now: datetime) -> None:
        key = self._shelf.key(source, name)

        def decide(known: Mapping[Key, Item]) -> dict[Key, Item | None]:
            times = self._shelf.values(known[key])["times"] if key in known else 0
            row = {"source": source, "name": name, "times": times + 1, "run_id": run_id, "begun_at": now}
            return {key: self._shelf.item(row)}

        self._items.change([key], decide)

    def forgive(self, run_id: str) -> None:
        found = self._shelf.query(index=BY_GROUP, between=beginning(run_id))
        self._forget([self._shelf.key_of(values) for values in found])

    def end(self, source: str, names: Iterable[str]) -> None:
        self._forget([self._shelf.key(source, name) for name in sorted(set(names))])

    def _forget(self, keys: Iterable[Key]) -> None:
        for portion in portions(keys):
            self._items.change(portion, dict.fromkeys)


class DynamoApiKeys(ApiKeyStore):
    """See ``ApiKeys``."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._shelf = Shelf(items, schema.api_keys, indexed=lambda values: {BY_GROUP: values["sha256"]})

    def add(self, row: ApiKeyRow) -> bool:
        # All that add keys write this item, so that of two keys made with one name at once, one is refused.
        lock, key = Key("counts", "api_keys"), self._shelf.key(row.id)
        kept = list[bool]()

        def decide(_known: Mapping[Key, Item]) -> dict[Key, Item | None]:
            kept[:] = [not any(one.name == row.name and one.is_live(row.created_at) for one in self.all())]
            return {lock: {}, key: self._shelf.item(asdict(row))} if kept == [True] else {}

        self._items.change([lock, key], decide)
        return kept == [True]

    def by_hash(self, sha256: str) -> ApiKeyRow | None:
        found = next(self._shelf.query(index=BY_GROUP, between=(sha256, sha256)), None)
        return None if found is None else _api_key(found)

    def all(self) -> list[ApiKeyRow]:
        return sorted(map(_api_key, self._shelf.query()), key=lambda row: (row.created_at, row.id))

    def used(self, key_id: str, now: datetime, every: timedelta) -> None:
        def noted(values: Values) -> dict[str, Any] | None:
            last = values["last_used_at"]
            return {**values, "last_used_at": now} if last is None or last <= now - every else None

        self._shelf.change(key_id, to=noted)

    def revoke(self, key_id: str, now: datetime) -> bool:
        return self._shelf.change(
            key_id, to=lambda values: values | {"revoked_at": now} if values["revoked_at"] is None else None
        )


def _by_run(values: Values) -> Mapping[str, str | int | None]:
    return {BY_GROUP: joined(values["run_id"], values["source"], values["name"])}


def _api_key(values: Values) -> ApiKeyRow:
    read: dict[str, Any] = {**values, "scopes": tuple(values["scopes"])}
    return ApiKeyRow(**read)
