"""HTML as a test looks at it: its text, its links, and what carries an id."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx2

from tests.web.serving import Serving


@dataclass
class Read(HTMLParser):
    """A page that was read; ``status`` is that of its answer."""

    status: int
    text: str = ""
    links: dict[str, str] = field(default_factory=dict)
    targets: set[str] = field(default_factory=set)
    ids: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    _open: list[str] = field(default_factory=list)
    _href: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self._href = given.get("href") or "" if tag == "a" else self._href
        self.targets |= {self._href} if tag == "a" else set()
        self._open = [tag]
        if given.get("id"):
            self.ids.append(given["id"] or "")
        self.classes.append(given.get("class") or "")

    def handle_data(self, data: str) -> None:
        if self._open[-1:] in (["style"], ["script"]):
            return
        self.text += data
        if self._href and data.strip():
            self.links.setdefault(data.strip(), self._href)

    def handle_endtag(self, tag: str) -> None:
        self._open = []
        self._href = "" if tag == "a" else self._href

    @property
    def words(self) -> str:
        """The text with single spaces."""
        return " ".join(self.text.split())


def read(serving: Serving, path: str) -> Read:
    """Ask for a page as a browser does."""
    answer = httpx2.get(serving.url + path, headers={"Accept": "text/html"}, timeout=60)
    page = Read(answer.status_code)
    page.feed(answer.text)
    assert len(page.ids) == len(set(page.ids)), "an id stands twice"
    return page
