"""How drawings look: the colours of series and ink, on light pages and on dark ones, as a Vega configuration."""

from collections.abc import Mapping
from typing import Any, Final

COLOURS: Final = {
    "#4795E0": "#25A0FD",
    "#385301": "#6B8536",
    "#929704": "#D3DA0E",
    "#C15A7E": "#FC8FB2",
    "#81295F": "#DD329F",
}
"""Colours of series on a light and on a dark page: told apart with any colour vision, 3:1 or better on both."""

INK: Final = {"#FFFFFF": "#0D1117", "#1F2328": "#E6EDF3", "#59636E": "#9198A1", "#D1D9E0": "#3D444D"}
"""Page, text, labels and lines on a light and on a dark page."""

REST: Final = "#8C959F"
"""Of series that have no colour of their own; the same on both pages."""

PAGE, TEXT, LABEL, LINE = INK
SERIES: Final = tuple(COLOURS)
FONT: Final = "Helvetica, Arial, 'Liberation Sans', sans-serif"
"""Fonts of one width, so that a text takes the place that it was measured to take."""


def config(colours: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Vega's configuration.

    Args:
        colours: what stands for each colour of a light page; themselves if left out.
    """
    drawn = colours or {}
    page, text, label, line, *series = (drawn.get(colour, colour) for colour in (*INK, *SERIES))
    axis = {"labelColor": label, "titleColor": label, "gridColor": line, "domainColor": line, "tickColor": line}
    return {
        "background": page,
        "font": FONT,
        # Whoever does not see the drawing reads the table behind it, so the drawing does not repeat it mark by mark.
        "aria": False,
        "mark": {"color": series[0]},
        "line": {"strokeWidth": 1.75, "strokeJoin": "round"},
        "range": {"category": series},
        "title": {"color": text, "subtitleColor": label, "anchor": "start", "fontSize": 15, "subtitleFontSize": 12},
        "axis": {**axis, "labelFontSize": 11, "titleFontSize": 11, "labelPadding": 6, "titleFontWeight": "normal"},
        # Each limit is one more measuring of each label, and that is most of the time that a drawing takes.
        "axisQuantitative": {"labelLimit": 0},
        "axisTemporal": {"labelLimit": 0},
        "axisX": {"grid": False, "ticks": True, "tickSize": 4, "labelFlush": False, "labelAngle": 0},
        "axisY": {"domain": False, "ticks": False, "tickCount": 4, "labelLimit": 220},
        "legend": {"labelColor": label, "titleColor": label, "symbolType": "square", "symbolStrokeWidth": 0},
        "text": {"color": text, "fontSize": 11},
        "bar": {"cornerRadiusEnd": 1.5},
        "view": {"stroke": None},
    }


def dark_rules() -> str:
    """Rules of a style sheet that change a drawing's light colours to dark ones.

    A rule is stronger than the attribute that it looks for.
    """
    return "".join(
        f'[{attribute}="{light}" i]{{{attribute}:{dark}}}'
        for light, dark in (COLOURS | INK).items()
        for attribute in ("fill", "stroke")
    )
