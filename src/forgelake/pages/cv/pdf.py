"""A CV as PDF, set by Typst; what a person wrote is handed over as data, so none of it is read as markup."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

import forgelake
from forgelake.model.errors import StopError
from forgelake.pages.cv.view import Section, Shown
from forgelake.pages.numbers import instant
from forgelake.pages.panel import Table

MOST_ROWS: Final = 12
_WITH_ROWS: Final = ("summary", "packages")
"""Sections whose numbers stand as a table on paper; the drawings of the others say them."""


def pdf(of: Shown, draw: Callable[[Sequence[Mapping[str, Any]]], Sequence[bytes]]) -> bytes:
    """The file.

    Args:
        draw: draws specifications as SVG, each to stand alone.

    Raises:
        StopError: it cannot be set.
    """
    # Deferred: 40 MB that only this needs.
    import typst

    drawn = draw([section.charts[0] for section in of.sections if section.charts])
    try:
        made = typst.compile(_template(), sys_inputs={"data": json.dumps(_data(of, iter(drawn)))})
    except RuntimeError as error:
        message = f"the PDF cannot be set: {str(error)[:300]}"
        raise StopError(message) from error
    if not isinstance(made, bytes):
        message = "the PDF cannot be set: it came in pieces"
        raise StopError(message)
    return made


@cache
def _template() -> bytes:
    return files("forgelake.pages.cv").joinpath("cv.typ").read_bytes()


def _data(of: Shown, drawn: Any) -> dict[str, Any]:
    return {
        "name": of.name,
        "headline": of.headline,
        "about": list(of.about),
        "links": [{"title": link.title, "url": link.url} for link in of.links],
        "coverage": of.coverage,
        "tiles": [{"title": one.title, "value": one.value, "changes": ", ".join(one.changes)} for one in of.tiles],
        "sections": [_section(of, section, drawn) for section in of.sections],
        "gaps": list(of.gaps),
        "foot": f"Made {instant(of.cv.as_of)} by forgelake {forgelake.__version__}. Days and years are UTC.",
    }


def _section(of: Shown, section: Section, drawn: Any) -> dict[str, Any]:
    drawings = [next(drawn).decode()] if section.charts else []
    table = _rows(section.table) if section.id in _WITH_ROWS else None
    if section.id == "open-source" and of.repos:
        lines = [[repo.name, f"{repo.commits:,}"] for repo in of.repos[:MOST_ROWS]]
        table = {"heads": ["Repository", "Commits"], "rows": lines}
    projects = _projects(of) if section.id == "projects" else []
    has_any = drawings or table or projects
    return {
        "title": section.title, "unit": section.unit, "wide": section.wide, "drawings": drawings, "table": table,
        "projects": projects, "nothing": "" if has_any else section.nothing,
    }  # fmt: skip


def _rows(table: Table | None) -> dict[str, Any] | None:
    if table is None:
        return None
    rows = [[cell.text for cell in row] for row in table.rows[:MOST_ROWS]]
    return {"heads": [head.text for head in table.heads], "rows": rows}


def _projects(of: Shown) -> list[dict[str, str]]:
    made = []
    for one in of.projects:
        span = f"{one.begin} to {one.end or 'today'}" if one.begin else one.end
        made.append({"title": one.title, "about": ", ".join(filter(None, (one.role, span))), "text": one.text})
    return made
