"""What stands between the functions and AWS, and counts what AWS would put on the bill."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.servers.between import Answer, Between, Request

from forgelake.state.dynamo.definition import definition

_INDEXED: Final = tuple(index["KeySchema"][1]["AttributeName"] for index in definition("any")["LocalSecondaryIndexes"])
_READ_BYTES, _WRITTEN_BYTES = 4096, 1024
_HASH_BYTES: Final = 100
"""What DynamoDB stores besides an item's attributes."""


class Counted(Between):
    """AWS under another address; ``seen`` counts requests, units and bytes by name."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint)
        self.seen: Counter[str] = Counter()
        self._lock = threading.Lock()

    def answered(self, request: Request, forward: Callable[[Request], Answer]) -> Answer:
        """What AWS answers; counted on the way."""
        answer = forward(request)
        found = _counts(request, answer)
        with self._lock:
            self.seen.update(found)
        return answer


def _counts(request: Request, answer: Answer) -> dict[str, int]:
    service, _, action = request.headers.get("X-Amz-Target", "").partition(".")
    if service.startswith("DynamoDB"):
        asked, told = json.loads(request.body), json.loads(answer.body or b"{}")
        return {"dynamodb_requests": 1, **units(action, asked, told)}
    if service == "AWSGlue":
        return {"glue_requests": 1}
    if service or request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        return {"other_requests": 1}
    return _s3(request, answer)


def _s3(request: Request, answer: Answer) -> dict[str, int]:
    """Amazon sells PUT, POST and LIST together, GET and HEAD together, and asks nothing for DELETE."""
    if request.method == "DELETE":
        return {"s3_deletes": 1}
    listed = request.method == "GET" and ("list-type=" in request.path or "prefix=" in request.path)
    if listed:
        return {"s3_lists": 1}
    if request.method in ("PUT", "POST"):
        return {"s3_writes": 1, "s3_bytes_written": len(request.body)}
    return {"s3_reads": 1, "s3_bytes_read": len(answer.body)}


def units(action: str, asked: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, int]:
    """Request units as DynamoDB's documentation has them: 4 kB read consistently, 1 kB written to table or index.

    A written item counts once more for each index that it is in, and all of it twice in a transaction. An index whose
    key changes is written twice, which is not seen here.
    """
    if read := _read(action, asked, told):
        return {"read_units": read}
    return {"write_units": sum(_written(item) for item in _put(action, asked)) * (1 + action.startswith("Transact"))}


def _read(action: str, asked: Mapping[str, Any], told: Mapping[str, Any]) -> int:
    if action == "GetItem":
        return _portions(_size(told.get("Item", {})), _READ_BYTES)
    if action == "Query":
        return _portions(sum(map(_size, told.get("Items", ()))), _READ_BYTES)
    if action != "BatchGetItem":
        return 0
    wanted = sum(len(table["Keys"]) for table in asked["RequestItems"].values())
    found = [item for items in told.get("Responses", {}).values() for item in items]
    return wanted - len(found) + sum(_portions(_size(item), _READ_BYTES) for item in found)


def _put(action: str, asked: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The items that are written; one that is removed stands there empty."""
    if action == "BatchWriteItem":
        return [put["PutRequest"]["Item"] for table in asked["RequestItems"].values() for put in table]
    if action == "TransactWriteItems":
        return [one.get("Put", {}).get("Item", {}) for one in asked["TransactItems"]]
    return [asked.get("Item", {})]


def _written(item: Mapping[str, Any]) -> int:
    return _portions(_size(item), _WRITTEN_BYTES) * (1 + sum(name in item for name in _INDEXED))


def _portions(size: int, of: int) -> int:
    return max(1, -(-size // of))


def _size(item: Mapping[str, Any]) -> int:
    """About the bytes that an item has for DynamoDB: names, values, and what it stores besides."""
    return _HASH_BYTES + sum(len(name.encode()) + len(json.dumps(value).encode()) for name, value in item.items())
