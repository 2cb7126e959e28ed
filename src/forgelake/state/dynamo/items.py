"""Items of one DynamoDB table: read consistently, and changed only if nobody else changed them meanwhile.

Every item carries a mark that is new at each write. Whoever changes items reads them, decides, and writes all of them
in one transaction on condition that the marks are still the same; otherwise it looks again. That is what a transaction
is in SQL, and all that the stores above need.
"""

import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

import boto3
from botocore.config import Config

from forgelake.model.errors import RetryError
from forgelake.state.dynamo.address import Place
from forgelake.state.dynamo.definition import definition
from forgelake.state.dynamo.faults import ConflictError, told

TRANSACTION: Final = 100
"""Items that DynamoDB changes at once."""

LOOKED_AGAIN_SECONDS: Final = 30.0
"""How long a change is tried while others change the same items."""

_READ_AT_ONCE, _PUT_AT_ONCE = 100, 25
_MARK = "rev"
_OPTIONS = Config(retries={"mode": "standard", "total_max_attempts": 10}, connect_timeout=5, read_timeout=20)

Item = dict[str, dict[str, Any]]
"""Attributes as DynamoDB writes them, e.g. ``{"name": {"S": "a"}}``, without the item's key."""


class Key(NamedTuple):
    """Where an item is."""

    partition: str
    sort: str


_T = TypeVar("_T")

Decide = Callable[[Mapping[Key, Item]], Mapping[Key, Item | None]]
"""From the items that there are to what they become; None removes one."""


class Items:
    """A table's items. Threads may share it; a process opens its own."""

    def __init__(self, place: Place) -> None:
        self.shown = place.shown
        self._table = place.table
        with told(self.shown):
            self._client: Any = boto3.client(
                "dynamodb", region_name=place.region, endpoint_url=place.endpoint, config=_OPTIONS
            )

    def create(self) -> None:
        """Make the table, or wait until whoever makes it has done so."""
        with told(self.shown):
            with suppress(self._client.exceptions.ResourceInUseException):
                self._client.create_table(**definition(self._table))
            self._client.get_waiter("table_exists").wait(TableName=self._table, WaiterConfig={"Delay": 1})

    def get(self, key: Key) -> Item | None:
        """One item."""
        with told(self.shown):
            answer = self._client.get_item(TableName=self._table, Key=_wire(key), ConsistentRead=True)
        return answer.get("Item")

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """Those items that there are."""
        wanted = list(dict.fromkeys(keys))
        if len(wanted) == 1:
            found = self.get(wanted[0])
            return {} if found is None else {wanted[0]: found}
        return {_key(item): item for portion in portions(wanted, _READ_AT_ONCE) for item in self._read(portion)}

    def query(
        self,
        partition: str,
        index: str | None = None,
        between: tuple[str | int, str | int] | None = None,
        *,
        last_first: bool = False,
        page: int | None = None,
    ) -> Iterator[Item]:
        """A partition's items in the order of their sort key, or of an index, one page at a time.

        Args:
            between: the first and the last sort key, both included.
            page: how many the caller wants at most, if it does not want all.
        """
        asked: dict[str, Any] = {"TableName": self._table, "ConsistentRead": True, "ScanIndexForward": not last_first}
        asked |= _condition(partition, index, between)
        if page is not None:
            asked["Limit"] = page
        while True:
            with told(self.shown):
                answer = self._client.query(**asked)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def change(self, keys: Iterable[Key], decide: Decide) -> None:
        """Read items, decide what becomes of them, and write that if they are still as they were; else look again.

        ``decide`` may be asked several times; at most ``TRANSACTION`` items may come out of it.

        Raises:
            RetryError: others changed the same items all the time.
        """
        wanted, marks = list(keys), set[str]()
        deadline = time.monotonic() + LOOKED_AGAIN_SECONDS
        while True:
            found = self.get_many(wanted)
            if any(item[_MARK]["S"] in marks for item in found.values()):
                return  # the write was done, only its answer got lost
            new = decide(found)
            if not new:
                return
            mark = uuid.uuid4().hex
            marks.add(mark)
            try:
                self._write([self._conditional(key, item, found.get(key), mark) for key, item in new.items()])
            except ConflictError as error:
                if time.monotonic() > deadline:
                    message = f"others change the same rows of {self.shown} all the time; try again"
                    raise RetryError(message) from error
                time.sleep(random.uniform(0.005, 0.05))  # noqa: S311 — spreads the writers, guards nothing
            else:
                return

    def put_all(self, items: Mapping[Key, Item]) -> None:
        """Write items whatever was there before, in no order."""
        for portion in portions(items.items(), _PUT_AT_ONCE):
            left: list[Any] = [
                {"PutRequest": {"Item": item | _wire(key) | {_MARK: {"S": uuid.uuid4().hex}}}} for key, item in portion
            ]
            for _ in self._tries():
                with told(self.shown):
                    answer = self._client.batch_write_item(RequestItems={self._table: left})
                left = answer.get("UnprocessedItems", {}).get(self._table, [])
                if not left:
                    break

    def close(self) -> None:
        """Give back all connections."""
        self._client.close()

    def _read(self, keys: Iterable[Key]) -> Iterator[Item]:
        asked: Any = {"Keys": [_wire(key) for key in keys], "ConsistentRead": True}
        for _ in self._tries():
            with told(self.shown):
                answer = self._client.batch_get_item(RequestItems={self._table: asked})
            yield from answer["Responses"][self._table]
            asked = answer.get("UnprocessedKeys", {}).get(self._table)
            if not asked:
                return

    def _tries(self) -> Iterator[None]:
        """DynamoDB does a part of a batch while it is asked too much; the rest is asked for again, ever later."""
        for number in range(10):
            if number:
                time.sleep(random.uniform(0.02, 0.05) * 2**number)  # noqa: S311 — spreads, guards nothing
            yield
        message = f"the state at {self.shown} is asked too much; try again"
        raise RetryError(message)

    def _conditional(self, key: Key, item: Item | None, known: Item | None, mark: str) -> dict[str, Any]:
        condition: dict[str, Any] = {"TableName": self._table, "ConditionExpression": "attribute_not_exists(pk)"}
        if known is not None:
            condition |= {"ConditionExpression": "rev = :seen", "ExpressionAttributeValues": {":seen": known[_MARK]}}
        if item is None:
            return {"Delete": {"Key": _wire(key), **condition}}
        return {"Put": {"Item": item | _wire(key) | {_MARK: {"S": mark}}, **condition}}

    def _write(self, changes: list[dict[str, Any]]) -> None:
        with told(self.shown):
            if len(changes) > 1:
                self._client.transact_write_items(TransactItems=changes)
            elif "Put" in changes[0]:
                self._client.put_item(**changes[0]["Put"])
            else:
                self._client.delete_item(**changes[0]["Delete"])


def portions(values: Iterable[_T], size: int = TRANSACTION) -> Iterator[list[_T]]:
    """The values in lists of that size, the last one shorter."""
    rest = iter(values)
    while portion := list(islice(rest, size)):
        yield portion


def _wire(key: Key) -> Item:
    return {"pk": {"S": key.partition}, "sk": {"S": key.sort}}


def _key(item: Item) -> Key:
    return Key(item["pk"]["S"], item["sk"]["S"])


def _condition(partition: str, index: str | None, between: tuple[str | int, str | int] | None) -> dict[str, Any]:
    values: Item = {":pk": {"S": partition}}
    expression, asked = "pk = :pk", dict[str, Any]()
    if between is not None:
        expression += " AND #by BETWEEN :first AND :last"
        asked["ExpressionAttributeNames"] = {"#by": index or "sk"}
        for name, one in zip((":first", ":last"), between, strict=True):
            values[name] = {"N": str(one)} if isinstance(one, int) else {"S": one}
    if index is not None:
        asked["IndexName"] = index
    return asked | {"KeyConditionExpression": expression, "ExpressionAttributeValues": values}
