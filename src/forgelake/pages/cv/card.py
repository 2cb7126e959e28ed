"""A CV as a card or a badge, light and dark in one file, for other people's pages."""

from typing import Any, Final

from forgelake.metrics.look import REST, SERIES
from forgelake.pages.cards import INSIDE, WIDTH, dark, drawn_badge
from forgelake.pages.cv.charts import OTHER_FILES
from forgelake.pages.cv.view import Shown
from forgelake.pages.lettering import fitted, legal
from forgelake.pages.numbers import exact, short
from forgelake.pages.page import drawing

_LANGUAGES: Final = 3
_LEFT, _COLUMN, _LEGEND = 16, 128, 96


def card(of: Shown) -> bytes:
    """Name, headline, commits, days and languages, as far as the person shows them."""
    tiles = of.tiles[:3]
    said = [f"{tile.full} {tile.title.lower()}" for tile in tiles]
    values: dict[str, Any] = {
        "width": WIDTH,
        "dark": dark(),
        "full": legal("; ".join([of.name, *said, of.coverage])),
        "name": fitted(of.name, 15, INSIDE),
        "headline": fitted(of.headline, 12, INSIDE),
        "numbers": [
            {
                "x": _LEFT + _COLUMN * number,
                "value": fitted(tile.value, 22, _COLUMN - 8),
                "words": fitted(tile.title, 11, _COLUMN - 8),
            }
            for number, tile in enumerate(tiles)
        ],
        "bars": _bars(of),
        "coverage": fitted(of.coverage, 11, INSIDE),
    }
    return drawing("cv_card.svg", values)


def badge(of: Shown) -> bytes:
    """Commits of the last 52 weeks."""
    trend = next((one for one in of.cv.trends if one.metric == "commits"), None) if of.tiles else None
    if trend is None:
        return drawn_badge(of.name, "CV", f"CV of {of.name}", known=True)
    full = f"{of.name}: {exact(trend.weeks_52)} commits in 52 weeks; {of.coverage}"
    return drawn_badge(of.name, f"{short(trend.weeks_52)} commits in a year", full, known=True)


def _bars(of: Shown) -> list[dict[str, Any]]:
    """Languages by lines added, the largest by name, the rest together."""
    if all(section.id != "languages" for section in of.sections):
        return []
    lines = {one.language or OTHER_FILES: one.lines.added for one in of.cv.languages if one.lines.added}
    ranked = sorted(lines.items(), key=lambda pair: -pair[1])
    parts = ranked[:_LANGUAGES]
    if rest := sum(number for _, number in ranked[_LANGUAGES:]):
        parts.append(("other", rest))
    total, x = sum(lines.values()), float(_LEFT)
    bars: list[dict[str, Any]] = []
    for number, (name, part) in enumerate(parts):
        width = INSIDE * part / total
        colour = REST if number == _LANGUAGES else SERIES[number]
        legend = _LEFT + _LEGEND * number
        bars.append(
            {
                "x": round(x, 1),
                "width": round(width, 1),
                "colour": colour,
                "legend": legend,
                "name": fitted(f"{name} {part / total:.0%}", 11, _LEGEND - 16),
            }
        )
        x += width
    return bars
