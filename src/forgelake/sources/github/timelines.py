"""Timelines: lists of public events, newest first, that GitHub shows of everybody, a repository, an owner or a user.

Each shows the last 300 events of the last 30 days at most, 100 to a page.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from forgelake.settings.github import GithubSettings
from forgelake.sources.github.links import Api

PAGE_EVENTS: Final = 100
MOST_PAGES: Final = 3
MOST_EVENTS: Final = PAGE_EVENTS * MOST_PAGES

_UNSAFE = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Timeline:
    """One timeline.

    Attributes:
        path: its address below the API's base.
        title: what a person calls it, e.g. ``repository octo/cat``.
        setting: where it was asked for, e.g. ``github.repos``.
    """

    path: str
    title: str
    setting: str

    def url(self, api: Api) -> str:
        """The first page."""
        return api.url(f"{self.path}?per_page={PAGE_EVENTS}")

    def origin(self, api: Api) -> str:
        """What the ledger calls it, e.g. ``api.github.com/repos/octo/cat/events``; GitHub's names have no case."""
        return f"{api.name}{self.path}".lower()


def slug(origin: str) -> str:
    """An origin as one part of an object's path; different origins have different slugs."""
    return f"{_UNSAFE.sub('-', origin)}-{hashlib.sha256(origin.encode()).hexdigest()[:6]}"


def timelines(settings: GithubSettings) -> list[Timeline]:
    """All timelines that the settings ask for."""
    public = [Timeline("/events", "public timeline", "github.events")]
    tracked = [
        *(Timeline(f"/repos/{name}/events", f"repository {name}", "github.repos") for name in settings.repos),
        *(Timeline(f"/orgs/{name}/events", f"organisation {name}", "github.orgs") for name in settings.orgs),
        *(Timeline(f"/users/{name}/events/public", f"user {name}", "github.users") for name in settings.users),
    ]
    return (public if settings.events != "tracked" else []) + (tracked if settings.events != "public" else [])
