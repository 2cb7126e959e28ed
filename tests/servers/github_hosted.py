"""What the fake GitHub hosts: repositories, the names they have and had, and what happens in them."""

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tests.servers.github_repos import Json, Repo

WINDOW_AGE: Final = timedelta(days=30)
FIRST_ID: Final = 50_000_000_000


@dataclass(frozen=True)
class Happened:
    """An event, and from when on the API shows it."""

    event: Json
    created_at: datetime
    visible_at: datetime


class Hosted:
    """Repositories and events, by a clock."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.events: list[Happened] = []
        self.repos: list[Repo] = []
        self.former_names: dict[str, Repo] = {}
        self._counter = itertools.count(1)

    def push(self, repo: str = "octo/cat", actor: str = "mona", at: datetime | None = None) -> Json:
        """A push as the API shows it since 2025-10: events get their ids in the order in which they are made."""
        number = next(self._counter)
        owner = repo.partition("/")[0]
        return {
            "id": str(FIRST_ID + number),
            "type": "PushEvent",
            "actor": {"display_login": actor, **_account(actor)},
            "repo": {"id": self.repo(repo).id, "name": repo, "url": f"https://api.github.com/repos/{repo}"},
            "payload": {
                "repository_id": self.repo(repo).id,
                "push_id": number,
                "ref": "refs/heads/main",
                "head": f"{number:040x}",
                "before": f"{number - 1:040x}",
            },
            "public": True,
            "created_at": f"{at or self.clock():%Y-%m-%dT%H:%M:%SZ}",
            "org": _account(owner),
        }

    def happen(self, *events: Json, delay: timedelta = timedelta()) -> None:
        """Events happen; the API shows them only after a delay."""
        now = self.clock()
        for event in events:
            self.events.append(Happened(event, datetime.fromisoformat(event["created_at"]), now + delay))

    def repo(self, name: str) -> Repo:
        """The repository of that name, made if there is none."""
        if (found := self.named(name)) is not None:
            return found
        self.repos.append(Repo(1000 + len(self.repos), name))
        return self.repos[-1]

    def named(self, name: str) -> Repo | None:
        """The repository of that name, if there is one."""
        return next((repo for repo in self.repos if repo.name.lower() == name.lower() and not repo.deleted), None)

    def rename(self, name: str, new: str) -> None:
        """A repository gets another name; the former one redirects."""
        repo = self.repo(name)
        self.former_names[name.lower()] = repo
        repo.name = new

    def made(self, name: str) -> Repo:
        """A new repository, also of a name that another one had: that name no longer redirects."""
        self.former_names.pop(name.lower(), None)
        return self.repo(name)

    def shown(self) -> list[Json]:
        """The events that timelines may show now, the newest first."""
        now = self.clock()
        shown = [one for one in self.events if one.visible_at <= now < one.created_at + WINDOW_AGE]
        shown.sort(key=lambda one: (one.created_at, int(one.event["id"])), reverse=True)
        return [one.event for one in shown]


def _account(login: str) -> Json:
    """Who took part in an event."""
    url, picture = f"https://api.github.com/users/{login}", f"https://github.com/{login}.png"
    return {"id": _number(login), "login": login, "gravatar_id": "", "url": url, "avatar_url": picture}


def _number(login: str) -> int:
    return int.from_bytes(hashlib.sha256(login.encode()).digest()[:4], "big")
