"""Invented events in the forms of all eras."""

import json
from typing import Any

Raw = dict[str, Any]


def push(number: int, **more: Any) -> Raw:
    """A push in the form of 2015; further keys replace its own."""
    return {
        "id": str(number),
        "type": "PushEvent",
        "actor": {"id": 7, "login": "ada"},
        "repo": {"id": 70 + number % 5, "name": "ada/engine"},
        "payload": {"push_id": number, "size": 1, "distinct_size": 1, "ref": "refs/heads/x", "commits": [{"sha": ""}]},
        "public": True,
        "created_at": f"2016-01-01T01:{number // 60 % 60:02}:{number % 60:02}Z",
    } | more


def timeline(number: int, **more: Any) -> Raw:
    """A push in the form of 2012 to 2014."""
    return {
        "type": "PushEvent",
        "actor": "ada",
        "actor_attributes": {"login": "ada", "type": "User"},
        "repository": {"id": 70, "name": "engine", "owner": "ada", "watchers": 3, "forks": 1, "language": "C"},
        "payload": {"shas": [[f"{number:040x}", "ada@example.org", "message", "Ada"]], "size": 1, "head": "ab"},
        "public": True,
        "url": f"https://github.com/ada/engine/compare/{number}",
        "created_at": "2012-04-11T15:01:33-07:00",
    } | more


def line(event: Raw) -> bytes:
    """An event as the archives write it, without the newline."""
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


def lines(events: list[Raw]) -> bytes:
    """Events on lines."""
    return b"".join(line(event) + b"\n" for event in events)
