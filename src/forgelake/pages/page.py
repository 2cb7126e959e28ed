"""A page: which template, with what, and how it becomes HTML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

import forgelake
from forgelake.pages import assets, numbers
from forgelake.pages.addresses import RANKING, Addresses
from forgelake.pages.periods import PRESETS
from forgelake.pages.site import Site

SECTIONS = (
    ("Home", ()),
    ("Compare", ("compare",)),
    ("Topics", ("topics",)),
    ("Explore", ("explore",)),
    ("Ranking", RANKING),
    ("Status", ("status",)),
)
"""Where the navigation leads, by the parts of the path."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page before it is HTML.

    Attributes:
        template: its file's name without ending.
        title: of the document; the heading is the template's.
        path: the parts of its path.
        query: what its address says besides; links to other periods keep it.
        status: the HTTP status.
        kept: whether it is the same for whoever asks as long as the lake is.
    """

    template: str
    title: str
    path: tuple[str, ...]
    values: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    kept: bool = True


def render(site: Site, page: Page) -> bytes:
    """A page as HTML."""
    query = _without_period(page.query)
    presets = [(name, site.addresses.page(*page.path, query={**query, "period": name})) for name in PRESETS]
    frame = {"presets": presets, "synthetic": site.synthetic, "made": site}
    return _rendered(site.addresses, page, frame)


def bare(addresses: Addresses, template: str, title: str, values: Mapping[str, Any]) -> bytes:
    """A page that needs no lake: for when there is none, or it cannot be asked."""
    return _rendered(addresses, Page(template, title, ("",), values), {"synthetic": False, "made": None})


def drawing(template: str, values: Mapping[str, Any]) -> bytes:
    """A drawing from a template of its own, without the frame of a page."""
    return _environment().get_template(template).render(values).strip().encode()


def written(template: str, values: Mapping[str, Any]) -> str:
    """A text that stands alone, by the whole name of its template."""
    return _environment().get_template(template).render(values)


def _rendered(addresses: Addresses, page: Page, frame: Mapping[str, Any]) -> bytes:
    here = page.path[:1]
    sections = [(title, addresses.page(*path), path == here) for title, path in SECTIONS]
    values = {**frame, **page.values, "page": page, "sections": sections}
    values |= {"link": addresses.page, "asset": addresses.asset, "static": addresses.static}
    return _environment().get_template(f"{page.template}.html").render(values).encode()


def _without_period(query: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name not in ("period", "from", "to", "interval")}


@cache
def _environment() -> Environment:
    # Names in events are chosen by strangers: everything is escaped but what is marked as safe where it is made.
    made = Environment(
        loader=PackageLoader("forgelake.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    known: dict[str, Any] = {"version": forgelake.__version__, "assets": assets}
    made.globals.update(known)
    made.filters.update(short=numbers.short, exact=numbers.exact, instant=numbers.instant)
    return made
