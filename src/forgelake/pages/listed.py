"""Lists of repositories: each name leads to its page, with its numbers beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forgelake.metrics.answer import Answer
from forgelake.metrics.values import REPO
from forgelake.pages.panel import received
from forgelake.pages.site import Site


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list: a name, where it leads, and its numbers."""

    name: str
    href: str | None
    numbers: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list; ``href`` leads to its metric, ``message`` says how complete it is, ``empty`` what to say of none."""

    lines: Sequence[Line]
    message: str
    href: str | None
    empty: str


def listed(site: Site, metric: str, question: Mapping[str, str], columns: Sequence[str], empty: str) -> Listed:
    """The repositories that a metric lists, with some of its columns."""
    href = site.addresses.page("explore", metric, query=question)
    found = site.ask(metric, question)
    if not isinstance(found, Answer):
        return Listed((), found.message, href, empty)
    lines = [
        Line(row["repo_name"], repo_address(site, row["repo_name"]), tuple(row[name] for name in columns))
        for row in found.table.to_pylist()
    ]
    return Listed(lines, received(found.coverage), href, empty)


def repo_address(site: Site, name: str, query: Mapping[str, str] | None = None) -> str | None:
    """Where a repository's page is; None if its name cannot be one, as some of the oldest events' cannot."""
    owner, _, own = name.partition("/")
    # A browser takes a part of dots as a step up, whatever it is written like.
    if not REPO.fullmatch(name) or not owner.strip(".") or not own.strip("."):
        return None
    return site.addresses.page("repos", owner, own, query=query)
