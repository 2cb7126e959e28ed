"""A CV as HTML: a page of the site, or a file that needs nothing else."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from forgelake.metrics.svg import Drawer
from forgelake.model.errors import ForgelakeError
from forgelake.pages.assets import STYLE, Assets
from forgelake.pages.cv.view import Shown
from forgelake.pages.page import Page, written
from forgelake.pages.site import Site

Draw = Callable[[Sequence[Mapping[str, Any]]], Sequence[Markup]]

FORMS: Final = {
    "pdf": ("PDF", ".pdf"),
    "svg": ("SVG card", ".svg"),
    "badge": ("Badge", ".badge.svg"),
    "json-resume": ("JSON Resume", ".json"),
}
"""The other forms of a page: their titles and the endings of their addresses."""


def page(site: Site, of: Shown, path: tuple[str, ...], **values: object) -> Page:
    """A page of the site.

    Args:
        values: ``preview`` says whom it is shown to if not to others, ``hidden_from_search``, ``forms``: titles and
            addresses of the other forms.
    """
    usual = {"preview": "", "hidden_from_search": False, "forms": ()}
    return Page("cv", of.name, path, {**usual, "of": of, "drawings": drawings(of, site.drawn), **values})


def alone(of: Shown, drawer: Drawer) -> bytes:
    """One file: its style and its drawings are in it, and it holds no script."""
    # The sheet is ours.
    style = Markup(Assets(bytes, "").body(STYLE).decode())  # noqa: S704
    return written("cv_alone.html", {"of": of, "drawings": drawings(of, _drawing(drawer)), "style": style}).encode()


def drawings(of: Shown, draw: Draw) -> list[list[Markup]]:
    """The drawings of each section, made at the same time."""
    made = iter(draw([chart for section in of.sections for chart in section.charts]))
    return [[next(made) for _ in section.charts] for section in of.sections]


def _drawing(drawer: Drawer) -> Draw:
    def draw(charts: Sequence[Mapping[str, Any]]) -> Sequence[Markup]:
        try:
            # vl-convert writes texts as texts, so what it gives is safe.
            return [Markup(one.decode()) for one in drawer.draw_all(charts, "inline")]  # noqa: S704
        except ForgelakeError:
            return [Markup("")] * len(charts)

    return draw
