"""An answer in a format by its name, drawn ones included."""

import json
from collections.abc import Mapping
from typing import Any, Final

from forgelake.metrics import formats, look, vega
from forgelake.metrics.answer import Answer
from forgelake.metrics.frame import ALONE, Frame
from forgelake.metrics.svg import Drawer

DRAWN: Final = ("svg", "png", "vegalite")
"""Formats that show a chart."""


def written(answer: Answer, form: str, drawer: Drawer, frame: Frame = ALONE) -> bytes:
    """The answer as bytes; ``frame`` is how it is drawn where it is.

    Raises:
        StopError, RetryError: it cannot be drawn.
    """
    match form:
        case "svg" | "png":
            return drawer.draw(vega.specification(answer, frame), form)
        case "vegalite":
            return _json({**vega.specification(answer, frame), "config": look.config()})
        case _:
            return formats.FORMATS[form](answer)


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
