"""Writes archive hours of invented events, the same ones for the same hours.

One hour is left out and one line is torn, because an archive without a gap would not show what forgelake does
with gaps.
"""

import gzip
import json
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from forgelake.model.hours import Hour, hours_between

FOLDER = "synthetic-archive"
"""How the folder is called; the ledger's names of origins begin with it, so that every page can say so."""

PEOPLE, REPOS = 300, 80
EVENTS_PER_HOUR = 1_500
MISSING_EVERY, TORN_EVERY = 17, 11
"""Hour numbers (since the epoch) divisible by these are left out, or end in a torn line."""

_FIRST_ID = 70_000_000_000
_SHA_BITS = 160

Json = dict[str, object]


def write_archive(folder: Path, first: Hour, last: Hour, per_hour: int = EVENTS_PER_HOUR) -> int:
    """Write the hours from first to last, both included; returns the number of files.

    Args:
        per_hour: events of the busiest hour.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for hour in hours_between(first, last):
        number = _number(hour)
        if number % MISSING_EVERY == 0:
            continue
        text = "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in events(hour, per_hour))
        if number % TORN_EVERY == 0:
            text = text[: -len(text) // 1000]
        # No time stamp in the header, so that the same hour is the same bytes.
        (folder / f"{hour.name}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
        written += 1
    return written


def events(hour: Hour, per_hour: int = EVENTS_PER_HOUR) -> list[Json]:
    """The invented events of an hour, in order of time."""
    dice = random.Random(_number(hour))  # noqa: S311 - invented data, no secrets
    busy = 0.4 + 0.6 * (1 - abs(hour.start.hour - 15) / 15)
    seconds = sorted(dice.randrange(3600) for _ in range(int(per_hour * busy)))
    first_id = _FIRST_ID + _number(hour) * 10_000
    return [_event(dice, hour, second, first_id + number) for number, second in enumerate(seconds)]


def _number(hour: Hour) -> int:
    return int(hour.start.timestamp()) // 3600


def _event(dice: random.Random, hour: Hour, second: int, identity: int) -> Json:
    person = min(int(dice.paretovariate(0.6)), PEOPLE)
    repo = min(int(dice.paretovariate(0.5)), REPOS)
    kind = dice.choices(list(_KINDS), weights=[weight for weight, _ in _KINDS.values()])[0]
    return {
        "id": str(identity),
        "type": kind,
        "actor": {"id": 9_000_000 + person, "login": f"synthetic-person-{person}"},
        "repo": {"id": 8_000_000 + repo, "name": f"synthetic-org-{repo % 9}/synthetic-repo-{repo}"},
        "payload": _KINDS[kind][1](dice),
        "public": True,
        "created_at": f"{hour.start + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}",
        "org": {"id": 7_000_000 + repo % 9, "login": f"synthetic-org-{repo % 9}"},
    }


def _push(dice: random.Random) -> Json:
    before, head = (f"{dice.getrandbits(_SHA_BITS):040x}" for _ in range(2))
    return {"push_id": dice.randrange(10**10), "ref": "refs/heads/main", "head": head, "before": before}


def _pull(dice: random.Random) -> Json:
    number = dice.randrange(1, 2000)
    branches = {"base": {"ref": "main"}, "head": {"ref": f"topic-{number}"}}
    return {
        "action": dice.choice(["opened", "opened", "closed", "merged"]),
        "number": number,
        "pull_request": {"id": 5_000_000 + number, "number": number, **branches},
    }


def _issue(dice: random.Random) -> Json:
    number = dice.randrange(1, 2000)
    action = dice.choice(["opened", "closed"])
    state = "open" if action == "opened" else "closed"
    title = f"Synthetic issue {number}"
    return {"action": action, "issue": {"id": 6_000_000 + number, "number": number, "title": title, "state": state}}


def _comment(dice: random.Random) -> Json:
    return {"action": "created", "issue": _issue(dice)["issue"], "comment": {"id": dice.randrange(10**9)}}


def _branch(dice: random.Random) -> Json:
    return {"ref": f"topic-{dice.randrange(2000)}", "ref_type": "branch", "master_branch": "main"}


def _star(_dice: random.Random) -> Json:
    return {"action": "started"}


_KINDS: dict[str, tuple[float, Callable[[random.Random], Json]]] = {
    "PushEvent": (50, _push),
    "CreateEvent": (12, _branch),
    "WatchEvent": (12, _star),
    "PullRequestEvent": (10, _pull),
    "IssueCommentEvent": (9, _comment),
    "IssuesEvent": (7, _issue),
}
