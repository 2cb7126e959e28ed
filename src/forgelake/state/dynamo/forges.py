"""What is known of APIs, tokens and what is tracked through them, as items."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime

from forgelake.state import schema
from forgelake.state.budgets import Budget
from forgelake.state.dynamo.definition import BY_TIME
from forgelake.state.dynamo.items import Item, Items, Key, portions
from forgelake.state.dynamo.shelf import EVERY, Shelf, Values, beginning, joined
from forgelake.state.repos import RepoRow
from forgelake.state.stores import BudgetStore, RepoStore, TokenStore, TrackedStore, ValidatorStore
from forgelake.state.tokens import Cost, MissingPermission, TokenRow
from forgelake.state.tracked import TrackedRow, changes
from forgelake.state.validators import Validator


class DynamoBudgets(BudgetStore):
    """See ``Budgets``."""

    def __init__(self, items: Items) -> None:
        self._shelf = Shelf(items, schema.budgets)

    def of_token(self, api: str, token: str) -> dict[str, Budget]:
        return {one["resource"]: Budget(**one) for one in self._shelf.query(between=beginning(api, token))}

    def put(self, budget: Budget) -> None:
        self._shelf.put_all([asdict(budget)])

    def all_rows(self) -> list[Budget]:
        return [Budget(**values) for values in self._shelf.query()]


class DynamoValidators(ValidatorStore):
    """See ``Validators``."""

    def __init__(self, items: Items) -> None:
        self._shelf = Shelf(items, schema.validators, split=True)

    def get(self, token: str, url: str) -> Validator | None:
        found = self._shelf.get(token, url)
        return None if found is None else Validator(found["etag"], found["ask_after"], found["path"])

    def put(self, token: str, url: str, validator: Validator, now: datetime) -> None:
        self.put_many({(token, url): validator}, now)

    def put_many(self, validators: Mapping[tuple[str, str], Validator], now: datetime) -> None:
        self._shelf.put_all(
            {"token": token, "url": url, "seen_at": now, **asdict(one)} for (token, url), one in validators.items()
        )


class DynamoTracked(TrackedStore):
    """See ``Tracked``."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._shelf = Shelf(items, schema.tracked)

    def set(self, kind: str, titles: Mapping[str, str], day: datetime, *, whole: bool = True) -> None:
        known = map(TrackedRow.of, self._shelf.query(between=beginning(kind)))
        # A job has one run at a time, so nobody else changes the rows of its kind.
        self._shelf.put_all(map(asdict, changes(kind, titles, known, day, whole=whole)))

    def all_rows(self) -> list[TrackedRow]:
        return [TrackedRow.of(values) for values in self._shelf.query()]


class DynamoRepos(RepoStore):
    """See ``Repos``."""

    def __init__(self, items: Items) -> None:
        self._shelf = Shelf(items, schema.repos)

    def all_rows(self, api: str) -> list[RepoRow]:
        found = (RepoRow(**values) for values in self._shelf.query(between=beginning(api)))
        return sorted(found, key=lambda row: row.repo_id)

    def public_ids(self) -> frozenset[str]:
        return frozenset(str(one["repo_id"]) for one in self._shelf.query() if one["visibility"] == "public")

    def hidden(self) -> dict[int, str]:
        told = {one["repo_id"]: one["name"] for one in self._shelf.query() if one["visibility"] not in (None, "public")}
        return dict(sorted(told.items()))

    def put_many(self, rows: Iterable[RepoRow]) -> None:
        self._shelf.put_all(map(asdict, rows))


class DynamoTokens(TokenStore):
    """See ``Tokens``."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._tokens = Shelf(items, schema.tokens)
        self._permissions = Shelf(items, schema.permissions)
        self._costs = Shelf(items, schema.costs, indexed=_by_day)

    def seen(self, api: str, token: str, expires_at: datetime | None, now: datetime) -> None:
        self._tokens.put_all([{"api": api, "token": token, "expires_at": expires_at, "seen_at": now}])

    def lacks(self, row: MissingPermission) -> bool:
        key, item = self._permissions.key_of(asdict(row)), self._permissions.item(asdict(row))
        news = list[bool]()

        def decide(known: Mapping[Key, Item]) -> dict[Key, Item | None]:
            news[:] = [key not in known]
            return {} if key in known else {key: item}

        self._items.change([key], decide)
        return news == [True]

    def granted(self, api: str, subject: str) -> None:
        found = self._permissions.query(between=beginning(api))
        keys = [self._permissions.key_of(values) for values in found if values["subject"] == subject]
        for portion in portions(keys):
            self._items.change(portion, dict.fromkeys)

    def spend(self, cost: Cost) -> None:
        key = self._costs.key_of(asdict(cost))

        def decide(known: Mapping[Key, Item]) -> dict[Key, Item | None]:
            before = self._costs.values(known[key]) if key in known else {"requests": 0, "points": 0}
            sums = {name: before[name] + getattr(cost, name) for name in ("requests", "points")}
            return {key: self._costs.item(asdict(cost) | sums)}

        self._items.change([key], decide)

    def all_tokens(self) -> list[TokenRow]:
        return [TokenRow(**values) for values in self._tokens.query()]

    def missing(self) -> list[MissingPermission]:
        found = (MissingPermission(**values) for values in self._permissions.query())
        return sorted(found, key=lambda row: (row.api, row.subject, row.token))

    def costs(self, since_day: str) -> list[Cost]:
        return [Cost(**values) for values in self._costs.query(index=BY_TIME, between=(since_day, EVERY[1]))]


def _by_day(values: Values) -> Mapping[str, str | int | None]:
    return {BY_TIME: joined(values["day"], values["token"], values["resource"], values["job"], values["api"])}
