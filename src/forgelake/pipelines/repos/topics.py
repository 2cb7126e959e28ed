"""Topics and searches: how many repositories there are, the most starred of them, and their main languages."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from forgelake.model.errors import ConfigurationError
from forgelake.pipelines.daily.day import Day
from forgelake.sources.github.pieces import Piece
from forgelake.sources.github.said import Said
from forgelake.sources.github.search import CAP, FIRST_DAY, PAGE, address, halves, most_starred, page

TOPIC: Final = "topic"
MOST_LANGUAGES: Final = 10
"""Languages that are counted where the settings name none: the most frequent ones among the most starred."""


def gather_topics(day: Day) -> None:
    """Collect every topic and search that has not been collected today."""
    github = day.context.settings.github
    queries = {topic: f"topic:{topic}" for topic in github.topics}
    for search in github.searches:
        if search.name in queries:
            message = f'github.searches has "{search.name}", which is a topic, too; give the search another name'
            raise ConfigurationError(message)
        queries[search.name] = search.query
    day.track(TOPIC, {name: name for name in queries})
    day.each(((name, name) for name in queries), TOPIC, lambda name: _topic(day, name, queries[name]))
    day.flush()


def _topic(day: Day, name: str, query: str) -> Piece:
    top = day.context.settings.github.top_repos
    found = _Found(day, name)
    found.most_starred(query, top)
    for language in _languages(day, found.items):
        found.ask(f'{query} language:"{language}"', f"language:{language}", per_page=1)
    roles = [role for role, _ in found.answers]
    answers = tuple(said for _, said in found.answers)
    return day.piece(TOPIC, name, answers, {"topic": name, "query": query, "top": top, "roles": roles})


def _languages(day: Day, items: list[Any]) -> list[str]:
    if named := day.context.settings.github.topic_languages:
        return list(named)
    counted = Counter(item["language"] for item in items if item.get("language"))
    return [language for language, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0]))][:MOST_LANGUAGES]


@dataclass(slots=True)
class _Found:
    """Answers of one topic so far, each with its role, and the repositories in them."""

    day: Day
    name: str
    answers: list[tuple[str, Said]] = field(default_factory=list)
    items: list[Any] = field(default_factory=list)

    def ask(self, query: str, role: str, per_page: int = PAGE) -> Said:
        """The first page of a search; its repositories are taken unless only their number is wanted."""
        return self._take(address(query, per_page), role)

    def most_starred(self, query: str, top: int) -> None:
        """As many of the most starred as are wanted."""
        said = self.ask(query, "all", max(1, min(PAGE, top)))
        self._pages(said, top)
        total = page(said)["total_count"]
        if "stars:" in query and min(total, top) > CAP:
            told = f"{self.name}: only {CAP} repositories are kept, because the query limits stars itself"
            self.day.told.append(told)
            return
        while len(self.items) < min(top, total):
            least, before = self.items[-1]["stargazers_count"], len(self.items)
            self._pages(self.ask(f"{query} stars:<={least}", "more"), CAP)
            if len(self.items) == before or self.items[-1]["stargazers_count"] == least:
                self._alike(f"{query} stars:{least}", FIRST_DAY, self.day.date)
                if not least:
                    return
                self._pages(self.ask(f"{query} stars:<{least}", "more"), CAP)
                if self.items[-1]["stargazers_count"] == least:
                    return

    def _alike(self, query: str, first: date, last: date) -> None:
        """Repositories that no order tells apart: by the day on which they were made."""
        said = self.ask(f"{query} created:{first}..{last}", "more")
        parts = halves(first, last)
        if page(said)["total_count"] <= CAP or parts is None:
            self._pages(said, CAP)
            return
        for part in parts:
            self._alike(query, *part)

    def _pages(self, said: Said, wanted: int) -> None:
        """Further pages of a search."""
        asked = PAGE
        while said.next_path and asked < min(wanted, CAP):
            said = self._take(said.next_path, "more")
            asked += PAGE

    def _take(self, path: str, role: str) -> Said:
        said = self.day.ask.get(path, self.name, conditional=False)
        told = page(said)
        self.answers.append((role, said))
        if not role.startswith("language:"):
            self.items = most_starred([*self.items, *told["items"]])
        return said
