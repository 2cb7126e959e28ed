"""The traffic endpoints of the fake GitHub: a moving window whose last days are still being counted.

    desk = TrafficDesk()
    desk.visits[repo_id][date(2026, 5, 1)] = Visits(views=10, view_uniques=4, clones=2, clone_uniques=1)
    desk.answer(repo_id, "views", date(2026, 5, 2))

The truth of a day is what ``visits`` holds. On the day itself a part of it is shown, the next day more, and from the
third day on all of it. Days without traffic are left out, as GitHub does.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from tests.servers.github import GitHub
from tests.servers.github_http import Reply, Request

WINDOW_DAYS: Final = 15
"""Today and 14 days before it, as in the example of GitHub's documentation."""
SHOWN_SHARE: Final = (0.4, 0.8, 0.95)
"""How much of a day is shown on the day itself, and on the two days after it."""
_TRAFFIC: Final = re.compile(
    r"/(?:repos/([^/]+/[^/]+)|repositories/(\d+))/traffic/(views|clones|popular/referrers|popular/paths)"
)


@dataclass(frozen=True)
class Visits:
    """The truth of one day."""

    views: int
    view_uniques: int
    clones: int
    clone_uniques: int

    def after(self, days: int) -> "Visits":
        """What is shown of it that many days later."""
        share = SHOWN_SHARE[days] if days < len(SHOWN_SHARE) else 1.0
        counted = (self.views, self.view_uniques, self.clones, self.clone_uniques)
        return Visits(*(int(number * share) for number in counted))


@dataclass
class TrafficDesk:
    """What is true of repositories' traffic, and what is shown of it.

    Attributes:
        visits: by repository id and day.
        referrers, paths: top tens by repository id: name → (views, uniques).
        outage: whether everything is shown as if nobody had come.
    """

    visits: defaultdict[int, dict[date, Visits]] = field(default_factory=lambda: defaultdict(dict))
    referrers: dict[int, dict[str, tuple[int, int]]] = field(default_factory=dict)
    paths: dict[int, dict[str, tuple[int, int]]] = field(default_factory=dict)
    outage: bool = False

    def answer(self, repo_id: int, part: str, today: date) -> Any:
        """The body of one endpoint: ``views``, ``clones``, ``popular/referrers`` or ``popular/paths``."""
        if part == "popular/referrers":
            return [
                {"referrer": name, "count": count, "uniques": uniques}
                for name, (count, uniques) in self._top(self.referrers, repo_id)
            ]
        if part == "popular/paths":
            return [
                {"path": name, "title": f"Title of {name}", "count": count, "uniques": uniques}
                for name, (count, uniques) in self._top(self.paths, repo_id)
            ]
        return self._series(repo_id, part, today)

    def _top(self, tops: dict[int, dict[str, tuple[int, int]]], repo_id: int) -> list[tuple[str, tuple[int, int]]]:
        found = {} if self.outage else tops.get(repo_id, {})
        return sorted(found.items(), key=lambda item: (-item[1][0], item[0]))[:10]

    def _series(self, repo_id: int, part: str, today: date) -> Any:
        listed: list[dict[str, object]] = []
        for back in reversed(range(WINDOW_DAYS)):
            day = today - timedelta(days=back)
            truth = self.visits[repo_id].get(day)
            if truth is None or self.outage:
                continue
            shown = truth.after(back)
            count, uniques = (
                (shown.views, shown.view_uniques) if part == "views" else (shown.clones, shown.clone_uniques)
            )
            if count:
                listed.append({"timestamp": f"{day}T00:00:00Z", "count": count, "uniques": uniques})
        total = sum(int(str(item["count"])) for item in listed)
        # Visitors of several days count once: fewer than the days' sum, never fewer than the best day.
        most = max((int(str(item["uniques"])) for item in listed), default=0)
        return {"count": total, "uniques": most + len(listed) // 2, part: listed}


class TrafficGitHub(GitHub):
    """The fake GitHub with a traffic desk.

    Attributes:
        desk: the traffic of its repositories.
        shown_to: by repository id, the tokens that traffic is shown to.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(clock)
        self.desk = TrafficDesk()
        self.shown_to: defaultdict[int, set[str]] = defaultdict(set)

    def _endpoint(self, request: Request, token: str) -> Reply:
        parts = urlsplit(request.path)
        found = _TRAFFIC.fullmatch(parts.path)
        if found is None:
            return super()._endpoint(request, token)
        by_name, by_id, part = found.groups()
        if (moved := self.former_names.get((by_name or "").lower())) is not None:
            location = f"{self.url}/repositories/{moved.id}/traffic/{part}"
            return Reply(301, {"Location": location}, self._refusal(301, "Moved Permanently").body)
        for repo in self.repos:
            if (repo.id == int(by_id) if by_id else repo.name.lower() == by_name.lower()) and not repo.deleted:
                return self._of_repo(repo.id, part, token)
        return self._refusal(404, "Not Found")

    def _of_repo(self, repo_id: int, part: str, token: str) -> Reply:
        if token not in self.shown_to[repo_id]:
            reply = self._refusal(403, "Resource not accessible by personal access token")
            reply.headers["X-Accepted-GitHub-Permissions"] = "administration=read"
            return reply
        body = self.desk.answer(repo_id, part, self.clock().date())
        return Reply(200, {}, json.dumps(body).encode())
