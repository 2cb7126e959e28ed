"""The table: its keys and indexes.

One table holds everything. ``pk`` is the kind of row, and for slices and validators also whose they are; ``sk`` is the
rest of the primary key. All indexes are local, because only those can be read consistently: who has just landed a
slice must find it. Each holds only the items that have its attribute.

======== ==========================================================
index    what the rows are ordered by
======== ==========================================================
by_time  when the slice begins, the run started, the notice was made
by_group origin of a slice, job of a run, owner of a lease, …; then time
by_open  slices that are landed or due, runs that go on, notices that wait
by_end   when the slice ends
changed  the ledger's version that last changed the slice
======== ==========================================================
"""

from typing import Any, Final

BY_TIME, BY_GROUP, BY_OPEN, BY_END, BY_VERSION = "by_time", "by_group", "by_open", "by_end", "changed"

_KINDS: Final = {"pk": "S", "sk": "S", BY_TIME: "S", BY_GROUP: "S", BY_OPEN: "S", BY_END: "S", BY_VERSION: "N"}
_ONLY_KEYS: Final = frozenset({BY_END})


def definition(name: str) -> dict[str, Any]:
    """What ``CreateTable`` takes; also the properties of the resource in a CloudFormation template."""
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": one, "AttributeType": kind} for one, kind in _KINDS.items()],
        "KeySchema": _keys("sk"),
        "LocalSecondaryIndexes": [
            {"IndexName": one, "KeySchema": _keys(one), "Projection": {"ProjectionType": _projection(one)}}
            for one in (BY_TIME, BY_GROUP, BY_OPEN, BY_END, BY_VERSION)
        ],
    }


def _keys(sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


def _projection(index: str) -> str:
    return "KEYS_ONLY" if index in _ONLY_KEYS else "ALL"
