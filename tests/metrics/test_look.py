"""Colours: series are told apart with any colour vision, and stand out on light pages and on dark ones."""

from itertools import combinations

import numpy as np
import pytest
from colorspacious import cspace_convert, deltaE

from forgelake.metrics.look import COLOURS, INK, REST

LEAST_DISTANCE = 20.0
"""In CAM02-UCS, at full severity of each kind of colour vision deficiency; 0 is the same colour."""

SERIES_CONTRAST, TEXT_CONTRAST = 3.0, 4.5
"""WCAG 2.2: graphics, and text."""

THEMES = {
    "light": (tuple(COLOURS), tuple(INK)),
    "dark": (tuple(COLOURS.values()), tuple(INK.values())),
}
VISIONS = ("normal", "deuteranomaly", "protanomaly", "tritanomaly")


def rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255


def seen(colour: str, vision: str) -> np.ndarray:
    if vision == "normal":
        return rgb(colour)
    space = {"name": "sRGB1+CVD", "cvd_type": vision, "severity": 100}
    return np.clip(cspace_convert(rgb(colour), space, "sRGB1"), 0, 1)


def luminance(colour: str) -> float:
    parts = rgb(colour)
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("theme", THEMES)
def test_series_are_told_apart(theme: str, vision: str) -> None:
    colours = [seen(colour, vision) for colour in THEMES[theme][0]]
    least = min(deltaE(one, other, input_space="sRGB1") for one, other in combinations(colours, 2))
    assert least >= LEAST_DISTANCE


@pytest.mark.parametrize("theme", THEMES)
def test_series_and_texts_stand_out(theme: str) -> None:
    series, (page, text, label, _) = THEMES[theme]
    assert min(contrast(colour, page) for colour in (*series, REST)) >= SERIES_CONTRAST
    assert min(contrast(ink, page) for ink in (text, label)) >= TEXT_CONTRAST


def test_the_check_would_notice() -> None:
    amber, vermilion = (seen(colour, "deuteranomaly") for colour in ("#B86E00", "#D55E00"))
    assert deltaE(amber, vermilion, input_space="sRGB1") < LEAST_DISTANCE
